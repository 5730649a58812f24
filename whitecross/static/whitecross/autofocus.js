"use strict";

// The page is hidden until Alpine has started, and what is hidden takes no focus: the browser passes over "autofocus".
// So the field that asks for it is given it as soon as the page is seen.
document.addEventListener("alpine:initialized", () =>
    setTimeout(() => {
        if (document.activeElement === null || document.activeElement === document.body) {
            [...document.querySelectorAll("[autofocus]")].find((field) => field.checkVisibility())?.focus();
        }
    }),
);

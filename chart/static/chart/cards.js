"use strict";

// Emergency cards: the button that prints, the theme of the admin, and a last look whether everything has room.

document.documentElement.classList.toggle("dark", prefersDark());

document.querySelector("[data-print]").addEventListener("click", () => window.print());

document.fonts.ready.then(makeRoom);

function prefersDark() {
    // Unfold keeps what the user chose in the menu, in JSON.
    const theme = (localStorage.getItem("adminTheme") || "auto").replaceAll('"', "");
    return theme === "dark" || (theme === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
}

/** The server has measured with the page's own font. Where the browser uses another, letters shrink until all fits. */
function makeRoom() {
    const root = document.documentElement;
    root.classList.add("is-measured");
    for (const body of document.querySelectorAll(".card-body")) {
        let size = parseFloat(getComputedStyle(body).getPropertyValue("--size"));
        while (body.scrollHeight > body.clientHeight + 1 && size > 1) {
            size *= 0.97;
            body.style.setProperty("--size", `${size}pt`);
        }
    }
    root.classList.remove("is-measured");
}

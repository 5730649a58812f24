"use strict";

// Unfold's pages have no main part that a screen reader, or the link "Skip to the content", could jump to.

document.addEventListener("DOMContentLoaded", () => {
    const content = document.getElementById("content");
    if (!content || document.querySelector("main, [role=main]")) return;
    content.setAttribute("role", "main");
    content.setAttribute("tabindex", "-1");
});

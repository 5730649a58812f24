// The theme that was chosen in the admin; without a choice, the system's.
"use strict";
(() => {
    const chosen = (window.localStorage.getItem("adminTheme") || window.localStorage.getItem("_x_adminTheme") || "")
        .replaceAll('"', "");
    const isDark = chosen === "dark" || (chosen !== "light" && window.matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.classList.toggle("dark", isDark);
})();

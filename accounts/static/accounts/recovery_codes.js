// Print or copy the recovery codes, which are shown once.
(() => {
    "use strict";

    const codes = () => [...document.querySelectorAll("[data-codes] code")].map((code) => code.textContent).join("\n");

    document.querySelector("[data-codes-print]").addEventListener("click", () => window.print());
    document.querySelector("[data-codes-copy]").addEventListener("click", async ({ currentTarget }) => {
        await navigator.clipboard.writeText(codes());
        currentTarget.textContent = currentTarget.dataset.codesCopied;
    });
})();

"use strict";

// Select2 draws a box of its own in place of a <select> and does not tell a screen reader what it is for.

(() => {
    const label = (select) => {
        const container = select.nextElementSibling;
        const text = select.labels?.[0]?.textContent.trim() || select.getAttribute("aria-label");
        if (!text || !container?.classList.contains("select2-container")) return;
        for (const part of container.querySelectorAll('[role="combobox"], [role="textbox"], .select2-search__field')) {
            if (part.getAttribute("aria-label") !== text) part.setAttribute("aria-label", text);
        }
        // A label that names the box itself would win over ours, and says only what is chosen.
        container.querySelector('[role="combobox"]')?.removeAttribute("aria-labelledby");
    };

    const labelAll = () => document.querySelectorAll("select.select2-hidden-accessible").forEach(label);

    document.addEventListener("DOMContentLoaded", () => {
        labelAll();
        new MutationObserver(labelAll).observe(document.body, { childList: true, subtree: true });
    });
})();

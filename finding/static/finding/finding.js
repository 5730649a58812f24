/* The search for students: a combobox in a dialog. Nothing of it is kept, neither here nor in an address. */
"use strict";

(() => {
    const WAIT = 200; // milliseconds without a key before the server is asked
    const SHORTEST = 2;

    const dialog = document.getElementById("finding");
    if (!dialog) return;
    const form = dialog.querySelector("form");
    const input = document.getElementById("finding-term");
    const list = document.getElementById("finding-results");
    const status = document.getElementById("finding-status");

    let timer = 0;
    let asking = null; // the request under way
    let active = -1;
    let openWhenFound = false; // Enter was pressed before the answer came

    const options = () => [...list.querySelectorAll('[role="option"]')];

    function mark(index) {
        const all = options();
        active = all.length ? (index + all.length) % all.length : -1;
        all.forEach((option, number) => option.setAttribute("aria-selected", String(number === active)));
        if (active < 0) {
            input.removeAttribute("aria-activedescendant");
        } else {
            input.setAttribute("aria-activedescendant", all[active].id);
            all[active].scrollIntoView({ block: "nearest" });
        }
    }

    function show(html, message) {
        list.innerHTML = html; // our own page's template, which escapes what it shows
        const count = options().length;
        list.hidden = count === 0;
        input.setAttribute("aria-expanded", String(count > 0));
        status.textContent = message;
        mark(count ? 0 : -1);
    }

    function forget() {
        window.clearTimeout(timer);
        timer = 0;
        asking?.abort();
        asking = null;
        openWhenFound = false;
    }

    async function ask() {
        forget();
        const request = new AbortController();
        asking = request;
        try {
            const response = await fetch(form.action, {
                method: "POST",
                body: new FormData(form),
                signal: request.signal,
                headers: { "X-Requested-With": "XMLHttpRequest" },
            });
            if (response.redirected || !response.ok) throw new Error(String(response.status));
            const html = await response.text();
            if (asking !== request) return;
            asking = null;
            const page = new DOMParser().parseFromString(html, "text/html");
            const message = page.querySelector("[data-message]")?.dataset.message ?? "";
            show(html, message);
            if (openWhenFound && options().length === 1) open(options()[0], false);
            openWhenFound = false;
        } catch (error) {
            if (error.name === "AbortError") return;
            asking = null;
            show("", "The search did not work. Reload the page and try again.");
        }
    }

    function typed() {
        forget();
        if (input.value.trim().length < SHORTEST) {
            show("", "");
            return;
        }
        timer = window.setTimeout(ask, WAIT);
    }

    function open(option, elsewhere) {
        const address = option?.dataset.href;
        if (!address) return;
        if (elsewhere) window.open(address, "_blank", "noopener");
        else window.location.assign(address);
    }

    function start() {
        if (dialog.open) return;
        dialog.showModal();
        input.focus();
    }

    function end() {
        forget();
        input.value = "";
        show("", "");
    }

    form.addEventListener("submit", (event) => event.preventDefault());
    input.addEventListener("input", typed);
    input.addEventListener("keydown", (event) => {
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            mark(active + (event.key === "ArrowDown" ? 1 : -1));
        } else if (event.key === "Enter") {
            event.preventDefault();
            if (!timer && !asking) {
                open(options()[active], event.ctrlKey || event.metaKey);
            } else {
                if (timer) ask();
                openWhenFound = true;
            }
        }
    });

    list.addEventListener("pointermove", (event) => {
        const index = options().indexOf(event.target.closest('[role="option"]'));
        if (index >= 0 && index !== active) mark(index);
    });
    list.addEventListener("click", (event) => {
        open(event.target.closest('[role="option"]'), event.ctrlKey || event.metaKey);
    });

    // A click beside the dialog closes it; Escape does so by itself.
    dialog.addEventListener("click", (event) => {
        if (event.target === dialog) dialog.close();
    });
    dialog.addEventListener("close", end);
    dialog.querySelector("[data-finding-close]").addEventListener("click", () => dialog.close());
    // Names do not wait in a page that the browser keeps for its Back button.
    window.addEventListener("pagehide", () => {
        end();
        dialog.close();
    });

    document.querySelectorAll("[data-finding-open]").forEach((button) => button.addEventListener("click", start));
    document.addEventListener("keydown", (event) => {
        if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
            event.preventDefault();
            start();
            return;
        }
        const where = document.activeElement;
        const writes = where && (where.isContentEditable || /^(input|textarea|select)$/i.test(where.tagName));
        // On a list, Unfold moves to its own search box by this key.
        if (event.key === "/" && !writes && !event.ctrlKey && !event.metaKey && !document.getElementById("searchbar")) {
            event.preventDefault();
            start();
        }
    });
})();

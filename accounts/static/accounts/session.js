/* Warns before a log-in ends, lets people stay by one key, and covers the page when it is over.

   The server decides: what stands here is only when it last said the log-in would end. Nothing is asked of it without
   somebody's doing, but once at the end: another tab may have kept the log-in alive. */
(() => {
    "use strict";

    const WARNING = 120; // seconds
    const SAID_AT = [60, 30, 10];
    const channel = "BroadcastChannel" in window ? new BroadcastChannel("whitecross-session") : null;

    let endsAt = 0;
    let isOver = false;
    let isUnsaved = false;
    let settings = null;
    let dialog = null;
    let cover = null;
    let focusedBefore = null;

    // Unfold asks before a form with changes is left. At the end nobody may stay: this listener was here first.
    window.addEventListener("beforeunload", (event) => isOver && event.stopImmediatePropagation(), true);

    const element = (name, properties, ...children) => {
        const made = Object.assign(document.createElement(name), properties);
        made.append(...children);
        return made;
    };

    const secondsLeft = () => Math.ceil((endsAt - Date.now()) / 1000);

    const inWords = (seconds) => {
        if (seconds > 90) {
            return "2 minutes";
        }
        return seconds > 59 ? "1 minute" : `${Math.max(seconds, 0)} second${seconds === 1 ? "" : "s"}`;
    };

    const learn = (seconds, isNews) => {
        endsAt = Date.now() + seconds * 1000;
        if (isNews) {
            channel?.postMessage({ endsAt });
        }
    };

    const ask = async (method) => {
        const response = await fetch(settings.keep, {
            method,
            redirect: "manual",
            headers: method === "POST" ? { "X-CSRFToken": settings.token } : { "X-Background": "1" },
        });
        return response.ok ? (await response.json()).ends_in : null;
    };

    const makeDialog = () => {
        const stay = element("button", { type: "button", className: "session-stay", textContent: "Stay logged in" });
        const leave = element("button", { type: "button", textContent: "Log off now" });
        stay.addEventListener("click", keep);
        leave.addEventListener("click", () => {
            isOver = true;
            document.getElementById("logout-form")?.requestSubmit();
        });
        const made = element(
            "dialog",
            { className: "session-warning" },
            element("h2", { id: "session-title", textContent: "Still there?" }),
            element("p", { id: "session-text" }),
            element("p", { className: "session-unsaved", hidden: true }),
            element("p", { className: "session-status", role: "status" }),
            element("div", { className: "session-buttons" }, stay, leave),
        );
        made.setAttribute("role", "alertdialog");
        made.setAttribute("aria-labelledby", "session-title");
        made.setAttribute("aria-describedby", "session-text");
        // Escape is a sign of life as well.
        made.addEventListener("cancel", (event) => {
            event.preventDefault();
            keep();
        });
        document.body.append(made);
        return made;
    };

    const warn = (seconds) => {
        dialog ??= makeDialog();
        const text = dialog.querySelector("#session-text");
        text.textContent = `You will be logged off in ${inWords(seconds)}, because nobody has done anything here.`;
        const unsaved = dialog.querySelector(".session-unsaved");
        unsaved.hidden = !isUnsaved;
        unsaved.textContent = "What you have entered on this page and not saved will then be lost.";
        if (SAID_AT.includes(seconds)) {
            dialog.querySelector(".session-status").textContent = `${seconds} seconds left.`;
        }
        if (!dialog.open) {
            focusedBefore = document.activeElement;
            dialog.showModal();
        }
    };

    const calm = () => {
        if (dialog?.open) {
            dialog.close();
            dialog.querySelector(".session-status").textContent = "";
            focusedBefore?.focus();
        }
    };

    const keep = async () => {
        const before = endsAt;
        let seconds = null;
        try {
            seconds = await ask("POST");
        } catch {
            dialog.querySelector(".session-status").textContent = "The server does not answer. Try again.";
            return;
        }
        if (seconds === null) {
            end();
            return;
        }
        learn(seconds, true);
        if (endsAt - before < 5000 && seconds <= WARNING) {
            const text = "You have been logged in for as long as a log-in may last. Save your work and log in again.";
            dialog.querySelector(".session-status").textContent = text;
            dialog.querySelector("h2").textContent = "Please log in again";
        } else {
            calm();
        }
    };

    // Nobody reads on once the log-in is over, not even while the log-in page is loading.
    const hide = () => {
        calm();
        cover ??= element(
            "div",
            { className: "session-over", role: "alert" },
            element("p", { textContent: "You were logged off." }),
            element("a", { href: wayBack(), textContent: "Log in again" }),
        );
        for (const child of document.body.children) {
            child.inert = true;
        }
        document.body.append(cover);
        cover.inert = false;
    };

    const show = () => {
        cover?.remove();
        for (const child of document.body.children) {
            child.inert = false;
        }
    };

    const wayBack = () => {
        const next = location.pathname + location.search;
        return `${settings.login}?${new URLSearchParams({ next })}`;
    };

    const end = async () => {
        if (isOver) {
            return;
        }
        isOver = true;
        hide();
        let seconds = null;
        try {
            seconds = await ask("GET");
        } catch {
            // Covered all the same.
        }
        if (seconds) {
            isOver = false;
            learn(seconds, false);
            show();
            return;
        }
        location.assign(wayBack());
    };

    const look = () => {
        if (isOver) {
            return;
        }
        const seconds = secondsLeft();
        if (seconds <= 0) {
            end();
        } else if (seconds <= Math.min(WARNING, settings.warnAt)) {
            warn(seconds);
        } else {
            calm();
        }
    };

    document.addEventListener("DOMContentLoaded", () => {
        const meta = document.querySelector("meta[name=session]");
        if (meta === null) {
            return;
        }
        const left = Number(meta.dataset.endsIn);
        settings = { ...meta.dataset, warnAt: Math.max(left / 2, 20) };
        learn(left, true);
        channel?.addEventListener("message", ({ data }) => {
            if (data.isOver) {
                // The log-out itself may still be on its way; the log-in page leads back if it never arrives.
                isOver = true;
                hide();
                setTimeout(() => location.assign(wayBack()), 2000);
            } else {
                endsAt = data.endsAt;
                look();
            }
        });
        document.addEventListener("input", (event) => {
            isUnsaved ||= event.target.closest("#content, main, form") !== null;
        });
        document.getElementById("logout-form")?.addEventListener("submit", () => {
            isOver = true;
            channel?.postMessage({ isOver: true });
        });
        setInterval(look, 1000);
        // A computer that slept comes back late.
        document.addEventListener("visibilitychange", look);
        window.addEventListener("pageshow", look);
    });
})();

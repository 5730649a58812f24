// Passkeys: the page says in its JSON what the browser is to ask for, and the form takes the answer back.
(() => {
    "use strict";

    const PROBLEMS = {
        InvalidStateError: "This device has a passkey for your account already.",
        NotAllowedError: "The passkey was not shown, or it took too long. Please try again.",
        SecurityError: "Passkeys do not work at this address of the site.",
    };

    const options = () => JSON.parse(document.getElementById("passkey-options").textContent);

    async function ask(kind) {
        if (kind === "create") {
            return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options()) });
        }
        return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options()) });
    }

    function attach(form) {
        const problem = form.querySelector("[data-passkey-problem]");
        const answer = form.querySelector("[name=passkey]");
        const say = (text) => {
            problem.textContent = text;
            problem.hidden = !text;
        };

        async function run() {
            say("");
            try {
                answer.value = JSON.stringify((await ask(form.dataset.passkey)).toJSON());
            } catch (error) {
                say(PROBLEMS[error.name] || "This browser does not know passkeys. Please use another way.");
                return;
            }
            form.submit();
        }

        form.addEventListener("submit", (event) => {
            event.preventDefault();
            run();
        });
        if ("passkeyStarts" in form.dataset) {
            run();
        }
    }

    document.querySelectorAll("form[data-passkey]").forEach(attach);
})();

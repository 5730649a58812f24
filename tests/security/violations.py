"""What a browser reports while it visits pages: violations of the policy, errors of scripts, failed requests."""

from playwright.sync_api import BrowserContext, Page

_LISTEN = """
addEventListener("securitypolicyviolation", event => console.error(
    `VIOLATION ${event.effectiveDirective} ${event.blockedURI} on ${location.pathname} by ${event.sourceFile} `
    + `${event.lineNumber} ${event.sample}`
));
"""


class Reports:
    """The reports of a page of a browser, and of the windows that it opens."""

    def __init__(self, context: BrowserContext) -> None:
        self._found: list[str] = []
        context.add_init_script(_LISTEN)
        context.on("page", self._listen)
        for page in context.pages:
            self._listen(page)

    def _listen(self, page: Page) -> None:
        page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._found.append(f"ERROR {error}"))

    def _note(self, text: str) -> None:
        if "violates the following Content Security Policy" not in text:  # the browser's own words for the event
            self._found.append(text)

    def taken(self) -> str:
        """What was reported since it was last asked, each report once, a line each."""
        found, self._found = sorted(set(self._found)), []
        return "\n".join(found)

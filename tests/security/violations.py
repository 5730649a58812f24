"""What a browser reports while it visits pages: violations of the policy, errors, warnings, failed requests."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response

_LOWEST_ERROR = 400

_LISTEN = """
addEventListener("securitypolicyviolation", event => console.error(
    `VIOLATION ${event.effectiveDirective} ${event.blockedURI} on ${location.pathname} by ${event.sourceFile} `
    + `${event.lineNumber} ${event.sample}`
));
"""


class Reports:
    """The reports of a page of a browser, and of the windows that it opens."""

    def __init__(self, context: BrowserContext) -> None:
        self._found: list[tuple[str, str]] = []  # where, what
        self._pages_of_errors: set[str] = set()
        context.add_init_script(_LISTEN)
        context.on("page", self._listen)
        context.on("response", self._note_page_of_error)
        for page in context.pages:
            self._listen(page)

    def _listen(self, page: Page) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self._found.append((page.url, f"ERROR {error}")))

    def _note(self, message: ConsoleMessage) -> None:
        # The browser has words of its own for the event, too.
        is_told_twice = "violates the following Content Security Policy" in message.text
        if message.type in {"error", "warning"} and not is_told_twice:
            self._found.append((message.location["url"], message.text))

    def _note_page_of_error(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.status >= _LOWEST_ERROR:
            self._pages_of_errors.add(response.url)

    def taken(self) -> str:
        """What was reported since it was last asked, each report once, a line each.

        That a page which was opened answers by an error is no report: what it is missing would be.
        """
        found = {
            text
            for address, text in self._found
            if not (address in self._pages_of_errors and text.startswith("Failed to load resource"))
        }
        self._found = []
        return "\n".join(sorted(found))

"""A person at a browser, without the browser: cookies, forms as the page sends them, and a connection per request."""

import http.client
import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import Morsel, SimpleCookie
from urllib.parse import urlencode, urlsplit

import pyotp

from demo.logins import DEMO_PASSWORD

LOGIN = "/admin/login/"
SECOND_STEP = "/second-factor/"
# Fields of a submit button; the one that was pressed is named by the test.
_BUTTONS = ("submit", "button", "image", "reset", "file")


class RefusedError(Exception):
    """Nobody listened: nothing of the request was read."""


class LostError(Exception):
    """Somebody listened, and no full answer came."""


@dataclass
class Answer:
    """What came back."""

    path: str
    status: int
    headers: dict[str, str]
    body: str

    @property
    def leads_to(self) -> str:
        """The address that a redirect names; empty for any other answer."""
        return self.headers.get("location", "")

    def form(self, holding: str) -> dict[str, str | list[str]]:
        """What a browser would send of the form that has a field of this name, if nobody touched it."""
        forms = _Forms()
        forms.feed(self.body)
        found = [fields for fields in forms.found if holding in fields]
        assert found, f"{self.path} answers {self.status} and has no form with {holding}"
        return found[0]

    def links(self, part: str) -> list[str]:
        """The addresses that the page leads to and that hold this part, in order."""
        hrefs = [href.replace("&amp;", "&") for href in re.findall(r'href="([^"]+)"', self.body)]
        return [href for href in hrefs if part in href]


@dataclass
class Visitor:
    """Somebody who clicks through the pages of a server, as if by a proxy with TLS in front of it."""

    port: int
    host: str
    address: str = "203.0.113.7"
    seconds: float = 60.0
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        """Go to a page."""
        return self.ask("GET", path)

    def post(self, path: str, fields: dict[str, str | list[str]]) -> Answer:
        """Send a form."""
        return self.ask("POST", path, urlencode(fields, doseq=True))

    def ask(self, method: str, path: str, body: str = "") -> Answer:
        """Send a request, and read its answer to the end.

        Raises:
            RefusedError: nobody listened.
            LostError: the connection broke, or the answer is not whole.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.seconds)
        try:
            connection.connect()
        except ConnectionRefusedError as error:
            connection.close()
            raise RefusedError from error
        headers = {
            "Host": self.host,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": self.address,
            "Referer": f"https://{self.host}{path}",
            "Connection": "close",
            "Accept-Encoding": "identity",
        }
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={text}" for name, text in self.cookies.items())
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body=body or None, headers=headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (TimeoutError, OSError, http.client.HTTPException) as error:
            raise LostError(f"{method} {urlsplit(path).path}: {type(error).__name__}") from error
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self._keep(name, morsel)
        return Answer(path, response.status, {name.lower(): text for name, text in response.getheaders()}, text)

    def log_in(self, email: str, password: str = DEMO_PASSWORD, *, secret: str = "") -> None:
        """Log in by the page for it, and if a second step is asked for, by a code of the app with this secret."""
        fields = self.get(LOGIN).form("username")
        answer = self.post(LOGIN, fields | {"username": email, "password": password})
        if answer.status == 302 and answer.leads_to.endswith(SECOND_STEP):
            assert secret, "the log-in asks for a second step"
            # The app's code of now may have been used when it was set up; that of the next half minute is taken too.
            code = pyotp.TOTP(secret).at(int(time.time()) + 30)
            second = self.get(answer.leads_to).form("code")
            answer = self.post(answer.leads_to, second | {"code": code})
        assert answer.status == 302, f"the log-in answers {answer.status}"
        assert self.get(answer.leads_to).status == 200, f"the log-in leads to {answer.leads_to}"

    def send(self, path: str, holding: str, **filled: str) -> Answer:
        """Open a page, fill in some fields of its form, and send it."""
        fields = self.get(path).form(holding)
        return self.post(path, fields | filled | {"_save": "Save"})

    def _keep(self, name: str, cookie: Morsel[str]) -> None:
        """As a browser does: a cookie of the name __Host- is refused if it could be another host's, or sent by http."""
        if name.startswith("__Host-") and not (cookie["secure"] and cookie["path"] == "/" and not cookie["domain"]):
            raise AssertionError(f"a browser refuses the cookie {name}")
        if cookie["max-age"] == "0" or not cookie.value:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = cookie.value


class _Forms(HTMLParser):
    """Reads the forms of a page: names and values of their fields."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | list[str]]] = []
        self._fields: dict[str, str | list[str]] | None = None
        self._select: tuple[str, bool] | None = None
        self._options: list[tuple[str, bool]] = []
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            self._fields = {}
            self.found.append(self._fields)
        elif self._fields is None:
            return
        elif tag == "input" and name and given.get("type") not in _BUTTONS:
            checks = given.get("type") in ("checkbox", "radio")
            if checks and "checked" not in given:
                self._fields.setdefault(name, []) if given.get("type") == "checkbox" else None
                return
            text = given.get("value") or ("on" if checks else "")
            before = self._fields.get(name)
            self._fields[name] = [*before, text] if isinstance(before, list) else text
        elif tag == "select" and name:
            self._select, self._options = (name, "multiple" in given), []
        elif tag == "option" and self._select:
            self._options.append((given.get("value") or "", "selected" in given))
        elif tag == "textarea" and name:
            self._area = name
            self._fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._area and self._fields is not None:
            self._fields[self._area] = f"{self._fields[self._area]}{data}".removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select" and self._select and self._fields is not None:
            name, multiple = self._select
            chosen = [value for value, selected in self._options if selected]
            if multiple:
                self._fields[name] = chosen
            elif self._options:
                self._fields[name] = chosen[-1] if chosen else self._options[0][0]
            self._select = None

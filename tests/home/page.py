"""What stands on a home page: its numbers, each with its link."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Numbers(HTMLParser):
    """The links of the classes that numbers have, with the number in each."""

    found: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._href: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        classes = (values.get("class") or "").split()
        if tag == "a" and {"home-count", "home-figure"} & set(classes):
            self._href, self._text = values["href"], ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href is not None:
            number = re.match(r"[\d,]+", self._text.strip())
            assert number, self._text
            self.found.append((self._href, int(number[0].replace(",", ""))))
            self._href = None


def numbers_of(response: Any) -> list[tuple[str, int]]:
    """The address and number of each number on a page."""
    parser = Numbers()
    parser.feed(response.content.decode())
    return parser.found


def rows_behind(client: Any, address: str) -> int:
    """How many rows the list at an address has."""
    response = client.get(address)
    assert response.status_code == 200, address
    number = len(response.context["cl"].result_list)
    assert number < 50, "a second page would not be counted"
    return number

"""Somebody who asks for pages, and looks at whatever comes back: no foreign word, no foreign row touched."""

import copy
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.messages.storage.cookie import CookieStorage
from django.db import models
from django.test import Client

from core.models import UserRole
from core.roles import LETTERS
from tests.leaks.world import World
from tests.safeguards.two_districts import taken_back

# What each may learn nothing of: places, and what of the school a2 the district sees ("o2").
FOREIGN = {
    "nurse of a1": {"a2", "b1"},
    "counselor of a1": {"a2", "b1"},
    "school_admin of a1": {"a2", "b1"},
    "viewer of a1": {"a2", "b1"},
    "district_admin of a": {"b1"},
    "nurse of nowhere": {"a1", "a2", "o2", "b1"},
    "district_admin of nowhere": {"a1", "a2", "o2", "b1"},
    "admin": set(),
    "superuser": set(),
    "anonymous": {"a1", "a2", "o2", "b1"},
}
# One of each reach asks everything; the others, whose rows the same policies guard, ask what their letters decide.
THOROUGH = {"nurse of a1", "district_admin of a"}
ANSWERS = {200, 302, 403, 404, 405}
# What follows an unfinished word is what tells it from an echo of what was asked for.
SEARCHED = "Zzb1"
# Letters at random, in which any short word comes up once in some ten thousand pages.
_RANDOM = {"sessionid", "csrftoken"}
_TOKEN = re.compile(
    r'(?<=name="csrfmiddlewaretoken" value=")\w+|(?<= data-token=")\w+|(?<=name="_opened" value=")[^"]+'
    r'|(?<=nonce=")[^"]+|(?<=nonce-)[^\']+'
)


@dataclass
class Visitor:
    """A logged-in browser that checks each answer."""

    name: str
    world: World
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    asked: int = 0

    def __post_init__(self) -> None:
        if self.name in self.world.staff:
            self.client.force_login(self.world.staff[self.name])
        self._cookies: SimpleCookie = copy.deepcopy(self.client.cookies)
        words = "|".join(sorted(FOREIGN[self.name]))
        self._foreign = re.compile(rf"zz(?:{words})\w[^\s<\"']*" if words else r"(?!)", re.IGNORECASE)

    @property
    def role(self) -> UserRole | None:
        """The role whose letters hold."""
        user = self.world.staff.get(self.name)
        return None if user is None else UserRole.ADMIN if user.is_superuser else UserRole(user.role)

    @property
    def is_thorough(self) -> bool:
        """Whether to ask everything that can be asked."""
        return self.name in THOROUGH

    def may(self, model: type[models.Model], letters: str) -> bool:
        """Whether the table of roles gives one of these letters."""
        row = LETTERS[model._meta.label_lower].get(self.role, "") if self.role else ""
        return bool(set(letters) & set(row))

    @property
    def foreign_places(self) -> set[str]:
        return FOREIGN[self.name] & {"a1", "a2", "b1"}

    def get(self, address: str, expected: Iterable[int] = (), **query: Any) -> Any:
        """Ask for a page."""
        if query:
            address += "?" + urlencode(query, doseq=True)
        response = self.client.get(address)
        self._check(response, f"GET {address}", expected)
        return response

    def post(self, address: str, data: dict[str, Any], expected: Iterable[int] = ()) -> int:
        """Post a form, look at what was done and at the page that follows, and take it all back."""
        with taken_back():
            response = self.client.post(address, data)
            said = f"POST {address} {data}"
            self._check(response, said, expected)
            for place in self.foreign_places:
                assert self.world.footprint(place) == self._untouched(place), f"{said} touched rows of {place}"
            if response.status_code == 302 and response["Location"].startswith(("/", "?")):
                there = response["Location"]
                self._check(self.client.get(there if there[0] == "/" else address + there), f"{said} -> {there}", ())
        self.client.cookies = copy.deepcopy(self._cookies)
        return int(response.status_code)

    def _untouched(self, place: str) -> dict[str, str]:
        cached: dict[str, dict[str, str]] = self.world.__dict__.setdefault("untouched", {})
        if place not in cached:
            with taken_back():
                cached[place] = self.world.footprint(place)
        return cached[place]

    def _check(self, response: Any, said: str, expected: Iterable[int]) -> None:
        self.asked += 1
        assert response.status_code in (set(expected) or ANSWERS), f"{self.name}: {said}: {response.status_code}"
        body = b"".join(response.streaming_content) if response.streaming else response.content
        headers = " ".join(f"{name}: {value}" for name, value in response.headers.items())
        told = f"{headers} {body.decode(errors='replace')}"
        text = html.unescape(f"{_cookies(response)} {_TOKEN.sub('', told)}")
        found = self._foreign.search(text)
        assert found is None, f"{self.name}: {said} tells {found and found[0]}: {_around(text, found)}"


def _cookies(response: Any) -> str:
    """What the cookies say, messages in clear: as they stand there, no word of theirs could be found."""
    said = {name: morsel.value for name, morsel in response.cookies.items() if name not in _RANDOM}
    if messages := said.pop(CookieStorage.cookie_name, ""):
        storage: Any = CookieStorage(response.wsgi_request)
        said[CookieStorage.cookie_name] = " ".join(map(str, storage._decode(messages)))
    return " ".join(f"{name}: {value}" for name, value in said.items())


def _around(text: str, found: re.Match[str] | None) -> str:
    return text[max(0, found.start() - 200) : found.end() + 100] if found else ""


def models_of_the_site() -> list[type[models.Model]]:
    """The models that have pages."""
    return sorted(admin.site._registry, key=lambda model: model._meta.label)

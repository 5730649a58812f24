"""Every address of the site, found by walking its URLs, with each parameter filled by keys of every kind.

A parameter that nobody taught this module is an error: a new page is covered, or the test fails.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from core.models import Student
from tests.leaks.world import SHARED, World

# Parameters that name no row: an address that is not there, a link that holds no longer.
NOBODYS: dict[tuple[str, ...], dict[str, Any]] = {
    ("url",): {"url": "nothing/there/"},
    ("uidb64", "token"): {"uidb64": "eA", "token": "abc-def"},
}


class UnknownParameterError(Exception):
    """A URL has a parameter of which nobody knows what goes in there."""


@dataclass(frozen=True)
class Page:
    """A URL of the site: its parts, and the model in whose admin it stands."""

    route: str
    name: str | None
    parameters: tuple[str, ...]
    model: type[models.Model] | None

    def __str__(self) -> str:
        return self.route

    def address(self, values: dict[str, Any]) -> str:
        """The address with these values."""
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found[1]]), self.route)
        path = re.sub(r"\(\?P<(\w+)>.*?\)(?=/|\$|$)", lambda found: str(values[found[1]]), path)
        return "/" + path.replace("^", "").replace("$", "")


def pages() -> list[Page]:
    """All URLs of the site."""
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: Any, prefix: str) -> Iterator[Page]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            regex = isinstance(pattern.pattern, RegexPattern)
            names = re.findall(r"\?P<(\w+)>" if regex else r"<(?:\w+:)?(\w+)>", route)
            yield Page(route, pattern.name, tuple(names), _model_of(route))


def _model_of(route: str) -> type[models.Model] | None:
    for model in admin.site._registry:
        if route.startswith(f"admin/{model._meta.app_label}/{model._meta.model_name}/"):
            return model
    return None


def fillings(page: Page, world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Values for the parameters of a page: whose row they name ("a1", "b1 deleted", "nobody"), and the values.

    Raises:
        UnknownParameterError: a parameter of this name was never seen; say here what goes in.
    """
    if not page.parameters:
        yield "none", {}
        return
    model = page.model
    if page.parameters == ("app_label",):
        for config in apps.get_app_configs():
            if any(model._meta.app_label == config.label for model in admin.site._registry):
                yield "none", {"app_label": config.label}
        return
    if page.parameters in NOBODYS:
        yield "none", NOBODYS[page.parameters]
        return
    if page.parameters == ("content_type_id", "object_id"):
        for place in ("a1", "b1"):
            kind = ContentType.objects.get_for_model(Student)
            yield place, {"content_type_id": kind.pk, "object_id": world.students[place].pk}
        return
    if len(page.parameters) != 1:
        raise UnknownParameterError(f"{page.route}: say in tests/leaks/addresses.py what goes into {page.parameters}.")
    (name,) = page.parameters
    if name not in ("object_id", "pk", "id"):
        model = next((model for model in admin.site._registry if f"{model._meta.model_name}_id" == name), None)
    if model is None:
        raise UnknownParameterError(f"{page.route}: say in tests/leaks/addresses.py what goes into <{name}>.")
    for whose, keys in rows_of(model, world).items():
        if keys:
            yield whose, {name: keys[0]}


def rows_of(model: type[models.Model], world: World) -> dict[str, list[Any]]:
    """Keys of rows of a model, by whose they are."""
    table = model._meta.db_table
    found: dict[str, list[Any]] = {"b1": [], "b1 deleted": [], "nobody": [uuid.UUID(int=7)], "nonsense": ["x%00'\"<"]}
    for place in ("a1",) if table in SHARED else ("a1", "a2", "b1"):
        found[place] = list(world.live.get((place, table), []))
        found[f"{place} deleted"] = list(world.deleted.get((place, table), []))
    return found

"""Every page that is read, by everybody: the status that the table of roles says, and not one word of another place."""

import html
import re
from typing import Any

import pytest
from django.contrib import admin

from tests.leaks.addresses import fillings, pages, rows_of
from tests.leaks.visitor import ANSWERS, FOREIGN, SEARCHED, Visitor, models_of_the_site

MODELS = pytest.mark.parametrize("model", models_of_the_site(), ids=lambda model: model._meta.label_lower)
EVERYBODY = pytest.mark.parametrize("name", FOREIGN)
STANDARD = ("changelist", "add", "history", "delete", "change", "restore")
BAD_LOOKUP = 400  # Django's answer to a filter that the admin does not allow


def base(model):
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


@MODELS
@EVERYBODY
def test_lists(world, name, model):
    visitor = Visitor(name, world)
    address, expected = base(model), {200} if visitor.may(model, "vm") else {302 if name == "anonymous" else 403}
    first = visitor.get(address, expected)
    if expected != {200}:
        visitor.get(address, expected, q=SEARCHED)
        return
    links = {html.unescape(link) for link in re.findall(r'href="(\?[^"]*)"', first.content.decode())}
    # One of each parameter: a filter does with its second choice what it does with its first.
    by_parameter = {link.split("=")[0]: link for link in sorted(links)}
    asked = list(questions(model, world))
    if not visitor.is_thorough:
        asked, by_parameter = asked[:2], {}
    for link in by_parameter.values():
        visitor.get(address + link)
    for query in asked:
        # A filter may be unknown to the page: it says so, and shows the list (e=1) or refuses.
        visitor.get(address, {200, 302, BAD_LOOKUP}, **query)


def questions(model, world):
    """Query strings, with what belongs to another school wherever something can be asked for."""
    model_admin = admin.site.get_model_admin(model)
    yield from (
        {"q": SEARCHED},
        {"e": "1", "deleted": "all", "all": "", "_popup": "1", "_to_field": "id"},
        {"q": "Zza2", "p": "1000000"},
        {"q": SEARCHED[:2], "deleted": "yes"},
        {"_to_field": "password"},
        {"o": "99.-1"},
        {"id__in": ",".join(str(key) for key in sorted(world.keys("b1"))[:20])},
    )
    columns = range(1, len(model_admin.list_display) + 1)
    yield {"o": ".".join(f"-{number}" for number in columns)}
    yield {"o": ".".join(map(str, reversed(columns)))}
    for field in model._meta.concrete_fields:
        if field.is_relation:
            for key in rows_of(field.related_model, world)["b1"][:1]:
                yield {f"{field.name}__id__exact": key}
            others = [f.name for f in field.related_model._meta.concrete_fields if f.get_internal_type() == "CharField"]
            yield from ({f"{field.name}__{other}__istartswith": SEARCHED} for other in others[:2])
    yield {
        f"{name}__istartswith": SEARCHED
        for name in ("first_name", "last_name", "name", "title")
        if hasattr(model, name)
    }
    if model_admin.date_hierarchy:
        yield {f"{model_admin.date_hierarchy}__year": "2026"}
        yield {f"{model_admin.date_hierarchy}__year": "2026", f"{model_admin.date_hierarchy}__month": "3"}


@MODELS
@EVERYBODY
def test_pages_of_rows_and_pages_of_its_own(world, name, model):
    visitor = Visitor(name, world)
    for page in pages():
        if page.model is not model:
            continue
        for whose, values in fillings(page, world):
            address, expected = page.address(values), expected_answer(visitor, page, whose)
            visitor.get(address, expected)
            if page.name is None or whose in ("nobody", "nonsense") or not visitor.is_thorough:
                continue
            keys = {
                name: str(key)
                for name, key in (("student", world.students["b1"].pk), ("school", world.schools["b1"].pk))
            }
            # What pages of others take from the address, such as the students of a class.
            many = {
                "students": keys["student"],
                "ids": keys["student"],
                "q": SEARCHED,
                "_changelist_filters": f"student__id__exact={keys['student']}",
            }
            visitor.get(address, ANSWERS | {BAD_LOOKUP}, **keys, **many)
            if page.name.endswith("_add") and model is not None:
                references: Any = [field for field in model._meta.concrete_fields if field.is_relation]
                visitor.get(address, **{f.name: rows_of(f.related_model, world)["b1"][:1] for f in references})


def expected_answer(visitor, page, whose):
    """What the table of roles says of Django's own pages; of others that they answer and do not fail."""
    model, name = page.model, page.name or ""
    kind = next((kind for kind in STANDARD if name == f"{model._meta.app_label}_{model._meta.model_name}_{kind}"), None)
    if visitor.role is None:
        return {302, 404, 405}
    always = {None: {200, 302, 403, 404, 405}, "restore": {405}}  # a button is not looked at
    always["changelist"] = {200} if visitor.may(model, "vm") else {403}
    always["add"] = {200} if visitor.may(model, "a") else {403}
    return always.get(kind) or answer_for_row(visitor, model, kind, whose)


def answer_for_row(visitor, model, kind, whose):
    """The same of a page about one row."""
    place = whose.split()[0]
    if not visitor.may(model, "vm") or place not in ("a1", "a2", "b1"):
        return {302, 403, 404}
    if place in FOREIGN[visitor.name]:
        # Of the own district one sees more than of the own school; of another nothing.
        return {302, 403, 404} if place == "b1" else {200, 302, 403, 404}
    if place == "a2" or visitor.name.endswith("nowhere"):
        return {200, 302, 403, 404}
    if kind == "delete":
        return {200} if visitor.may(model, "d") and "deleted" not in whose else {403}
    return {200}


@EVERYBODY
def test_pages_of_the_site(world, name):
    visitor = Visitor(name, world)
    for page in pages():
        if page.model is None:
            for _, values in fillings(page, world):
                visitor.get(page.address(values), {200, 302, 403, 404, 405})
                visitor.get(
                    page.address(values),
                    {200, 302, 403, 404, 405},
                    s=SEARCHED,
                    q=SEARCHED,
                    term=SEARCHED,
                    next="/admin/core/student/",
                )
                visitor.get(page.address(values), {200, 302, 403, 404, 405}, s=SEARCHED, extended="1")


@EVERYBODY
def test_autocomplete(world, name):
    visitor = Visitor(name, world)
    for model, model_admin in admin.site._registry.items():
        for field in model_admin.autocomplete_fields:
            for term in ("", SEARCHED, "z") if visitor.is_thorough else ("z",):
                asked: Any = {
                    "app_label": model._meta.app_label,
                    "model_name": model._meta.model_name,
                    "field_name": field,
                }
                response = visitor.get("/admin/autocomplete/", **asked, term=term)
                related: Any = model._meta.get_field(str(field)).related_model
                if name != "anonymous":
                    assert response.status_code == (200 if visitor.may(related, "vm") else 403), (model, field)


def test_the_own_words_are_there(world):
    """A page that shows nothing at all would prove nothing."""
    visitor = Visitor("nurse of a1", world)
    for model in models_of_the_site():
        if visitor.may(model, "v") and model._meta.db_table not in ("medications", "districts", "school_assignments"):
            assert "zza1" in visitor.get(base(model)).content.decode().lower(), model
    assert "zza1" in visitor.get("/admin/core/student/", q="Zza1").content.decode().lower()

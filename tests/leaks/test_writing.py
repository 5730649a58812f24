"""Every form, action and button, pressed for rows of another place: nothing is told, and nothing there is touched."""

import re

import pytest
from django.contrib.admin import helpers

from tests.admin.pages import form_data
from tests.leaks.addresses import fillings, pages, rows_of
from tests.leaks.test_reading import MODELS, base
from tests.leaks.visitor import SEARCHED, Visitor

WRITERS = pytest.mark.parametrize(
    "name",
    [
        "nurse of a1",
        "counselor of a1",
        "school_admin of a1",
        "viewer of a1",
        "district_admin of a",
        "nurse of nowhere",
        "admin",
    ],
)


def own_form(visitor, model):
    """What a browser would send of the form of an own row; nothing where there is no form."""
    for key in rows_of(model, visitor.world)["a1"]:
        response = visitor.get(f"{base(model)}{key}/change/")
        if response.status_code == 200 and response.context and "adminform" in response.context:
            return key, form_data(response)
    return None, {}


@MODELS
@WRITERS
def test_forms(world, name, model):
    visitor = Visitor(name, world)
    key, data = own_form(visitor, model)
    rows = rows_of(model, world)
    refused = {302, 403, 404}
    for whose in ("b1", "b1 deleted", "nobody", "nonsense"):
        for other in rows[whose][:1]:
            visitor.post(f"{base(model)}{other}/change/", data, set() if name == "admin" else refused)
    if not data:
        visitor.post(f"{base(model)}add/", {"q": SEARCHED})
        return
    for field in model._meta.concrete_fields:
        if field.is_relation and field.name in data:
            for other in rows_of(field.related_model, world)["b1"][:1]:
                foreign = {**data, field.name: str(other)}
                visitor.post(f"{base(model)}{key}/change/", foreign)
                if not visitor.is_thorough:
                    return
                visitor.post(f"{base(model)}add/?_popup=1&_to_field=id", {**foreign, "_popup": "1", "_to_field": "id"})
    visitor.post(f"{base(model)}{key}/change/", {**data, "_popup": "1"})
    visitor.post(f"{base(model)}{key}/change/", {**data, "_saveasnew": "1"})
    visitor.post(f"{base(model)}{key}/change/", {**data, "_continue": "1"})
    # What no form asks for: keys, stamps, schools.
    # A model that is one for all districts has no row of another.
    other = (rows["b1"] or rows["nobody"])[0]
    hidden = {"id": str(other), "school": str(world.schools["b1"].pk), "district": str(world.districts["b"].pk)}
    visitor.post(f"{base(model)}{key}/change/", {**data, **hidden, "created_by": str(world.staff["nurse of b1"].pk)})


@MODELS
@WRITERS
def test_actions_and_buttons(world, name, model):
    visitor = Visitor(name, world)
    rows = rows_of(model, world)
    page = visitor.get(base(model))
    names = {"delete_selected", "restore_selected"}
    for query in ("", "?deleted=yes"):
        if page.status_code == 200 and visitor.is_thorough:
            body = visitor.client.get(base(model) + query).content.decode()
            for options in re.findall(r'<select name="action".*?</select>', body, re.DOTALL):
                names |= set(re.findall(r'value="(\w+)"', options))
    for action in sorted(names):
        for query, whose in (("", "b1"), ("?deleted=yes", "b1 deleted")):
            if not rows[whose]:
                continue
            ticked = {"action": action, helpers.ACTION_CHECKBOX_NAME: [str(key) for key in rows[whose]], "index": "0"}
            if visitor.is_thorough:
                visitor.post(base(model) + query, ticked)
            # Forms of actions may want more; a reason is what the project's own ask for.
            visitor.post(base(model) + query, {**ticked, "post": "yes", "reason": "By mistake"})
        everything = {"action": action, helpers.ACTION_CHECKBOX_NAME: ["x"], "select_across": "1", "index": "0"}
        visitor.post(base(model), {**everything, "post": "yes", "reason": "By mistake"})
    for one in pages() if visitor.is_thorough else ():
        if one.model is model and one.parameters and one.name:
            for whose, values in fillings(one, world):
                if whose.startswith("b1") or whose == "nonsense":
                    data = {"post": "yes", "reason": "By mistake", "student": str(world.students["b1"].pk)}
                    visitor.post(one.address(values), data)


@WRITERS
def test_pages_of_the_site_take_no_foreign_key(world, name):
    visitor = Visitor(name, world)
    student = str(world.students["b1"].pk)
    for page in pages():
        if page.model is None:
            for _, values in fillings(page, world):
                visitor.post(page.address(values), {"q": SEARCHED, "students": [student], "ids": [student]})

from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import LoginAttempt, UserSession
from configuration.models import SystemConfiguration
from core.models import District, LegalHold, School, SchoolAssignment, User, UserRole
from core.roles import PERMISSIONS
from emergency.models import EmergencyAccess
from medications.models import MedicationLog
from tests.admin.pages import FACTORIES, KEPT_BACK, OUR_APPS, OUR_MODELS, READ_ONLY, REVIEWED, by_name, page, perm
from tests.factories.core import UserFactory, home_school

ROLES = list(UserRole)
AT_HOME: dict[Any, Any] = {
    School: lambda: {"district": home_school().district},
    User: lambda: {"school": home_school()},
    SchoolAssignment: lambda: {"school": home_school()},
    UserSession: lambda: {"user": UserFactory.create(school=home_school())},
    LoginAttempt: lambda: {"user": UserFactory.create(school=home_school())},
}


def test_every_model_of_ours_is_registered():
    registered = {model for model in admin.site._registry if model._meta.app_label in OUR_APPS}

    assert len(OUR_MODELS) == 28
    assert registered == set(OUR_MODELS)


def test_nothing_of_django_s_own_is_registered():
    assert {model._meta.app_label for model in admin.site._registry} == set(OUR_APPS)


@pytest.mark.parametrize("model", OUR_MODELS, ids=by_name)
def test_each_page_opens_for_an_administrator_as_far_as_the_roles_say(model, administrator):
    row = FACTORIES[model].create()
    allowed = PERMISSIONS[UserRole.ADMIN]

    pages = {
        "list": administrator.get(page(model, "changelist")),
        "search": administrator.get(page(model, "changelist"), {"q": "smi jo"}),
        "change": administrator.get(page(model, "change", row.pk)),
        "history": administrator.get(page(model, "history", row.pk)),
        "add": administrator.get(page(model, "add")),
        "delete": administrator.get(page(model, "delete", row.pk)),
    }

    assert {name: response.status_code for name, response in pages.items()} == {
        "list": 200,
        "search": 200,
        "change": 200,
        "history": 200,
        "add": 200 if perm(model, "add") in allowed else 403,
        "delete": 200 if perm(model, "delete") in allowed else 403,
    }


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize("model", OUR_MODELS, ids=by_name)
def test_a_role_opens_what_the_table_of_roles_gives_it_and_no_more(model, role, client_as):
    # Of the organisation, what lies in the district of those who look.
    client = client_as(role)
    own = {"user": client.user} if model is EmergencyAccess and role == UserRole.NURSE else {}
    row = home_school().district if model is District else FACTORIES[model].create(**AT_HOME.get(model, dict)(), **own)
    allowed = PERMISSIONS[role]

    opened = {
        "view": client.get(page(model, "changelist")).status_code,
        "view one": client.get(page(model, "change", row.pk)).status_code,
        "add": client.get(page(model, "add")).status_code,
        "change": client.post(page(model, "change", row.pk), {}).status_code,
        "delete": client.get(page(model, "delete", row.pk)).status_code,
    }

    if model is LegalHold and opened["change"] == 302:
        opened["change"] = 200  # its form asks for nothing that must be said, so an empty one is saved
    if model is SystemConfiguration and role != UserRole.ADMIN and opened["change"] == 403:
        # The system's values are the administrator's.
        opened["change"] = 200 if perm(model, "change") in allowed else 403
    assert opened == {
        name: 200 if perm(model, name.split()[0]) in allowed else 403
        for name in ("view", "view one", "add", "change", "delete")
    }


@pytest.mark.django_db
@pytest.mark.parametrize("model", OUR_MODELS, ids=by_name)
def test_nobody_who_is_not_logged_in_sees_a_page(model, client):
    response = client.get(page(model, "changelist"))

    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


@pytest.mark.parametrize("model", OUR_MODELS, ids=by_name)
def test_a_list_takes_as_many_queries_for_30_rows_as_for_3(model, administrator):
    FACTORIES[model].create_batch(3)
    administrator.get(page(model, "changelist"))

    with CaptureQueriesContext(connection) as few:
        administrator.get(page(model, "changelist"))
    FACTORIES[model].create_batch(27)
    with CaptureQueriesContext(connection) as many:
        response = administrator.get(page(model, "changelist"))

    assert len(response.context["cl"].result_list) >= 30
    assert len(many) == len(few)


@pytest.mark.parametrize("model", OUR_MODELS, ids=by_name)
def test_no_list_shows_more_than_a_page_of_rows(model):
    assert admin.site._registry[model].list_per_page == 50


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_whoever_may_write_a_row_may_look_up_what_it_refers_to(role):
    missing = [
        (model.__name__, name)
        for model in OUR_MODELS
        if {perm(model, "add"), perm(model, "change")} & PERMISSIONS[role]
        for name in admin.site._registry[model].autocomplete_fields
        if perm(model._meta.get_field(name).related_model, "view") not in PERMISSIONS[role]
    ]

    assert missing == []


def nobody_types(model):
    """Fields that a form shows but does not ask for: what follows from another answer, and what programs write."""
    model_admin: Any = admin.site._registry[model]
    return {*model_admin.follows, *model_admin.kept}


def test_every_foreign_key_that_a_form_asks_for_is_looked_up_by_typing():
    listed = [
        (model.__name__, field.name)
        for model in OUR_MODELS
        for field in model._meta.concrete_fields
        if field.is_relation and field.editable and model.__name__ not in READ_ONLY | REVIEWED
        if field.name not in admin.site._registry[model].autocomplete_fields
        if field.name not in nobody_types(model)
    ]

    assert listed == []


@pytest.mark.parametrize(
    "model", [model for model in OUR_MODELS if model._meta.app_label not in ("audit", "emergency")], ids=by_name
)
def test_a_form_asks_for_every_editable_field_or_shows_what_nobody_types(model, administrator):
    row = FACTORIES[model].create()
    model_admin: Any = admin.site._registry[model]
    response = administrator.get(page(model, "change", row.pk))
    request = response.wsgi_request
    for name in model_admin.kept:
        setattr(row, name, "something")  # without it, the page leaves the field out

    shown = set(model_admin.get_fields(request, row)) if not model_admin.fieldsets else set()
    for _, options in model_admin.get_fieldsets(request, row):
        for line in options["fields"]:
            shown |= {line} if isinstance(line, str) else set(line)

    editable = {field.name for field in model._meta.concrete_fields if field.editable and not field.generated}
    assert editable - shown == KEPT_BACK.get(model.__name__, set())
    assert nobody_types(model) & set(response.context["adminform"].form.fields) == set()


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_the_menu_links_to_what_a_role_may_see_and_nothing_else(role, client_as):
    client = client_as(role)

    response = client.get("/admin/")

    links = {
        str(item["link"])
        for group in response.context["sidebar_navigation"]
        for item in group["items"]
        if item["has_permission"]
    }
    doses = {"/admin/home/doses/"} if perm(MedicationLog, "view") in PERMISSIONS[role] else set()
    emergency = {reverse("admin:emergency_find")} if role == UserRole.NURSE else set()
    assert links - {"/admin/"} == doses | emergency | {
        page(model, "changelist") for model in OUR_MODELS if perm(model, "view") in PERMISSIONS[role]
    }
    assert all(
        any(item["has_permission"] for item in group["items"]) for group in response.context["sidebar_navigation"]
    )


@pytest.mark.parametrize(("number", "status"), [("1", 200), ("2", 404), ("x", 404)])
def test_the_search_for_pages_of_the_admin_takes_any_page_number(number, status, nurse):
    response = nurse.get("/admin/search/", {"s": "health", "page": number})

    assert response.status_code == status

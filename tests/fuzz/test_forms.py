"""Junk in every form: it is stored wholly or refused in words, and never fails."""

import html
import os
import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.models import UserRole
from core.roles import LETTERS
from tests.admin.pages import form_data
from tests.admin.pages import page as address_of
from tests.fuzz.junk import JUNK, junk_for
from tests.leaks.addresses import rows_of
from tests.leaks.visitor import models_of_the_site
from tests.safeguards.two_districts import taken_back
from tests.schema.rows import query

# WHITECROSS_FUZZ=100 looks longer, and elsewhere each time.
EXAMPLES = int(os.environ.get("WHITECROSS_FUZZ", "0"))
fuzzed = settings(
    max_examples=EXAMPLES or 8,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],  # to make a failure smaller takes minutes; the first one says enough
    suppress_health_check=list(HealthCheck),
)
FORMS = [
    model for model in models_of_the_site() if any("c" in row for row in LETTERS[model._meta.label_lower].values())
]
ROLES = {"nurse of a1": UserRole.NURSE, "admin": UserRole.ADMIN}
PEOPLE = pytest.mark.parametrize("name", ROLES)
MODELS = pytest.mark.parametrize("model", FORMS, ids=lambda model: model._meta.label_lower)


def browser(world, name):
    client = Client(raise_request_exception=True)
    client.force_login(world.staff[name])
    return client


def may(world, name, model, letter):
    return letter in LETTERS[model._meta.label_lower].get(world.staff[name].role, "")


def rules():
    """Names of constraints, indexes and triggers, which mean nothing to a nurse."""
    return {
        name
        for (name,) in query(
            "SELECT conname::text FROM pg_constraint WHERE connamespace = 'public'::regnamespace "
            "UNION SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal "
            "UNION SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public'"
        )
        if "_" in name
    }


def state(model, key=None):
    """Number of rows, of entries in the log about the table, and the row itself."""
    table = model._meta.db_table
    (row,) = query(
        f"SELECT (SELECT count(*) FROM {table}), "
        "(SELECT count(*) FROM audit_logs WHERE entity_type = %s AND action IN ('CREATE', 'UPDATE', 'DELETE')), "
        f"(SELECT t::text FROM {table} t WHERE id = %s)",
        [table, key],
    )
    return row


def said(response):
    """The text of a page."""
    return html.unescape(response.content.decode(errors="replace"))


def mutated(form, data, keys):
    """What a browser sends, with one to three of its values replaced by junk, or left out."""
    names = sorted(set(form.fields))

    def junk_of(name):
        parts = [part for part in data if part == name or part.startswith(f"{name}_")] or [name]
        values = st.one_of(junk_for(form.fields[name], keys), st.none())
        return st.tuples(st.sampled_from(parts), values)

    changes = st.lists(st.sampled_from(names).flatmap(junk_of), min_size=1, max_size=3)
    return changes.map(
        lambda found: {key: value for key, value in {**data, **dict(found)}.items() if value is not None}
    )


def keys_of_others(world, model):
    tables = {field.related_model for field in model._meta.concrete_fields if field.is_relation}
    found = [str(key) for table in sorted(tables, key=str) for keys in rows_of(table, world).values() for key in keys]
    return [*found, str(world.students["b1"].pk)]


@pytest.mark.parametrize(
    ("name", "model"),
    [
        pytest.param(name, model, id=f"{name}-{model._meta.label_lower}")
        for name, role in ROLES.items()
        for model in FORMS
        if {"a", "c"} & set(LETTERS[model._meta.label_lower].get(role, ""))
    ],
)
def test_a_form_with_junk_changes_one_row_or_none(world, name, model):
    client, names = browser(world, name), rules()
    key = rows_of(model, world)["a1"][0]
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    page = client.get(f"{base}{key}/change/")
    form, data = page.context["adminform"].form, form_data(page)
    if not form.fields:
        pytest.skip("nothing in it can be changed")
    adds = may(world, name, model, "a")

    @fuzzed
    @given(st.data())
    def fuzz(drawn):
        sent = drawn.draw(mutated(form, data, keys_of_others(world, model)))
        for address, is_new in ((address_of(model, "add"), True), (f"{base}{key}/change/", False)):
            if (is_new and not adds) or (not is_new and not may(world, name, model, "c")):
                continue
            with taken_back():
                rows, entries, row = state(model, key)
                response = client.post(address, sent)
                now_rows, now_entries, now_row = state(model, key)
                assert response.status_code in (200, 302), (address, sent, response.status_code)
                refused = response.status_code == 200 or response["Location"].split("?")[0] == address.split("?")[0]
                if is_new:
                    assert now_rows - rows == (not refused), (address, sent)
                    assert now_row == row
                else:
                    assert now_rows == rows
                    assert not (refused and now_row != row), (address, sent)
                if refused:
                    assert now_entries == entries, (address, sent)
                    if response.status_code == 302:
                        response = client.get(response["Location"])
                body = said(response)
                told = names & set(re.findall(r"\w+", body)) - set(data)
                assert not told, (address, sent, told)

    fuzz()


@pytest.mark.parametrize("name", ["nurse of a1", "admin"])
def test_lists_with_junk_in_the_address_answer(world, name):
    client = browser(world, name)
    models = [
        model
        for model in models_of_the_site()
        if client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/").status_code == 200
    ]
    words = st.one_of(
        st.sampled_from(JUNK), st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.integers().map(str)
    )

    def parameters(model):
        fields = [field.name for field in model._meta.concrete_fields]
        lookups = [
            "",
            "__exact",
            "__id__exact",
            "__isnull",
            "__in",
            "__gte",
            "__lt",
            "__year",
            "__range",
            "__regex",
            "__contains",
        ]
        filters = st.tuples(st.sampled_from(fields), st.sampled_from(lookups)).map("".join)
        plain = st.sampled_from(
            ["q", "o", "p", "all", "e", "_popup", "_to_field", "deleted", "table", "state", "_changelist_filters"]
        )
        return st.dictionaries(st.one_of(plain, filters), words, min_size=1, max_size=3)

    @settings(fuzzed, max_examples=(EXAMPLES or 8) * 10)
    @given(st.sampled_from(models).flatmap(lambda model: st.tuples(st.just(model), parameters(model))))
    def fuzz(asked):
        model, query_string = asked
        with taken_back():
            response = client.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/", query_string)
            assert response.status_code in (200, 302, 400, 403), (model, query_string, response.status_code)
            assert connection.needs_rollback is False

    fuzz()


def test_every_form_of_a_nurse_and_of_an_administrator_is_among_them():
    registered = set(admin.site._registry)
    assert set(FORMS) <= registered
    assert len(FORMS) > 18

"""How many queries each page takes, for each role: no more with a thousand rows than with ten, and as many as before.

The numbers stand in `query_counts.json` beside this file. After a change that is meant:

    QUERY_COUNTS=write uv run pytest -n 0 tests/finding/test_query_counts.py
"""

import contextlib
import copy
import json
import os
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from accounts.models import UserSession
from accounts.sessions import stored_key
from core.models import School, SchoolAssignment, Student, UserRole
from tests.admin.pages import FACTORIES, OUR_MODELS, page
from tests.factories.core import StudentFactory, home_school

BASELINE = Path(__file__).parent / "query_counts.json"
FEW, MANY = 10, 1_000
# Kept by the database alone, or one for each place: no page grows with them.
NOT_COPIED = {"core.District", "audit.AuditLog", "audit.AuditSeal"}
UNIQUE = ("code", "email", "student_number", "medical_record_num", "key")
SEARCHES = {"name": "smith", "birth": "5/17/2015", "phone": "614-555-0142"}


class State:
    """Rows of every model, of which half are one student's."""

    def __init__(self):
        self.students = [StudentFactory.create()]
        self.first: dict[Any, Any] = {Student: self.students[0]}
        for model in OUR_MODELS:
            if model not in self.first and model._meta.label not in NOT_COPIED:
                self.first[model] = self._first(model)
        self.schools = [self.first[School]]
        self.count = 1

    def _first(self, model):
        names = {field.name for field in model._meta.get_fields()}
        belongs = (
            {"student": self.students[0]}
            if "student" in names and model._meta.label != "medications.MedicationLog"
            else {}
        )
        row = FACTORIES[model].create(**belongs)
        return model._base_manager.get(pk=row.pk)

    def grow(self, count):
        """Fill each table up to so many rows."""
        for model, row in self.first.items():
            rows = [self._copy(row, number) for number in range(self.count, count)]
            model._base_manager.bulk_create(rows)
            if model is Student:
                self.students += rows
            if model is School:
                self.schools += rows
        self.count = count
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _copy(self, row, number):
        made = copy.copy(row)
        made._state = copy.copy(row._state)
        made.pk, made._state.adding = uuid.uuid4(), True
        for name in UNIQUE:
            if isinstance(value := getattr(made, name, None), str):
                setattr(made, name, f"{number}{value}" if name == "email" else f"{value}-{number}")
        if getattr(made, "medical_record_num", None):
            made.medical_record_num = f"MR-{number:08}"
        of_its_own = number % 2 or type(row)._meta.label == "core.LegalHold"
        if "student_id" in row.__dict__ and type(row)._meta.label != "medications.MedicationLog" and of_its_own:
            made.student_id = self.students[number].pk
        if isinstance(row, UserSession):
            made.session_key = stored_key(f"copy {number}")
        if isinstance(row, SchoolAssignment):
            made.school_id = self.schools[number].pk
        return made


def addresses(state):
    """Every page that is counted, by a name that stays."""
    found = {"home": reverse("admin:index")}
    for model in OUR_MODELS:
        label = model._meta.label_lower
        found[f"{label} list"] = page(model, "changelist")
        found[f"{label} add"] = page(model, "add")
        if model in state.first:
            found[f"{label} change"] = page(model, "change", state.first[model].pk)
            found[f"{label} history"] = page(model, "history", state.first[model].pk)
    with contextlib.suppress(NoReverseMatch):  # the page comes with another app
        found["chart"] = reverse("admin:core_student_chart", args=[state.students[0].pk])
    return found


def counted(client, state):
    """Number of queries by page; the status where the page is refused."""
    for model in OUR_MODELS:
        ContentType.objects.get_for_model(model, for_concrete_model=False)
    counts = {}
    for name, address in addresses(state).items():
        # The first page after a minute writes down that the session is used.
        UserSession.objects.update(last_activity_at=timezone.now())
        with CaptureQueriesContext(connection) as asked:
            response = client.get(address)
        counts[name] = len(asked) if response.status_code == 200 else f"status {response.status_code}"
        if response.status_code != 200:
            # The next page shows what a refusal has to say, and writes down that it did.
            client.get(reverse("admin:index"))
    for name, term in SEARCHES.items():
        with CaptureQueriesContext(connection) as asked:
            client.post(reverse("admin:find_students"), {"term": term})
        counts[f"search by {name}"] = len(asked)
    return counts


@pytest.mark.parametrize("role", list(UserRole), ids=str)
def test_pages_take_no_more_queries_with_a_thousand_rows_than_with_ten_and_as_many_as_before(role, client_as):
    home_school()
    client = client_as(role)
    state = State()

    state.grow(FEW)
    with_few = counted(client, state)
    state.grow(MANY)
    with_many = counted(client, state)

    # A page may take fewer: of a thousand rows the latest are of fewer kinds than of ten.
    grown = {name: (few, with_many[name]) for name, few in with_few.items() if is_more(with_many[name], few)}
    assert grown == {}
    baseline = json.loads(BASELINE.read_text()) if BASELINE.exists() else {}
    if os.environ.get("QUERY_COUNTS") == "write":
        baseline[role.value] = with_few
        BASELINE.write_text(json.dumps(baseline, indent=1, sort_keys=True) + "\n")
    assert with_few == baseline[role.value]


def is_more(count, before):
    """Whether a page takes more queries than before, or is refused where it was not."""
    return count > before if isinstance(count, int) and isinstance(before, int) else count != before

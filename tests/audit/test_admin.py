"""The page of the audit log."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditLog
from core.models import Student, UserRole
from tests.admin.pages import page
from tests.factories.audit import AuditLogFactory
from tests.factories.core import StudentFactory, UserFactory, home_school
from tests.schema.rows import execute

pytestmark = pytest.mark.django_db


@pytest.fixture
def change(db):
    """An entry with an image, by a user of the home school."""
    student = StudentFactory.create(school=home_school(), first_name="Ebenezer")
    user = UserFactory.create(school=home_school())
    execute("SELECT set_config('whitecross.actor_id', %s, true)", [str(user.pk)])
    Student.objects.filter(pk=student.pk).update(first_name="Jo")
    execute("SELECT set_config('whitecross.actor_id', '', true)")
    return AuditLog.objects.get(action="UPDATE", entity_id=student.pk)


@pytest.mark.parametrize(
    ("role", "shows"), [(UserRole.ADMIN, True), (UserRole.SCHOOL_ADMIN, False), (UserRole.DISTRICT_ADMIN, False)]
)
def test_the_row_before_is_shown_to_those_only_who_see_every_row(client_as, change, role, shows):
    response = client_as(role).get(page(AuditLog, "change", change.pk))

    assert response.status_code == 200
    assert ("Ebenezer" in response.content.decode()) is shows


@pytest.mark.parametrize("role", [UserRole.ADMIN, UserRole.SCHOOL_ADMIN, UserRole.DISTRICT_ADMIN])
def test_nobody_adds_changes_or_deletes_an_entry(client_as, change, role):
    client = client_as(role)

    assert client.get(page(AuditLog, "add")).status_code == 403
    assert client.post(page(AuditLog, "change", change.pk), {"reason": "x"}).status_code == 403
    assert client.post(page(AuditLog, "delete", change.pk), {"post": "yes"}).status_code == 403
    assert AuditLog.objects.filter(pk=change.pk, reason=None).exists()


def test_the_log_is_never_counted_as_a_whole_and_the_latest_stand_first(client_as):
    administrator = client_as(UserRole.ADMIN)
    execute("INSERT INTO audit_logs (action, entity_type) SELECT 'LIST', 'medications' FROM generate_series(1, 1200)")

    with CaptureQueriesContext(connection) as captured:
        response = administrator.get(page(AuditLog, "changelist"))

    counts = [each["sql"] for each in captured if "COUNT(" in each["sql"].upper() and "audit_logs" in each["sql"]]
    assert [("LIMIT 1000" in sql) for sql in counts] == [True]
    assert response.context["cl"].result_count == 1_000
    moments = [entry.created_at for entry in response.context["cl"].result_list]
    assert moments == sorted(moments, reverse=True)


def test_the_log_is_filtered_by_action_table_user_and_search(client_as):
    administrator = client_as(UserRole.ADMIN)
    entry = AuditLogFactory.create(action="EXPORT", entity_type="allergies", user__last_name="Zuckerman")
    AuditLogFactory.create()
    assert entry.user is not None

    for filters in [
        {"action__exact": "EXPORT"},
        {"table": "allergies"},
        {"user__id__exact": entry.user_id},
        {"q": "zucker"},
        {"q": entry.user.email.upper()},
    ]:
        response = administrator.get(page(AuditLog, "changelist"), filters)
        assert list(response.context["cl"].result_list) == [entry], filters
    assert list(administrator.get(page(AuditLog, "changelist"), {"q": "nobody"}).context["cl"].result_list) == []


@pytest.mark.parametrize("key", ["x", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"])
def test_an_entry_that_there_is_not_is_no_server_error(client_as, key):
    assert client_as(UserRole.ADMIN).get(page(AuditLog, "change", key)).status_code == 302

"""Each change is in the history once, with who and why; nothing in the history ever changes."""

import threading

import pytest
from django.db import connection, connections, transaction

from configuration.changing import put, take_back
from configuration.models import ConfigScope, ConfigurationHistory, SystemConfiguration
from configuration.resolving import Holder
from core.acting import acting_as
from core.models import UserRole
from core.purging import declared_purge
from medications.declared_settings import DUE_AFTER, DUE_BEFORE
from tests.factories.core import SchoolFactory, UserFactory
from tests.schema.rows import execute, query

ANYWHERE = "UPDATE system_configurations SET value = %s, is_active = true WHERE key = %s AND scope = 'SYSTEM'"


def chain(setting, holder_key=None):
    rows = ConfigurationHistory.objects.filter(config_key=setting.key, configuration__scope_id=holder_key)
    return list(rows.order_by("created_at").values_list("old_value", "new_value"))


@pytest.mark.django_db
def test_a_change_says_who_from_what_to_what_why_and_from_where():
    user = UserFactory.create(role=UserRole.ADMIN, first_name="Ada", last_name="Lee")

    with acting_as(user, reason="Asked for", ip="192.0.2.7", user_agent="Browser"):
        execute(ANYWHERE, ["45", DUE_BEFORE.key])
        execute(ANYWHERE, ["40", DUE_BEFORE.key])

    first, second = ConfigurationHistory.objects.order_by("created_at")
    assert (first.old_value, first.new_value, second.old_value, second.new_value) == (None, "45", "45", "40")
    for row in (first, second):
        assert (row.config_key, row.changed_by, row.changed_by_name) == (DUE_BEFORE.key, user, "Ada Lee")
        assert (row.change_reason, row.ip_address, row.user_agent) == ("Asked for", "192.0.2.7", "Browser")


@pytest.mark.django_db
def test_what_changes_no_value_in_force_is_not_in_the_history():
    put(DUE_BEFORE, 45, reason="Test")
    put(DUE_BEFORE, 45, reason="Once more")
    execute("UPDATE system_configurations SET description = 'Other words' WHERE key = %s", [DUE_BEFORE.key])
    take_back(DUE_AFTER, reason="Nothing is set")

    assert chain(DUE_BEFORE) == [(None, "45")]
    assert chain(DUE_AFTER) == []


@pytest.mark.django_db
def test_a_value_taken_back_and_one_set_again_are_changes_too():
    school = SchoolFactory.create()
    holder = Holder(ConfigScope.SCHOOL, school.pk)

    put(DUE_BEFORE, 10, holder, reason="A")
    take_back(DUE_BEFORE, holder, reason="B")
    put(DUE_BEFORE, 10, holder, reason="C")

    assert chain(DUE_BEFORE, school.pk) == [(None, "10"), ("10", None), (None, "10")]


@pytest.mark.django_db
def test_migrate_leaves_no_history_and_no_value_of_its_own(django_assert_num_queries):
    from configuration.bringing import bring_declared_settings

    put(DUE_BEFORE, 45, reason="Test")
    execute("UPDATE system_configurations SET description = '' WHERE key = %s", [DUE_BEFORE.key])
    with django_assert_num_queries(1):
        bring_declared_settings()

    row = SystemConfiguration.objects.get(key=DUE_BEFORE.key)
    assert (row.value, row.is_active, row.description) == ("45", True, DUE_BEFORE.help_text)
    assert chain(DUE_BEFORE) == [(None, "45")]
    assert not SystemConfiguration.objects.exclude(key=DUE_BEFORE.key).filter(is_active=True).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE configuration_history SET change_reason = 'Other'",
        "DELETE FROM configuration_history",
        "TRUNCATE configuration_history",
    ],
)
def test_the_history_is_only_added_to_even_by_the_owner(statement, refused):
    put(DUE_BEFORE, 45, reason="Test")
    execute("SET CONSTRAINTS ALL IMMEDIATE")

    with refused("only ever added to|refused|erase|purge"):
        execute(statement)
    assert chain(DUE_BEFORE) == [(None, "45")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["UPDATE configuration_history SET new_value = '1'", "DELETE FROM configuration_history"]
)
def test_not_even_a_purge_changes_the_history(statement, refused):
    put(DUE_BEFORE, 45, reason="Test")

    with declared_purge("Test"), refused("only ever added to"):
        execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize("role", UserRole.values)
def test_nobody_of_the_web_writes_history_by_hand(role, refused):
    put(DUE_BEFORE, 45, reason="Test")
    row = SystemConfiguration.objects.get(key=DUE_BEFORE.key)
    user = UserFactory.create(role=role)

    with acting_as(user), refused("permission denied"):
        execute(
            "INSERT INTO configuration_history (configuration_id, config_key, new_value) VALUES (%s, 'x', '1')",
            [row.pk],
        )


@pytest.mark.django_db
def test_a_setting_that_was_ever_set_is_not_deleted(refused):
    put(DUE_BEFORE, 45, reason="Test")

    with refused("violates foreign key"):
        execute("DELETE FROM system_configurations WHERE key = %s", [DUE_BEFORE.key])


@pytest.mark.django_db(transaction=True)
def test_fifty_who_change_at_once_are_each_in_the_history_once_and_in_a_row():
    barrier = threading.Barrier(10)
    failures = []

    def change(number):
        try:
            barrier.wait()
            for value in range(number * 5, number * 5 + 5):
                with connections["default"].cursor() as cursor:
                    cursor.execute(ANYWHERE, [str(value), DUE_BEFORE.key])
        except Exception as error:  # a thread's error would be lost
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=[number]) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    links = chain(DUE_BEFORE)
    assert failures == []
    assert sorted(int(new) for _, new in links) == list(range(50))
    assert [old for old, _ in links] == [None, *(new for _, new in links[:-1])]
    assert SystemConfiguration.objects.get(key=DUE_BEFORE.key).value == links[-1][1]


@pytest.mark.django_db(transaction=True)
def test_fifty_who_set_the_same_new_override_at_once_make_one_row():
    school = SchoolFactory.create()
    holder = Holder(ConfigScope.SCHOOL, school.pk)
    barrier = threading.Barrier(10)
    failures = []

    def change(number):
        try:
            barrier.wait()
            for value in range(number * 5, number * 5 + 5):
                put(DUE_AFTER, value, holder, reason=f"Number {value}")
        except Exception as error:  # as above
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=[number]) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    links = chain(DUE_AFTER, school.pk)
    assert failures == []
    assert sorted(int(new) for _, new in links) == list(range(50))
    assert [old for old, _ in links] == [None, *(new for _, new in links[:-1])]
    assert {row.change_reason for row in ConfigurationHistory.objects.all()} == {f"Number {n}" for n in range(50)}


@pytest.mark.django_db
def test_a_change_that_is_rolled_back_leaves_no_history():
    with transaction.atomic():
        put(DUE_BEFORE, 45, reason="Test")
        transaction.set_rollback(True)

    assert query("SELECT count(*) FROM configuration_history") == [(0,)]

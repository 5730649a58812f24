"""What the database takes from whom, whatever way the statement comes."""

import json

import pytest

from configuration.changing import put
from configuration.models import ConfigScope, SystemConfiguration
from configuration.resolving import Holder
from core.acting import acting_as, declare_actor
from core.models import UserRole
from medications.declared_settings import DUE_BEFORE, EXPIRING_DAYS
from tests.factories.core import DistrictFactory, SchoolFactory, UserFactory
from tests.safeguards.attempts import attempt
from tests.safeguards.two_districts import taken_back

pytestmark = pytest.mark.django_db

INSERT = "INSERT INTO system_configurations (key, value, scope, scope_id) VALUES (%s, %s, %s, %s)"
UPDATE = "UPDATE system_configurations SET value = %s WHERE key = %s AND scope_id IS NOT DISTINCT FROM %s"
OWN = {
    UserRole.ADMIN: {"system", "own district", "own school", "next school", "other district", "other school"},
    UserRole.DISTRICT_ADMIN: {"own district", "own school", "next school"},
    UserRole.SCHOOL_ADMIN: {"own school"},
}


@pytest.fixture
def places():
    own, other = DistrictFactory.create(), DistrictFactory.create()
    school, following = SchoolFactory.create_batch(2, district=own)
    return {
        "system": Holder(ConfigScope.SYSTEM, None),
        "own district": Holder(ConfigScope.DISTRICT, own.pk),
        "own school": Holder(ConfigScope.SCHOOL, school.pk),
        "next school": Holder(ConfigScope.SCHOOL, following.pk),
        "other district": Holder(ConfigScope.DISTRICT, other.pk),
        "other school": Holder(ConfigScope.SCHOOL, SchoolFactory.create(district=other).pk),
    }


def somebody(role, places):
    of_district = role == UserRole.DISTRICT_ADMIN
    return UserFactory.create(
        role=role,
        school_id=None if of_district else places["own school"].key,
        district_id=places["own district"].key if of_district else None,
    )


@pytest.mark.parametrize("role", UserRole.values)
def test_each_role_sets_what_is_its_own_and_nothing_else(role, places):
    user = somebody(role, places)
    for name, holder in places.items():
        may = name in OWN.get(role, ())
        with taken_back():
            if holder.key is not None:
                declare_actor(user.pk)
                outcome = attempt(INSERT, [DUE_BEFORE.key, "20", holder.scope, holder.key])
                assert (outcome.sqlstate is None) == may, (name, outcome)
        with taken_back():
            put(DUE_BEFORE, 10, holder, reason="Test")
            declare_actor(user.pk)
            outcome = attempt(UPDATE, ["20", DUE_BEFORE.key, holder.key])
            assert (outcome.sqlstate is None and outcome.count == 1) == may, (name, outcome)


def test_before_a_log_in_only_public_settings_are_read_and_none_is_written(places):
    put(DUE_BEFORE, 10, reason="Test")
    with taken_back():
        declare_actor(None)
        assert attempt("SELECT 1 FROM system_configurations WHERE NOT is_public").rows == []
        assert attempt(UPDATE, ["20", DUE_BEFORE.key, None]).sqlstate == "42501"
        assert attempt("SELECT 1 FROM configuration_history").sqlstate == "42501"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("key = 'test.other'", "keeps its key"),
        ("value_type = 'STRING'", "keeps its key"),
        ("scope = 'DISTRICT', scope_id = uuidv7()", "keeps its key"),
        ("max_value = 100000", "only the value changes"),
        ("is_public = true", "only the value changes"),
        ("validation_rules = '{}'", "only the value changes"),
        ("is_editable = false, value = '20'", "only the value changes"),
        ("value = '20.5'", "should be a whole number from 0 to 240"),
        ("value = '-1'", "should be a whole number from 0 to 240"),
        ("value = 'soon'", "should be a whole number from 0 to 240"),
        ("value = ''", "should be a whole number from 0 to 240"),
    ],
)
def test_not_even_an_administrator_changes_more_than_a_value_that_is_right(change, says):
    put(DUE_BEFORE, 10, reason="Test")
    with acting_as(UserFactory.create(role=UserRole.ADMIN)):
        outcome = attempt(f"UPDATE system_configurations SET {change} WHERE key = %s", [DUE_BEFORE.key])

    assert says in outcome.message, outcome


def test_the_web_declares_no_setting():
    with acting_as(UserFactory.create(role=UserRole.ADMIN)):
        outcome = attempt("INSERT INTO system_configurations (key, value) VALUES ('test.new', '1')")

    assert outcome.message == "A setting is declared in the code that reads it."


def test_a_value_for_whom_the_declaration_does_not_allow_it_is_refused(places):
    outcome = attempt(INSERT, [EXPIRING_DAYS.key, "20", "SCHOOL", places["own school"].key])
    user = attempt(INSERT, [DUE_BEFORE.key, "20", "USER", somebody(UserRole.NURSE, places).pk])

    assert outcome.message == "expiry.medication_days cannot be set for a school."
    assert user.message == "medication.dose_minutes_before cannot be set for a user."


@pytest.mark.parametrize("scope", ["DISTRICT", "SCHOOL"])
def test_a_value_for_nobody_is_refused(scope, places):
    stranger = places["own school" if scope == "DISTRICT" else "own district"].key

    outcome = attempt(INSERT, [DUE_BEFORE.key, "20", scope, stranger])

    assert outcome.message == f"There is no such {scope.lower()}."


def test_an_override_of_a_key_that_nobody_declares_is_refused(places):
    outcome = attempt(INSERT, ["test.unheard_of", "20", "SCHOOL", places["own school"].key])

    assert outcome.message == "There is no setting of this key."


def test_a_value_that_is_not_editable_is_set_once(places):
    rules = json.dumps({"scopes": ["SCHOOL"]})
    attempt(
        "INSERT INTO system_configurations (key, value, is_editable, is_active, validation_rules, default_value) "
        "VALUES ('test.fixed', 'a', false, false, %s, 'a')",
        [rules],
        keep=True,
    )
    with taken_back():
        declare_actor(somebody(UserRole.ADMIN, places).pk)
        assert attempt(UPDATE, ["b", "test.fixed", None]).message == "test.fixed cannot be changed."
        refused = attempt(INSERT, ["test.fixed", "b", "SCHOOL", places["own school"].key])
        assert refused.message == "test.fixed cannot be changed."

    assert attempt(UPDATE, ["b", "test.fixed", None], keep=True).sqlstate is None
    assert attempt(UPDATE, ["c", "test.fixed", None]).message == "test.fixed cannot be changed."


def test_an_override_takes_all_but_the_value_from_the_declaration(places):
    attempt(
        "INSERT INTO system_configurations "
        "(key, value, scope, scope_id, value_type, max_value, is_public, description) "
        "VALUES (%s, '20', 'SCHOOL', %s, 'STRING', 100000, true, 'Mine')",
        [DUE_BEFORE.key, places["own school"].key],
        keep=True,
    )

    row = SystemConfiguration.objects.get(key=DUE_BEFORE.key, scope="SCHOOL")
    assert (row.value_type, row.max_value, row.is_public, row.description) == (
        "NUMBER",
        240,
        False,
        DUE_BEFORE.help_text,
    )


def test_a_value_that_is_set_is_in_force():
    SystemConfiguration.objects.filter(key=DUE_BEFORE.key).update(value="20")

    assert SystemConfiguration.objects.get(key=DUE_BEFORE.key).is_active

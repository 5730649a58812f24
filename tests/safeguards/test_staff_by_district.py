"""Districts, schools, staff and settings of another district: out of sight of any statement, and no signature lost."""

import datetime
import uuid

import pytest

from core.models import UserRole
from tests.safeguards.attempts import DENIED, NO_SUCH_ROW, attempt
from tests.safeguards.two_districts import RECORDS
from tests.schema.rows import execute, query

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("safeguards")]

NOT_ADMINISTRATORS = ["nurse", "counselor", "school_admin", "district_admin", "viewer"]
EVERYWHERE = uuid.UUID(int=0)


def known_to(data, name):
    return set(query("SELECT known_to FROM users WHERE id = %s", [data.users[name].pk])[0][0])


@pytest.mark.parametrize("name", NOT_ADMINISTRATORS)
def test_no_statement_tells_of_staff_and_schools_of_another_district(data, name):
    stranger, school, district = data.users["nurse_of_b"], data.schools["B1"], data.districts["B"]
    secrets = {str(stranger.pk), stranger.email, str(school), "District B", "B1"}
    with data.acting(name):
        for statement in (
            "SELECT u::text FROM users u",
            "SELECT s::text FROM schools s",
            "SELECT d::text FROM districts d",
            "SELECT d::text FROM districts d JOIN schools s ON s.district_id = d.id",
            "SELECT jsonb_agg(s)::text FROM (SELECT id, name, code, district_id FROM schools) AS s",
            f"SELECT first_name FROM users WHERE id = '{stranger.pk}' FOR UPDATE",
            f"UPDATE users SET phone = '614-555-0142' WHERE id = '{stranger.pk}' RETURNING users::text",
            f"SELECT * FROM row_history('users', '{stranger.pk}')",
            f"SELECT * FROM row_history('schools', '{school}')",
            f"SELECT * FROM row_history('districts', '{district}')",
        ):
            found = attempt(statement)
            # A school's name is as short as its place's; a text of a row holds it between commas.
            text = found.text.replace("(", ",").replace(")", ",").replace('"', ",")
            assert not any(f",{secret}," in f",{text}," for secret in secrets), statement


def test_the_own_district_is_seen(data):
    for name in NOT_ADMINISTRATORS:
        with data.acting(name):
            assert attempt("SELECT name FROM districts").rows == [("District A",)]
            assert attempt("SELECT name FROM schools ORDER BY name").rows == [("A1",), ("A2",), ("A3",)]
            colleagues = attempt("SELECT id FROM users").keys
            assert {data.users["counselor"].pk, data.users["admin"].pk, data.users["superuser"].pk} <= colleagues


def test_history_of_school_and_district_is_told_to_those_who_see_them(data):
    for table, key in (("schools", data.schools["A2"]), ("districts", data.districts["A"])):
        with data.acting("nurse"):
            assert attempt("SELECT * FROM row_history(%s, %s)", [table, key]).rows


def test_a_school_that_is_covered_is_seen_with_its_district_and_staff_while_it_lasts(data):
    cover = data.rows.insert("school_assignments", user_id=data.users["viewer"].pk, school_id=data.schools["B1"])

    with data.acting("viewer"):
        assert attempt("SELECT name FROM schools").keys == {"A1", "A2", "A3", "B1"}
        assert attempt("SELECT name FROM districts").keys == {"District A", "District B"}
        assert data.users["nurse_of_b"].pk in attempt("SELECT id FROM users").keys
    assert known_to(data, "viewer") == {data.districts["A"], data.districts["B"]}

    execute("UPDATE school_assignments SET end_date = start_date, start_date = start_date WHERE id = %s", [cover])
    execute("DELETE FROM school_assignments WHERE id = %s", [cover])
    with data.acting("viewer"):
        assert attempt("SELECT name FROM schools").keys == {"A1", "A2", "A3"}
        assert data.users["nurse_of_b"].pk not in attempt("SELECT id FROM users").keys
    # What was signed meanwhile keeps its name in the other district.
    with data.acting("nurse_of_b"):
        assert data.users["viewer"].pk in attempt("SELECT id FROM users").keys


def test_whoever_leaves_a_district_stays_known_to_it(data):
    mover = data.users["counselor"]
    execute("UPDATE users SET school_id = %s WHERE id = %s", [data.schools["B1"], mover.pk])
    assert known_to(data, "counselor") == {data.districts["A"], data.districts["B"]}
    execute("UPDATE users SET school_id = NULL, is_active = false WHERE id = %s", [mover.pk])
    assert known_to(data, "counselor") == {data.districts["A"], data.districts["B"]}

    for name in ("nurse", "nurse_of_b"):
        with data.acting(name):
            assert mover.pk in attempt("SELECT id FROM users").keys


def test_an_administrator_who_is_one_no_more_stays_known_everywhere(data):
    execute("UPDATE users SET role = 'VIEWER' WHERE id = %s", [data.users["admin"].pk])
    execute("UPDATE users SET is_superuser = false WHERE id = %s", [data.users["superuser"].pk])

    for name in ("admin", "superuser"):
        assert EVERYWHERE in known_to(data, name)
        with data.acting("nurse_of_b"):
            assert data.users[name].pk in attempt("SELECT id FROM users").keys


def test_staff_without_a_district_see_themselves_and_are_seen_by_administrators(data):
    alone = data.users["nurse_of_no_school"].pk
    with data.acting("nurse_of_no_school"):
        assert attempt("SELECT id FROM users").keys == {alone}
        assert attempt("SELECT id FROM schools").rows == attempt("SELECT id FROM districts").rows == []
    for name in NOT_ADMINISTRATORS:
        with data.acting(name):
            assert alone not in attempt("SELECT id FROM users").keys
    with data.acting("admin"):
        assert alone in attempt("SELECT id FROM users").keys


@pytest.mark.parametrize("value", ["'{}'", "ARRAY[gen_random_uuid()]", "ARRAY['{b}'::uuid]"])
def test_nobody_of_the_web_says_who_is_known_where(data, value):
    """Neither to look into another district, nor to make a signature vanish."""
    value = value.replace("{b}", str(data.districts["B"]))
    for name in ("admin", "district_admin"):
        with data.acting(name):
            changed = attempt(
                f"UPDATE users SET known_to = {value} WHERE id = '{data.users['viewer'].pk}' RETURNING known_to"
            )
            made = attempt(
                "INSERT INTO users (email, password, first_name, last_name, school_id, known_to) "
                f"VALUES ('x@example.org', '!', 'X', 'Y', '{data.schools['A1']}', {value}) RETURNING known_to"
            )
        assert changed.rows == made.rows == [([data.districts["A"]],)], (changed.error, made.error)
    with data.acting("nurse"):
        assert attempt("UPDATE users SET known_to = '{}'").sqlstate == DENIED


def test_a_district_administrator_adds_staff_and_schools_and_reads_back_what_was_added(data):
    with data.acting("district_admin"):
        for table, values in (
            ("users", {"school_id": data.schools["A2"]}),
            ("users", {"district_id": data.districts["A"]}),
            ("schools", {"district_id": data.districts["A"]}),
        ):
            statement, parameters = data.insert_statement(
                table, "A2", **({"school_id": None} | values) if table == "users" else values
            )
            made = attempt(statement + " RETURNING id" if isinstance(statement, str) else statement, parameters)
            assert (made.sqlstate, made.count) == (None, 1), made.error


def test_nobody_names_in_a_record_a_user_whom_they_do_not_see(data):
    stranger = data.users["nurse_of_b"].pk
    for table, column in (
        ("students", "nurse_id"),
        ("contacts", "user_id"),
        ("appointments", "nurse_id"),
        ("allergies", "verified_by"),
        ("medication_logs", "nurse_id"),
        ("medication_logs", "witnessed_by"),
        ("incident_reports", "reported_by_id"),
        ("incident_reports", "parent_notified_by"),
    ):
        with data.acting("nurse"):
            unseen = attempt(f"UPDATE {table} SET {column} = %s", [stranger])
            nobody = attempt(f"UPDATE {table} SET {column} = %s", [uuid.uuid4()])
        assert unseen.sqlstate == NO_SUCH_ROW, (table, column)
        assert unseen.error == nobody.error, (table, column)


def test_records_that_pass_to_another_district_keep_the_names_of_their_signers(data):
    """The moved student's records were signed by staff of A, whom B has never seen."""
    signers = {}
    for table in RECORDS:
        columns = [
            column
            for (column,) in query(
                "SELECT a.attname::text FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid "
                "AND a.attnum = k.conkey[1] WHERE k.conrelid = %s::regclass AND k.confrelid = 'users'::regclass",
                [table],
            )
        ]
        signers[table] = columns
        for column in {"nurse_id", "reported_by_id"} & set(columns):
            execute(
                f"UPDATE {table} SET {column} = %s WHERE school_id = %s",
                [data.users["counselor"].pk, data.schools["A2"]],
            )
    assert data.districts["B"] not in known_to(data, "counselor")

    with data.acting("admin"):
        execute("UPDATE students SET school_id = %s WHERE id = %s", [data.schools["B1"], data.students["A2"]])
        assert data.districts["B"] in known_to(data, "counselor")
        # What the nurse of B sees then: each row has each of its signers, by an inner join too.
        for table, columns in signers.items():
            for column in columns:
                lost = query(
                    f"SELECT r.id FROM {table} r LEFT JOIN users u ON u.id = r.{column} "
                    f"WHERE r.{column} IS NOT NULL AND r.school_id = %s AND NOT u.known_to && %s",
                    [data.schools["B1"], [EVERYWHERE, data.districts["B"]]],
                )
                assert lost == [], (table, column)


def test_a_school_that_passes_to_another_district_takes_names_along(data):
    with data.acting("admin"):
        execute("UPDATE schools SET district_id = %s WHERE id = %s", [data.districts["B"], data.schools["A1"]])
        for name in ("nurse", "counselor", "viewer", "school_admin"):
            assert known_to(data, name) == {data.districts["A"], data.districts["B"]}, name


def test_everyone_logs_in_and_is_nobody_in_need_of_a_district(data):
    with data.acting("anonymous"):
        assert attempt("SELECT id FROM users WHERE email = %s", [data.users["nurse_of_b"].email]).rows
        assert attempt("SELECT id FROM schools").sqlstate == DENIED


def test_settings_of_another_district_are_out_of_sight(data):
    scopes = {
        "SYSTEM": None,
        "DISTRICT": data.districts["B"],
        "SCHOOL": data.schools["B1"],
        "USER": data.users["nurse_of_b"].pk,
    }
    own = {
        "SYSTEM": None,
        "DISTRICT": data.districts["A"],
        "SCHOOL": data.schools["A3"],
        "USER": data.users["viewer"].pk,
    }
    keys = {}
    for side, places in (("b", scopes), ("a", own)):
        for scope, place in places.items():
            rules = '{"scopes": ["DISTRICT", "SCHOOL", "USER"]}'
            key = data.rows.insert(
                "system_configurations", scope=scope, scope_id=place, key=f"test.{side}", validation_rules=rules
            )
            keys[side, scope] = key
            data.rows.insert("configuration_history", configuration_id=key, new_value=f"{side} {scope}")

    with data.acting("district_admin"):
        seen = attempt("SELECT id FROM system_configurations").keys
        told = attempt("SELECT new_value FROM configuration_history").keys
        for (side, scope), key in keys.items():
            visible = side == "a" or scope == "SYSTEM"
            assert (key in seen, f"{side} {scope}" in told) == (visible, visible), (side, scope)
            history = attempt("SELECT * FROM row_history('system_configurations', %s)", [key])
            assert bool(history.rows) == visible, (side, scope)
    with data.acting("admin"):
        assert set(keys.values()) <= attempt("SELECT id FROM system_configurations").keys


def test_a_new_account_of_each_role_is_known_where_it_works(data):
    for role in UserRole:
        key = data.rows.insert("users", role=role, school_id=data.schools["A1"])
        ((known,),) = query("SELECT known_to FROM users WHERE id = %s", [key])
        assert set(known) == {data.districts["A"]} | ({EVERYWHERE} if role == UserRole.ADMIN else set()), role


def test_a_cover_that_has_not_begun_makes_known_and_shows_nothing(data):
    ((today,),) = query("SELECT CURRENT_DATE")
    data.rows.insert(
        "school_assignments",
        user_id=data.users["viewer"].pk,
        school_id=data.schools["B1"],
        start_date=today + datetime.timedelta(1),
    )
    assert data.districts["B"] in known_to(data, "viewer")
    with data.acting("viewer"):
        assert attempt("SELECT name FROM districts").keys == {"District A"}

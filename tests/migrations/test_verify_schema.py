"""verify_schema finds each way in which a database can differ from what was declared."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.schema.verification import verify


def problems() -> list[str]:
    return [str(difference) for difference in verify(connection).differences]


@pytest.mark.django_db
def test_a_healthy_database_has_no_difference():
    report = verify(connection)

    assert report.differences == []
    # The plan's 20, school_assignments, legal_holds, audit_logs, audit_seals, school_counts and emergency_accesses;
    # of accounts: user_sessions, authenticator_apps, passkeys, recovery_codes and login_attempts.
    assert report.checked["tables"] == 31
    assert report.checked["enum types"] == 23
    assert report.checked["indexes"] >= 100
    assert report.checked["foreign keys"] >= 70


BREAKAGES = {
    "a missing index": (
        "DROP INDEX idx_students_search",
        ["indexes: students.idx_students_search is missing; it should be CREATE INDEX idx_students_search"],
    ),
    "an index with another predicate": (
        "DROP INDEX idx_students_school; "
        "CREATE INDEX idx_students_school ON students (school_id) WHERE is_active = false",
        ["indexes: students.idx_students_school is CREATE INDEX idx_students_school ON students USING btree"],
    ),
    "an index of another method": (
        "DROP INDEX idx_districts_active; CREATE INDEX idx_districts_active ON districts USING hash (is_active)",
        ["indexes: districts.idx_districts_active is CREATE INDEX idx_districts_active ON districts USING hash"],
    ),
    "an index nobody declared": (
        "CREATE INDEX idx_by_hand ON students (photo)",
        ["indexes: students.idx_by_hand is declared nowhere; it is CREATE INDEX idx_by_hand ON students"],
    ),
    "an enum with an extra value": (
        """ALTER TYPE "Gender" ADD VALUE 'UNKNOWN'""",
        ["enum types: Gender has UNKNOWN, which is declared nowhere"],
    ),
    "an enum with a renamed value": (
        """ALTER TYPE "Gender" RENAME VALUE 'OTHER' TO 'DIVERSE'""",
        ["enum types: Gender lacks OTHER; has DIVERSE, which is declared nowhere"],
    ),
    "an enum with a value missing": (
        """ALTER TYPE "Gender" RENAME TO gender_old; CREATE TYPE "Gender" AS ENUM ('MALE', 'FEMALE', 'OTHER');
        ALTER TABLE students ALTER COLUMN gender TYPE "Gender" USING gender::text::"Gender"; DROP TYPE gender_old""",
        ["enum types: Gender lacks PREFER_NOT_TO_SAY"],
    ),
    "an enum in another order": (
        """ALTER TYPE "Gender" RENAME TO gender_old;
        CREATE TYPE "Gender" AS ENUM ('FEMALE', 'MALE', 'OTHER', 'PREFER_NOT_TO_SAY');
        ALTER TABLE students ALTER COLUMN gender TYPE "Gender" USING gender::text::"Gender"; DROP TYPE gender_old""",
        [
            "enum types: Gender has its values in the order FEMALE, MALE, OTHER, PREFER_NOT_TO_SAY; "
            "it should be MALE, FEMALE, OTHER, PREFER_NOT_TO_SAY"
        ],
    ),
    "an enum that no column uses": (
        """CREATE TYPE "Mood" AS ENUM ('GOOD', 'BAD')""",
        ["enum types: Mood is the type of no column"],
    ),
    "an enum that its column no longer uses": (
        "ALTER TABLE students ALTER COLUMN gender TYPE varchar(20)",
        [
            "enum types: Gender is the type of no column",
            'columns: students.gender is character varying(20) NOT NULL; it should be "Gender" NOT NULL',
        ],
    ),
    "a foreign key with another rule": (
        "ALTER TABLE allergies DROP CONSTRAINT {allergies.student_id}; "
        "ALTER TABLE allergies ADD CONSTRAINT {allergies.student_id} FOREIGN KEY (student_id) "
        "REFERENCES students (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED",
        [
            "foreign keys: allergies.{allergies.student_id} is FOREIGN KEY (student_id) "
            "REFERENCES students(id) ON DELETE SET NULL"
        ],
    ),
    "a user's foreign key without its rule": (
        "ALTER TABLE users DROP CONSTRAINT {users.school_id}; "
        "ALTER TABLE users ADD CONSTRAINT {users.school_id} FOREIGN KEY (school_id) "
        "REFERENCES schools (id) DEFERRABLE INITIALLY DEFERRED",
        ["foreign keys: users.{users.school_id} is FOREIGN KEY (school_id) REFERENCES schools(id) DEFERRABLE"],
    ),
    "a missing foreign key": (
        "ALTER TABLE allergies DROP CONSTRAINT {allergies.student_id}",
        ["foreign keys: allergies.{allergies.student_id} is missing; it should be FOREIGN KEY (student_id)"],
    ),
    "a dropped check constraint": (
        "ALTER TABLE vital_signs DROP CONSTRAINT vital_signs_pain_range",
        ["constraints: vital_signs.vital_signs_pain_range is missing; it should be CHECK"],
    ),
    "a check constraint that was never validated": (
        "ALTER TABLE vital_signs DROP CONSTRAINT vital_signs_pain_range; "
        "ALTER TABLE vital_signs ADD CONSTRAINT vital_signs_pain_range "
        "CHECK (pain_level >= 0 AND pain_level <= 10) NOT VALID",
        [
            "constraints: vital_signs.vital_signs_pain_range is "
            "CHECK (((pain_level >= 0) AND (pain_level <= 10))) NOT VALID"
        ],
    ),
    "a unique index that no longer looks at live rows": (
        "DROP INDEX students_number_in_district; "
        "CREATE UNIQUE INDEX students_number_in_district ON students (student_number, district_id)",
        [
            "indexes: students.students_number_in_district is CREATE UNIQUE INDEX students_number_in_district ON students"
        ],
    ),
    "a missing PHI comment": (
        "COMMENT ON COLUMN students.date_of_birth IS NULL",
        ["comments: students.date_of_birth has no comment; it should say “PHI: date of birth”"],
    ),
    "another table comment": (
        "COMMENT ON TABLE students IS 'People'",
        ["comments: students says “People”; it should say “Students and what identifies them (PHI)”"],
    ),
    "a column with another type": (
        "ALTER TABLE vital_signs ALTER COLUMN glucose_level TYPE double precision",
        ["columns: vital_signs.glucose_level is double precision NULL; it should be numeric(6,2) NULL"],
    ),
    "a column with another default": (
        "ALTER TABLE appointments ALTER COLUMN duration SET DEFAULT 15",
        ["columns: appointments.duration is integer NOT NULL DEFAULT 15; it should be integer NOT NULL DEFAULT 30"],
    ),
    "a column without its default": (
        "ALTER TABLE users ALTER COLUMN role DROP DEFAULT",
        ['columns: users.role is "UserRole" NOT NULL; it should be "UserRole" NOT NULL DEFAULT \'VIEWER\'::"UserRole"'],
    ),
    "a column that may be null": (
        "ALTER TABLE allergies ALTER COLUMN allergen DROP NOT NULL",
        ["columns: allergies.allergen is character varying(200) NULL; it should be character varying(200) NOT NULL"],
    ),
    "a missing column": (
        "ALTER TABLE contacts DROP COLUMN organization",
        ["columns: contacts.organization is missing; it should be character varying(200) NULL"],
    ),
    "a column nobody declared": (
        "ALTER TABLE contacts ADD COLUMN nickname text",
        ["columns: contacts.nickname is declared nowhere; it is text NULL"],
    ),
    "a generated column that is a plain one": (
        "ALTER TABLE growth_measurements ALTER COLUMN bmi DROP EXPRESSION",
        ["columns: growth_measurements.bmi is numeric(7,2) NULL; it should be numeric(7,2) NULL GENERATED AS"],
    ),
    "a disabled trigger": (
        "ALTER TABLE students DISABLE TRIGGER students_stamp",
        [
            "triggers: students.students_stamp is CREATE TRIGGER students_stamp BEFORE UPDATE ON students "
            "FOR EACH ROW EXECUTE FUNCTION stamp_row() (disabled); it should be CREATE TRIGGER"
        ],
    ),
    "a missing trigger": (
        "DROP TRIGGER students_stamp ON students",
        ["triggers: students.students_stamp is missing; it should be CREATE TRIGGER students_stamp"],
    ),
    "a function with another body": (
        "CREATE OR REPLACE FUNCTION stamp_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        [
            "functions: stamp_row() is CREATE OR REPLACE FUNCTION stamp_row()",
            "operations: stamp a changed row did not do what it should",
        ],
    ),
    "a missing table": (
        "DROP TABLE vital_signs",
        ["tables: vital_signs is missing; it should be table"],
    ),
    "an unlogged table": (
        "DROP TABLE configuration_history; CREATE UNLOGGED TABLE configuration_history ()",
        ["tables: configuration_history is unlogged table; it should be table"],
    ),
    "foreign keys that are no longer enforced": (
        "ALTER TABLE configuration_history DISABLE TRIGGER ALL",
        [
            "foreign keys: configuration_history.{configuration_history.configuration_id} is FOREIGN KEY "
            "(configuration_id) REFERENCES system_configurations(id) DEFERRABLE INITIALLY DEFERRED "
            "(not enforced: its triggers are disabled)"
        ],
    ),
    "a column that sorts by other rules": (
        'ALTER TABLE contacts ALTER COLUMN city TYPE varchar(100) COLLATE "C"',
        ['columns: contacts.city is character varying(100) COLLATE "C" NULL; it should be character varying(100) NULL'],
    ),
    "a table that inherits": (
        "CREATE TABLE more_students () INHERITS (students)",
        [
            "tables: students is table with row security inherited by more_students; "
            "it should be table with row security"
        ],
    ),
    "a rule that swallows deletions": (
        "CREATE RULE keep AS ON DELETE TO contacts DO INSTEAD NOTHING",
        ["tables: contacts is table with row security with the rule keep; it should be table with row security"],
    ),
    "row security switched off": (
        "ALTER TABLE contacts DISABLE ROW LEVEL SECURITY",
        ["tables: contacts is table; it should be table with row security"],
    ),
    "a policy that lets everybody see": (
        "CREATE POLICY by_hand ON students FOR SELECT USING (true)",
        ["policies: students.by_hand is declared nowhere; it is SELECT to PUBLIC using true"],
    ),
    "a policy that lets more see": (
        "ALTER POLICY students_app ON students USING (true)",
        ["policies: students.students_app is ALL to whitecross_app using true"],
    ),
    "a missing policy": (
        "DROP POLICY students_app ON students",
        ["policies: students.students_app is missing; it should be ALL to whitecross_app using"],
    ),
    "a privilege given by hand": (
        "GRANT TRUNCATE ON allergies TO whitecross_viewer",
        ["grants: allergies.whitecross_viewer is declared nowhere; it is TRUNCATE"],
    ),
    "a privilege taken by hand": (
        "REVOKE UPDATE ON students FROM whitecross_nurse",
        [
            "grants: students.whitecross_nurse is DELETE, INSERT, SELECT; it should be DELETE, INSERT, SELECT, UPDATE",
            "roles: whitecross_nurse may DELETE, INSERT, SELECT on students",
        ],
    ),
    "a function that anybody may call": (
        "GRANT EXECUTE ON FUNCTION declare_actor(uuid, text, text, text, text, text) TO PUBLIC",
        ["grants: declare_actor(actor uuid, source text, ip text, user_agent text, request_id text, reason text) is"],
    ),
    "a migration that is not applied": (
        "DELETE FROM django_migrations WHERE app = 'core' AND name = '0002_performance_indexes'",
        ["migrations: core.0002_performance_indexes is not applied: run migrate"],
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("breakage", "expected"), BREAKAGES.values(), ids=BREAKAGES.keys())
def test_it_finds(breakage, expected):
    with connection.cursor() as cursor:
        if "TRIGGER ALL" in breakage:
            cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
            if cursor.fetchone() == (False,):
                pytest.skip("only a superuser can do this damage")
        cursor.execute(
            "SELECT k.conrelid::regclass || '.' || a.attname, k.conname FROM pg_constraint k "
            "JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1] WHERE k.contype = 'f'"
        )
        foreign_keys = dict(cursor.fetchall())

        def named(text: str) -> str:
            for column, name in foreign_keys.items():
                text = text.replace("{" + column + "}", name)
            return text

        cursor.execute(named(breakage))

    found = problems()

    for line in expected:
        assert any(problem.startswith(named(line)) for problem in found), found


@pytest.mark.django_db
def test_the_smallest_breakage_is_reported_once_and_alone():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX idx_students_search")

    assert len(problems()) == 1


def test_it_finds_an_invalid_index(migrated):
    rows = ", ".join(f"('{number}', 'A', 'B', '2015-01-01', '5', 'FEMALE')" for number in range(2))
    migrated.execute(
        f"INSERT INTO students (student_number, first_name, last_name, date_of_birth, grade, gender) VALUES {rows}"
    )
    migrated.execute("DROP INDEX idx_students_name")
    with pytest.raises(Exception, match="could not create unique index"):
        migrated.execute("CREATE UNIQUE INDEX CONCURRENTLY idx_students_name ON students (last_name, first_name)")

    output = migrated.manage("verify_schema", status=1)

    assert "indexes: students.idx_students_name is INVALID CREATE UNIQUE INDEX idx_students_name" in output
    assert output.endswith("CommandError: The schema has 1 difference.\n")


def test_a_dump_restored_into_an_empty_database_verifies(migrated, scratch_factory):
    migrated.execute("INSERT INTO districts (name, code) VALUES ('Kept', 'KEPT')")
    # The embedded pg_dump is 18's, and sets a parameter that older servers do not know.
    dump = migrated.run("pg_dump", "--no-owner").replace("SET transaction_timeout = 0;\n", "")
    with scratch_factory() as restored:
        restored.run("psql", "-v", "ON_ERROR_STOP=1", "-q", "-o", "/dev/null", text=dump)

        output = restored.manage("verify_schema")

        assert "The schema is right" in output
        assert restored.execute("SELECT name FROM districts") == [("Kept",)]


@pytest.mark.django_db
def test_json_tells_what_was_checked_and_what_differs():
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX idx_students_search")
    output = StringIO()

    with pytest.raises(SystemExit) as stop:
        call_command("verify_schema", "--format", "json", stdout=output)

    found = json.loads(output.getvalue())
    assert stop.value.code == 1
    assert found["ok"] is False
    assert found["checked"]["enum types"] == 23
    assert [difference["name"] for difference in found["differences"]] == ["students.idx_students_search"]


@pytest.mark.django_db
def test_the_text_ends_in_one_summary_line():
    output = StringIO()
    call_command("verify_schema", stdout=output)
    assert output.getvalue().splitlines()[-1].startswith("The schema is right: ")

    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX idx_students_search")
    with pytest.raises(CommandError, match="The schema has 1 difference"):
        call_command("verify_schema", stdout=output)


@pytest.mark.django_db
def test_it_leaves_nothing_behind():
    with connection.cursor() as cursor:
        verify(connection)

        cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'whitecross%%'")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(*) FROM districts WHERE code = '_VERIFY_'")
        assert cursor.fetchone() == (0,)

"""The logins that deploy/create_logins.sql makes: what each may do, and above all what it may not."""

import subprocess

import psycopg
import pytest
from django.apps import apps
from django.db.migrations.loader import MigrationLoader

from core.database.operations import CreateRoles
from tests.deployment.clusters import SCRIPT, Cluster
from tests.deployment.serving import Installation

pytestmark = pytest.mark.slow

TAKE = "SET ROLE whitecross_admin; "


def refusal(cluster: Cluster, login: str, statement: str, database: str = "whitecross") -> str:
    """The SQLSTATE with which the statement is refused; empty if it is not."""
    try:
        cluster.execute(login, statement, database)
    except psycopg.Error as error:
        return error.sqlstate or "no connection"
    return ""


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1 FROM students",
        "SELECT 1 FROM users",
        "SELECT 1 FROM user_sessions",
        "SELECT declare_actor(NULL, '', '', '', '', '')",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "ALTER TABLE students DISABLE TRIGGER ALL",
        "ALTER TABLE students DISABLE ROW LEVEL SECURITY",
        "DROP TABLE audit_logs",
        "TRUNCATE students",
        "SET ROLE whitecross_owner",
        "SET ROLE whitecross_backup",
        "SET ROLE postgres",
        "SET session_replication_role = replica",
        "CREATE ROLE another LOGIN",
        "ALTER ROLE whitecross_web SUPERUSER",
        "GRANT whitecross_admin TO whitecross_monitor",
        "COPY users TO PROGRAM 'cat'",
        "SELECT pg_read_file('postgresql.conf')",
    ],
)
@pytest.mark.parametrize("role", ["", TAKE], ids=["itself", "as-administrator"])
def test_the_web_may_not(installation: Installation, statement: str, role: str) -> None:
    allowed_as_administrator = ("SELECT 1 FROM", "SELECT declare_actor")
    if role and statement.startswith(allowed_as_administrator):
        assert refusal(installation.cluster, "web", role + statement) == ""
        return

    assert refusal(installation.cluster, "web", role + statement) == "42501"


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM audit_logs", "UPDATE audit_logs SET reason = ''", "DELETE FROM students", "TRUNCATE students"],
)
def test_the_web_may_not_even_as_an_administrator(installation: Installation, statement: str) -> None:
    assert refusal(installation.cluster, "web", TAKE + statement) != ""


def test_the_web_owns_nothing_and_inherits_nothing(installation: Installation) -> None:
    execute = installation.cluster.execute

    assert execute(
        "postgres",
        "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = 'whitecross_web'::regrole",
    ) == [(0,)]
    assert execute(
        "postgres",
        "SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit "
        "FROM pg_roles WHERE rolname = 'whitecross_web'",
    ) == [(False, False, False, False, False, False, 60)]


def test_the_web_has_limits_of_its_own(installation: Installation) -> None:
    found = installation.cluster.execute(
        "web",
        "SELECT current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'), "
        "current_setting('lock_timeout')",
    )

    assert found == [("30s", "1min", "10s")]


def test_nobody_else_enters_the_database(installation: Installation) -> None:
    cluster = installation.cluster
    cluster.execute("postgres", "CREATE ROLE stranger LOGIN PASSWORD 'stranger'")
    try:
        url = cluster.url("web").replace(f"whitecross_web:{cluster.passwords['web']}", "stranger:stranger")
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(url)
    finally:
        cluster.execute("postgres", "DROP ROLE stranger")


def test_the_backup_reads_every_row_and_writes_none(installation: Installation) -> None:
    cluster = installation.cluster
    students = "SELECT count(*) FROM students"

    assert cluster.execute("backup", students) == cluster.execute("postgres", students)
    assert refusal(cluster, "backup", "UPDATE students SET first_name = 'X'") == "25006"
    assert refusal(cluster, "backup", "SET transaction_read_only = off; DELETE FROM students") == "42501"
    program = cluster.programs / "pg_dump"
    done = subprocess.run(
        [program, "--format", "plain", "--no-sync", "--file", "/dev/null", "--dbname", cluster.url("backup")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_monitor_sees_the_servers_figures_and_no_table(installation: Installation) -> None:
    cluster = installation.cluster

    assert cluster.execute("monitor", "SELECT count(*) > 0 FROM pg_stat_activity WHERE state IS NOT NULL") == [(True,)]
    assert refusal(cluster, "monitor", "SELECT 1 FROM students") == "42501"
    assert refusal(cluster, "monitor", "SET ROLE whitecross_nurse") == "42501"


def test_the_owner_is_no_superuser_and_makes_no_roles(installation: Installation) -> None:
    assert refusal(installation.cluster, "owner", "CREATE ROLE another") == "42501"
    assert refusal(installation.cluster, "owner", "CREATE DATABASE another") == "42501"
    assert "The schema is right" in installation.run("owner", "manage", "verify_schema")


def test_run_again_the_script_takes_back_what_should_not_be_there(installation: Installation) -> None:
    cluster = installation.cluster
    cluster.execute("postgres", "GRANT whitecross_owner TO whitecross_web; GRANT pg_read_all_data TO whitecross_web")
    cluster.execute(
        "postgres", "ALTER ROLE whitecross_web CREATEROLE BYPASSRLS; GRANT TEMPORARY ON DATABASE whitecross TO PUBLIC"
    )

    cluster.create_logins()

    test_the_web_owns_nothing_and_inherits_nothing(installation)
    for statement in ("SET ROLE whitecross_owner", "SELECT 1 FROM students", "CREATE TEMPORARY TABLE mine (id int)"):
        assert refusal(cluster, "web", statement) == "42501"


def test_other_names_make_a_second_installation_on_the_same_server(installation: Installation) -> None:
    cluster = installation.cluster
    names = {name: f"second_{name}" for name in ("owner", "web", "backup", "monitor")} | {"database": "second"}
    try:
        cluster.create_logins(*(part for name, text in names.items() for part in ("--set", f"{name}={text}")))
        owners = cluster.execute("postgres", "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'second'")

        assert owners == [("second_owner",)]
        assert refusal(cluster, "web", "SELECT 1", "second") == "no connection"
    finally:
        cluster.execute("postgres", "DROP DATABASE IF EXISTS second")
        for name in ("second_owner", "second_web", "second_backup", "second_monitor"):
            cluster.execute("postgres", f"DROP ROLE IF EXISTS {name}")


def test_no_password_is_in_the_servers_log(installation: Installation) -> None:
    log = installation.cluster.log()

    assert "CREATE ROLE" in log or "statement:" in log
    assert [name for name, word in installation.cluster.passwords.items() if word in log] == []


def test_the_script_names_the_roles_that_migrations_make() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    made: dict[str, tuple[str, ...]] = {}
    for migration in MigrationLoader(None).disk_migrations.values():
        for operation in migration.operations:
            if isinstance(operation, CreateRoles):
                made |= operation.roles

    assert made
    for role, reaches in made.items():
        reach = f"'{reaches[0]}'" if reaches else "NULL"
        assert f"('{role}', {reach})" in text
    assert text.count("('whitecross_") == len(made)


def test_the_image_holds_every_app_of_ours() -> None:
    root = SCRIPT.parent.parent
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    ours = {config.name.split(".")[0] for config in apps.get_app_configs()}

    assert {f"!{name}" for name in ours if (root / name).is_dir()} <= set(lines)

"""A database that was dumped and restored into another cluster, whose transaction ids begin low again."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from pytest_django.plugin import DjangoDbBlocker

from audit.models import AuditSeal, SealKind
from tests.audit.seals.conftest import ALIAS, AuditedDatabase, command, reached, refusal
from tests.scratch import server_url
from whitecross.embedded_postgres.server import binaries

Restore = Callable[[AuditedDatabase], AuditedDatabase]


@pytest.fixture(scope="module")
def other_cluster(django_db_setup: None) -> Iterator[Path]:
    """The socket folder of a fresh cluster, made and run by the user who runs the tests' own."""
    folder = Path(tempfile.mkdtemp(prefix="wx-", dir="/tmp"))
    prefix = _as_server_user(folder)
    programs = binaries()
    subprocess.run(
        [*prefix, str(programs / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-N"],
        check=True,
        capture_output=True,
        cwd="/",
    )
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    control = [*prefix, str(programs / "pg_ctl"), "-D", str(folder / "data"), "-w"]
    subprocess.run(
        [*control, "-l", str(folder / "log"), "-o", options, "start"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    try:
        _bring_the_roles(folder)
        yield folder
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


def _bring_the_roles(folder: Path) -> None:
    """What a dump of one database leaves out, brought as the manual says: the roles are the cluster's."""
    roles = subprocess.run(
        [binaries() / "pg_dumpall", "--roles-only", "--no-role-passwords", "--dbname", server_url("postgres")],
        check=True,
        capture_output=True,
    ).stdout
    # Roles that are there already, such as its superuser, are no error.
    target = f"postgres://postgres@/postgres?host={quote(str(folder), safe='/')}"
    subprocess.run([binaries() / "psql", "-q", "--dbname", target], input=roles, check=True, capture_output=True)


def _as_server_user(folder: Path) -> list[str]:
    """How to start a server: PostgreSQL refuses root."""
    if os.getuid() != 0:
        return []
    user = "pgserver"
    shutil.chown(folder, user)
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


@pytest.fixture
def old(audited: AuditedDatabase) -> AuditedDatabase:
    """A database in a cluster that has seen more transactions than the one it is restored into."""
    audited.execute("DO $$ BEGIN FOR n IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$")
    return audited


@pytest.fixture
def restored(other_cluster: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Restore]:
    """Dump a database, restore it into the other cluster, and let the alias lead there from now on."""
    entered: list[reached] = []
    names: list[str] = []

    def restore(database: AuditedDatabase) -> AuditedDatabase:
        dump = subprocess.run(
            [binaries() / "pg_dump", "--format", "custom", "--dbname", database.url], check=True, capture_output=True
        ).stdout
        name = f"restored_{len(names)}"
        host = str(other_cluster)
        with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as session:
            session.execute(f"CREATE DATABASE {name}".encode())
        names.append(name)
        url = f"postgres://postgres@/{name}?host={quote(host, safe='/')}"
        subprocess.run(
            [binaries() / "pg_restore", "--no-owner", "--exit-on-error", "--dbname", url],
            input=dump,
            check=True,
            capture_output=True,
        )
        place = reached(
            name, django_db_blocker, ENGINE="whitecross.postgresql", HOST=host, USER="postgres", PASSWORD="", PORT=""
        )
        place.__enter__()
        entered.append(place)
        return AuditedDatabase(url)

    yield restore
    for place in reversed(entered):
        place.__exit__(None, None, None)
    for name in names:
        with psycopg.connect(host=str(other_cluster), user="postgres", dbname="postgres", autocommit=True) as session:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def transactions(database: AuditedDatabase) -> list[int]:
    return [row[0] for row in database.execute("SELECT DISTINCT transaction_id FROM audit_logs ORDER BY 1")]


def test_a_restored_log_is_what_was_sealed(old: AuditedDatabase, restored: Restore):
    old.write(3, old_row={"first_name": "Zoë", "weight": 31.5})
    old.seal()
    line = old.seal("--export-anchor").strip()

    there = restored(old)

    assert there.problems("--anchor", line) == []
    assert there.execute("SELECT count(*) FROM pg_policy") == old.execute("SELECT count(*) FROM pg_policy")
    with psycopg.connect(there.url) as session:
        session.execute("SELECT set_config('role', declare_actor(NULL, '', '', '', '', ''), true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("SELECT count(*) FROM audit_logs")


def test_after_a_restore_sealing_refuses_until_told(old: AuditedDatabase, restored: Restore):
    before = old.write(3)
    old.seal()
    unsealed = old.write(2)
    there = restored(old)
    low = there.write(2)  # on the new cluster, before anybody thought of the seals
    assert transactions(there)[0] < transactions(old)[0]

    assert "seal_audit_log --after-restore" in refusal("seal_audit_log")
    there.seal("--after-restore")
    later = there.write(4)
    there.seal()

    assert there.problems() == []
    assert there.execute("SELECT count(*) FROM audit_logs") == [(11,)]
    assert "11 entries in 6 seals, 0 not sealed yet" in command("verify_audit_log")
    kinds = AuditSeal.objects.using(ALIAS).order_by("number").values_list("kind", "era", "entry_count")
    assert list(kinds) == [
        (SealKind.SEAL, 1, 3),
        (SealKind.SEAL, 1, 0),
        (SealKind.RESTORE, 2, 0),
        (SealKind.SEAL, 2, 4),
        (SealKind.RESTORE, 3, 0),
        (SealKind.SEAL, 3, 4),
    ]
    for entry, seal in ((before[0], 1), (unsealed[0], 4), (low[0], 4), (later[0], 6)):
        there.tamper(f"UPDATE audit_logs SET reason = 'forged' WHERE id = '{entry}'")
        assert ("changed", seal, str(entry)) in there.problems()


def test_an_entry_added_to_any_era_is_found(old: AuditedDatabase, restored: Restore):
    entries = old.write(3)
    old.seal()
    there = restored(old)
    there.write(1)
    there.seal("--after-restore")
    there.write(2)
    there.seal()
    assert there.problems() == []

    for number, (transaction, moment) in enumerate(
        there.execute(
            f"SELECT transaction_id, created_at FROM audit_logs WHERE id = '{entries[0]}' UNION ALL "
            "(SELECT transaction_id, created_at FROM audit_logs ORDER BY created_at DESC LIMIT 1)"
        )
    ):
        forged = f"0193a0c0-0000-7000-8000-00000000000{number}"
        there.tamper(
            "INSERT INTO audit_logs (id, created_at, transaction_id, action, entity_type) "
            f"VALUES ('{forged}', '{moment}', {transaction}, 'VIEW', 'students')"
        )
        assert ("added", (1, 6)[number], forged) in there.problems()


def test_a_log_that_was_never_sealed_is_restored(old: AuditedDatabase, restored: Restore):
    old.write(3)
    there = restored(old)
    there.write(1)

    assert "--after-restore" in refusal("seal_audit_log")
    there.seal("--after-restore")
    there.write(2)
    there.seal()

    assert there.problems() == []
    assert "6 entries in 3 seals, 0 not sealed yet" in command("verify_audit_log")


def test_a_restore_is_recorded_once(old: AuditedDatabase, restored: Restore):
    old.write(1)
    old.seal()
    assert "no restore is to be recorded" in refusal("seal_audit_log", "--after-restore")

    there = restored(old)
    there.seal("--after-restore")

    assert "no restore is to be recorded" in refusal("seal_audit_log", "--after-restore")
    assert there.problems() == []


def test_the_boundary_waits_for_writers(old: AuditedDatabase, restored: Restore):
    old.write(1)
    old.seal()
    there = restored(old)
    with psycopg.connect(there.url) as writer:
        writer.execute("INSERT INTO audit_logs (action, entity_type) VALUES ('VIEW', 'students')")

        assert "stays open" in refusal("seal_audit_log", "--after-restore")

    there.seal("--after-restore")
    assert there.problems() == []
    assert "2 entries" in command("verify_audit_log")

"""What `preflight` says of a whole server: replicas, slots, archives, prepared transactions, encryption."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.preflight import durability
from tests.operations.clusters import Cluster, new_cluster, replica, server_user
from tests.operations.preflight import finding, findings
from tests.scratch import Scratch

PORT = 5471

pytestmark = [pytest.mark.slow, pytest.mark.any_database]


@pytest.fixture(scope="module")
def cluster(django_db_setup: None) -> Iterator[Cluster]:
    """A server that can have replicas and prepared transactions."""
    with new_cluster("-c max_prepared_transactions=5", "-c archive_mode=on") as made:
        yield made


@pytest.fixture(scope="module")
def database(cluster: Cluster) -> Scratch:
    return cluster.create("whitecross")


def write_wal(database: Scratch, megabytes: int) -> None:
    database.execute("CREATE TABLE IF NOT EXISTS ballast (filler text)")
    database.execute("ALTER TABLE ballast ALTER filler SET STORAGE EXTERNAL")
    database.execute(f"INSERT INTO ballast SELECT repeat('x', 1048576) FROM generate_series(1, {megabytes})")


def test_a_replica_that_keeps_up_is_fine_and_one_that_lags_is_told(
    cluster: Cluster, database: Scratch, monkeypatch: pytest.MonkeyPatch
):
    assert finding(database, "replication")["found"] == "no replica is connected"
    with replica(cluster, "second", "-c max_prepared_transactions=5") as second:
        cluster.wait_until("SELECT replay_lsn = pg_current_wal_lsn() FROM pg_stat_replication")
        kept_up = finding(database, "replication")
        second.execute("SELECT pg_wal_replay_pause()")
        second.wait_until("SELECT pg_get_wal_replay_pause_state() = 'paused'")
        write_wal(database, 20)
        cluster.wait_until("SELECT pg_wal_lsn_diff(flush_lsn, replay_lsn) > 17000000 FROM pg_stat_replication")

        lags = finding(database, "replication")
        with monkeypatch.context() as patch:
            patch.setattr(durability, "LAG_TO_STOP", 10 * 1024**2)
            lags_too_far = finding(database, "replication", status=1)
        second.execute("SELECT pg_wal_replay_resume()")
        cluster.wait_until("SELECT pg_wal_lsn_diff(flush_lsn, replay_lsn) < 1000000 FROM pg_stat_replication")
        on_the_replica = finding(second.database("whitecross"), "connection", status=1)

    assert (kept_up["verdict"], kept_up["found"][:27]) == ("ok", "second (streaming), 0 MB be")
    assert lags["verdict"] == "warning"
    assert int(lags["found"].removeprefix("second (streaming), ").split(" MB behind")[0]) >= 17
    assert lags_too_far["verdict"] == "problem"
    assert on_the_replica["found"].endswith("a standby, which takes no write")
    assert on_the_replica["advice"] == "Name the primary in DATABASE_URL."


def test_a_slot_that_nobody_reads_is_told(cluster: Cluster, database: Scratch):
    cluster.execute("SELECT pg_create_physical_replication_slot('left_behind', true)")
    write_wal(database, 2)

    (found,) = findings(database, "replication slots")
    cluster.execute("SELECT pg_drop_replication_slot('left_behind')")

    assert found["verdict"] == "warning"
    assert found["found"].startswith("slot left_behind, not in use, keeps ")
    assert "SELECT pg_drop_replication_slot('left_behind');" in found["advice"]
    assert findings(database, "replication slots") == []


def test_an_archive_that_fails_is_a_problem(cluster: Cluster, database: Scratch):
    cluster.execute("ALTER SYSTEM SET archive_command = '/bin/false'")
    cluster.execute("SELECT pg_reload_conf()")
    cluster.execute("SELECT pg_create_restore_point('x'), pg_switch_wal()")
    cluster.wait_until("SELECT failed_count > 0 FROM pg_stat_archiver")

    failing = finding(database, "archive", status=1)
    cluster.execute("ALTER SYSTEM SET archive_command = '/bin/true'")
    cluster.execute("SELECT pg_reload_conf()")
    cluster.wait_until("SELECT last_archived_time > last_failed_time FROM pg_stat_archiver")

    assert (failing["verdict"], failing["found"]) == ("problem", "has never worked")
    assert finding(database, "archive")["verdict"] == "ok"
    cluster.execute("ALTER SYSTEM RESET archive_command")
    cluster.execute("SELECT pg_reload_conf()")


def test_a_prepared_transaction_is_a_problem_until_it_ends(database: Scratch):
    database.execute("CREATE TABLE held (id int)")
    with psycopg.connect(database.url) as session:
        session.execute("INSERT INTO held VALUES (1)")
        session.execute("PREPARE TRANSACTION 'forgotten'")

    (found,) = findings(database, "prepared transactions", status=1)
    database.execute("ROLLBACK PREPARED 'forgotten'")

    assert found["found"].startswith("'forgotten' of postgres, ")
    assert found["advice"] == "COMMIT PREPARED 'forgotten'; or ROLLBACK PREPARED 'forgotten';"


def addresses() -> tuple[str, str]:
    """This machine's loopback address and one by which others reach it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing
        except OSError:
            pytest.skip("this machine has no address but its own")
        return "127.0.0.1", probe.getsockname()[0]


def test_what_travels_in_clear_is_a_problem_and_a_certificate_nobody_checks_a_warning():
    near, far = addresses()
    with new_cluster() as server:
        server.create("whitecross")
        server.stop()
        certificate = server.data / "server.crt"
        subprocess.run(
            [shutil.which("openssl") or "openssl", "req", "-x509", "-newkey", "rsa:2048",
             "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-addext", f"subjectAltName=IP:{near},IP:{far}", "-keyout", server.data / "server.key",
             "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        own(server, certificate, server.data / "server.key")
        with (server.data / "pg_hba.conf").open("a") as rules:
            rules.write("host all all 0.0.0.0/0 trust\n")
        server.start(f"-c listen_addresses={near},{far}", f"-c port={PORT}", "-c ssl=on")
        trusted = server.folder / "trusted.crt"
        trusted.write_bytes(certificate.read_bytes())

        def asked(address: str, mode: str, status: int = 0) -> dict[str, str]:
            return finding(
                Scratch(f"postgres://postgres@{address}:{PORT}/whitecross?sslmode={mode}&sslrootcert={trusted}"),
                "encryption",
                status=status,
            )

        in_clear = asked(far, "disable", status=1)
        at_home, unchecked, checked = asked(near, "disable"), asked(far, "require"), asked(far, "verify-full")

    assert in_clear["found"] == "none: health records and passwords travel in clear"
    assert at_home["found"] == "none, and nothing leaves this machine"
    assert unchecked["verdict"] == "warning"
    assert unchecked["found"].endswith("but nobody checks that it is the right server (sslmode=require)")
    assert checked["found"].endswith("sslmode=verify-full")


def own(server: Cluster, *files: Path) -> None:
    """Give files to the user who runs the server, who wants its key to itself."""
    user = server_user()
    for file in files:
        file.chmod(0o600)
        if user:
            shutil.chown(file, user, user)

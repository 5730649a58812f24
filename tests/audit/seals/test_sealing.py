"""Sealing: what a seal covers, and that nothing is lost or sealed twice."""

import signal
import threading
import time
from typing import Any

import psycopg
import pytest

from audit.chain import Anchor, NotAnAnchorError, split_entries
from audit.models import AuditSeal
from audit.sealing import Moment, read_moment, seal_log
from tests.audit.seals.conftest import ALIAS, AuditedDatabase, command, refusal
from tests.scratch import server_url

INSERT = "INSERT INTO audit_logs (action, entity_type) VALUES ('CREATE', 'students') RETURNING id"

# One entry with a value in every column, and what it has been digested to since format 1.
KNOWN_ENTRY = """
INSERT INTO audit_logs VALUES ('0193a0c0-0000-7000-8000-000000000001', '2026-11-02 03:04:05.678901+00', 1,
    '0193a0c0-0000-7000-8000-000000000002', 'UPDATE', 'students', '0193a0c0-0000-7000-8000-000000000003',
    '0193a0c0-0000-7000-8000-000000000004', '0193a0c0-0000-7000-8000-000000000005',
    ARRAY['0193a0c0-0000-7000-8000-000000000006'::uuid], '{"name": "Zoë \\"Z\\" O''Brien", "weight": 31.50}', 7,
    '2001:db8::1', 'Mozilla/5.0 (X11)', 'request', E'two\\nlines, a \\\\ and (parentheses)', 'web')
"""
KNOWN_DIGEST = "e35a3d517562e0784c3d59d3aec9168f"


def sealed_ids() -> list:
    return [
        entry.id
        for seal in AuditSeal.objects.using(ALIAS).order_by("number")
        for entry in split_entries(bytes(seal.entries))
    ]


def test_what_was_written_is_sealed_once(audited: AuditedDatabase):
    written = audited.write(3)

    first, second = audited.seal(), audited.seal()

    assert "Sealed 3 entries in 1 seal; the last is 1" in first
    assert second == "Nothing to seal.\n"
    assert sealed_ids() == written
    assert audited.problems() == []


def test_the_first_seal_of_a_busy_log_takes_no_commit_of_others_for_a_restore(
    audited: AuditedDatabase, monkeypatch: pytest.MonkeyPatch
):
    """They write, and commit, between the sealer's look at the clock of transactions and its look at the log."""
    audited.write(2)
    audited.wait_for_others()

    def read_moment_and_wait(cursor: Any) -> Moment:
        moment = read_moment(cursor)
        audited.write(3)
        return moment

    monkeypatch.setattr("audit.sealing.read_moment", read_moment_and_wait)
    list(seal_log(ALIAS))
    monkeypatch.undo()
    audited.seal()

    assert audited.problems() == []
    assert "5 entries in 2 seals, 0 not sealed yet" in command("verify_audit_log")


def test_an_empty_log_makes_no_seal(audited: AuditedDatabase):
    assert audited.seal() == "Nothing to seal.\n"
    assert audited.problems() == []
    assert AuditSeal.objects.using(ALIAS).count() == 0


def test_the_digest_is_the_same_everywhere(audited: AuditedDatabase):
    audited.execute(KNOWN_ENTRY)
    audited.execute("ALTER DATABASE " + audited.name + " SET DateStyle = 'SQL, DMY'")
    audited.execute("ALTER DATABASE " + audited.name + " SET bytea_output = 'escape'")

    audited.seal()

    (entry,) = split_entries(bytes(AuditSeal.objects.using(ALIAS).values_list("entries", flat=True).get()))
    assert entry.digest.hex() == KNOWN_DIGEST
    assert audited.problems() == []


def test_a_backlog_makes_several_seals(audited: AuditedDatabase):
    written = [*audited.write(5), *audited.write(1), *audited.write(4)]
    audited.wait_for_others()

    counts = [seal.entry_count for seal in seal_log(ALIAS, most=4)]

    assert counts == [4, 4, 2]
    assert sealed_ids() == written
    assert audited.problems() == []


def test_a_backlog_that_fills_its_seals_leaves_none_empty(audited: AuditedDatabase):
    audited.write(8)
    audited.wait_for_others()

    assert [seal.entry_count for seal in seal_log(ALIAS, most=4)] == [4, 4]
    assert list(seal_log(ALIAS, most=4)) == []
    assert audited.problems() == []


def test_a_late_commit_goes_to_the_next_seal(audited: AuditedDatabase):
    with psycopg.connect(audited.url) as slow, psycopg.connect(audited.url) as slower:
        (early,) = slow.execute(INSERT).fetchone() or ()
        meanwhile = audited.write(2)
        (earlier_still_open,) = slower.execute(INSERT).fetchone() or ()
        after = audited.write(1)

        while_open = audited.seal(wait=1)
        assert while_open == "Nothing to seal.\n"  # the oldest open transaction came before all of them
        slow.commit()
        audited.seal(wait=1)
        assert sealed_ids() == [early, *meanwhile]
        slower.commit()
        audited.seal()

    assert sealed_ids() == [early, *meanwhile, earlier_still_open, *after]
    assert audited.problems() == []


def test_a_late_commit_below_sealed_entries_of_other_transactions_is_not_lost(audited: AuditedDatabase):
    before = audited.write(2)
    with psycopg.connect(audited.url) as slow:
        (late,) = slow.execute(INSERT).fetchone() or ()
        audited.seal()
        assert sealed_ids() == before
    audited.seal()

    assert sealed_ids() == [*before, late]
    assert audited.problems() == []


def test_a_transaction_of_another_database_holds_nothing_up(audited: AuditedDatabase):
    written = audited.write(1)
    with psycopg.connect(server_url("postgres")) as other:
        other.execute("SELECT pg_current_xact_id()")
        written += audited.write(1)

        audited.seal()

    assert sealed_ids() == written
    assert audited.problems() == []


def test_what_was_rolled_back_is_not_missed(audited: AuditedDatabase):
    with psycopg.connect(audited.url) as session:
        session.execute(INSERT)
        session.rollback()
    written = audited.write(1)

    audited.seal()

    assert sealed_ids() == written
    assert audited.problems() == []


def test_writers_and_sealers_at_once_seal_each_entry_once(audited: AuditedDatabase):
    written: list = []
    ended = threading.Event()

    def write(number: int) -> None:
        with psycopg.connect(audited.url) as session:
            for round_ in range(25):
                rows = [session.execute(INSERT).fetchone() for _ in range(3)]
                time.sleep(0.002 * ((number + round_) % 4))
                session.commit()
                written.extend(row[0] for row in rows if row)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    sealers = [audited.start_sealing(ended) for _ in range(2)]
    for writer in writers:
        writer.join()
    ended.set()
    for sealer in sealers:
        sealer.join()
    audited.wait_for_others()
    list(seal_log(ALIAS))

    assert len(written) == 300
    assert sorted(sealed_ids()) == sorted(written)
    assert audited.problems() == []


def test_a_second_sealer_finds_nothing(audited: AuditedDatabase):
    audited.write(10)
    audited.wait_for_others(seconds=10)
    runs = seal_log(ALIAS, most=4)
    first = next(runs)

    other = [seal.number for seal in audited.seal_elsewhere()]  # its own plan: the rest in one seal
    rest = list(runs)

    assert (first.number, other, rest) == (1, [2], [])
    assert len(sealed_ids()) == len(set(sealed_ids())) == 10
    assert audited.problems() == []


def test_a_sealer_killed_in_the_middle_leaves_whole_seals(audited: AuditedDatabase):
    audited.write(200_000, reason="x" * 300)
    process = audited.start("seal_audit_log")
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        busy = audited.execute(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%string_agg%' "
            "AND pid <> pg_backend_pid()"
        )
        if busy:
            break
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert AuditSeal.objects.using(ALIAS).count() < 2

    audited.seal()

    assert len(sealed_ids()) == len(set(sealed_ids())) == 200_000
    assert audited.problems() == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_seals SET number = number", "DELETE FROM audit_seals WHERE false", "TRUNCATE audit_seals"],
)
def test_seals_are_added_never_changed(audited: AuditedDatabase, statement: str):
    audited.write(1)
    audited.seal()

    with pytest.raises(psycopg.errors.RestrictViolation, match="added, never changed"):
        audited.execute(statement)

    assert AuditSeal.objects.using(ALIAS).count() == 1


def test_the_anchor_is_the_head_of_the_chain(audited: AuditedDatabase):
    audited.write(1)

    line = audited.seal("--export-anchor").strip()

    seal = AuditSeal.objects.using(ALIAS).get()
    assert Anchor.parse(line) == Anchor(1, bytes(seal.hash), Anchor.of(seal).sealed_at)
    assert command("verify_audit_log", "--export-anchor").strip() == line
    assert audited.problems("--anchor", line) == []


def test_without_a_seal_there_is_no_anchor(audited: AuditedDatabase):
    assert "no seal yet" in refusal("seal_audit_log", "--export-anchor")
    assert "no seal yet" in refusal("verify_audit_log", "--export-anchor")


def test_another_text_is_no_anchor():
    with pytest.raises(NotAnAnchorError):
        Anchor.parse("white-cross-audit 1 abc now")


def test_unsealed_entries_are_counted(audited: AuditedDatabase):
    audited.write(2)
    audited.seal()
    audited.write(3)

    assert "2 entries in 1 seal, 3 not sealed yet" in command("verify_audit_log")

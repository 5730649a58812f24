"""The owner disables the triggers and changes the log: each way is found, and the seal and the entry named."""

from io import StringIO
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from audit.chain import FIRST_PREVIOUS_HASH, Anchor, seal_hash
from audit.models import AuditSeal
from tests.audit.seals.conftest import ALIAS, AuditedDatabase, command, refusal

USER = "0193a0c0-0000-7000-8000-000000000002"
OTHER_USER = "0193a0c0-0000-7000-8000-00000000000f"


@pytest.fixture
def sealed(audited: AuditedDatabase) -> list[list[UUID]]:
    """The ids of three seals' entries: four each."""
    ids = []
    for number in range(3):
        ids.append(audited.write(4, user_id=USER, old_row={"first_name": f"Zoë {number}"}))
        audited.seal()
    assert audited.problems() == []
    return ids


@pytest.mark.parametrize(
    "change",
    [
        """old_row = '{"first_name": "Zoe"}'""",
        "old_row = NULL",
        f"user_id = '{OTHER_USER}'",
        "user_id = NULL",
        "created_at = created_at + interval '1 microsecond'",
        "reason = 'routine'",
        "reason = ''",
        "action = 'VIEW'",
        "entity_type = 'users'",
        f"entity_id = '{OTHER_USER}'",
        f"school_id = '{OTHER_USER}'",
        f"student_id = '{OTHER_USER}'",
        f"student_ids = '{{{OTHER_USER}}}'",
        "row_count = 0",
        "ip_address = '10.0.0.1'",
        "user_agent = 'curl'",
        "request_id = 'x'",
        "source = 'web'",
    ],
)
def test_a_changed_field_is_found(audited: AuditedDatabase, sealed: list[list[UUID]], change: str):
    entry = sealed[1][2]

    audited.tamper(f"UPDATE audit_logs SET {change} WHERE id = '{entry}'")

    assert audited.problems() == [("changed", 2, str(entry))]


def test_every_column_is_sealed(audited: AuditedDatabase):
    """A column that is added to the log and not to the digest could be changed unseen."""
    columns = audited.execute(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = 'audit_logs'::regclass AND attnum > 0 "
        "AND NOT attisdropped ORDER BY attname"
    )

    assert [column for (column,) in columns] == [
        *("action", "created_at", "entity_id", "entity_type", "id", "ip_address", "old_row", "reason", "request_id"),
        *("row_count", "school_id", "source", "student_id", "student_ids", "transaction_id", "user_agent", "user_id"),
    ]


def test_a_changed_transaction_is_found(audited: AuditedDatabase, sealed: list[list[UUID]]):
    entry = sealed[1][2]

    audited.tamper(f"UPDATE audit_logs SET transaction_id = transaction_id + 1000000 WHERE id = '{entry}'")

    assert audited.problems() == [("changed", 2, str(entry))]


def test_an_entry_moved_into_another_seal_is_found_in_both(audited: AuditedDatabase, sealed: list[list[UUID]]):
    entry, neighbour = sealed[0][1], sealed[2][1]

    audited.tamper(
        f"UPDATE audit_logs SET transaction_id = (SELECT transaction_id FROM audit_logs WHERE id = '{neighbour}') "
        f"WHERE id = '{entry}'"
    )

    assert audited.problems() == [("changed", 1, str(entry)), ("added", 3, str(entry))]


def test_swapped_contents_are_found(audited: AuditedDatabase, sealed: list[list[UUID]]):
    one, other = sealed[0][0], sealed[2][3]

    audited.tamper(
        "UPDATE audit_logs log SET old_row = twin.old_row FROM audit_logs twin "
        f"WHERE (log.id, twin.id) IN (('{one}', '{other}'), ('{other}', '{one}'))"
    )

    assert audited.problems() == [("changed", 1, str(one)), ("changed", 3, str(other))]


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_removed_entry_is_found(audited: AuditedDatabase, sealed: list[list[UUID]], place: int):
    entry = sealed[1][place]

    audited.tamper(f"DELETE FROM audit_logs WHERE id = '{entry}'")

    assert audited.problems() == [("removed", 2, str(entry))]


def test_the_last_entry_of_the_last_seal_is_missed(audited: AuditedDatabase, sealed: list[list[UUID]]):
    audited.tamper(f"DELETE FROM audit_logs WHERE id = '{sealed[2][3]}'")

    assert audited.problems() == [("removed", 3, str(sealed[2][3]))]


def test_all_entries_of_a_seal_are_missed(audited: AuditedDatabase, sealed: list[list[UUID]]):
    audited.tamper(f"DELETE FROM audit_logs WHERE id IN ({', '.join(f"'{entry}'" for entry in sealed[1])})")

    assert audited.problems() == [("removed", 2, str(entry)) for entry in sealed[1]]


@pytest.mark.parametrize("seal", [1, 2, 3])
def test_an_entry_added_among_sealed_ones_is_found(audited: AuditedDatabase, sealed: list[list[UUID]], seal: int):
    neighbour = sealed[seal - 1][3]

    audited.tamper(
        "INSERT INTO audit_logs (id, created_at, transaction_id, action, entity_type) "
        f"SELECT '{OTHER_USER}', created_at, transaction_id, 'VIEW', 'students' FROM audit_logs "
        f"WHERE id = '{neighbour}'"
    )

    assert audited.problems() == [("added", seal, OTHER_USER)]


def test_an_entry_added_below_the_horizon_is_found_and_never_sealed(audited: AuditedDatabase, sealed: list[list[UUID]]):
    """Between the last sealed entry and the horizon there is nothing, and nothing can come there."""
    head = AuditSeal.objects.using(ALIAS).get(number=3)
    audited.tamper(
        "INSERT INTO audit_logs (id, transaction_id, action, entity_type) "
        f"VALUES ('{OTHER_USER}', {head.horizon - 1}, 'VIEW', 'students')"
    )
    audited.write(1)
    audited.seal()

    assert audited.problems() == [("added", 3, OTHER_USER)]


def test_an_entry_moved_to_another_month_is_found(audited: AuditedDatabase, sealed: list[list[UUID]]):
    entry = sealed[0][0]

    audited.tamper(f"UPDATE audit_logs SET created_at = '2031-01-15' WHERE id = '{entry}'")

    assert audited.execute(f"SELECT tableoid::regclass::text FROM audit_logs WHERE id = '{entry}'") == [
        ("audit_logs_default",)
    ]
    assert audited.problems() == [("changed", 1, str(entry))]


def month_of_entries(audited: AuditedDatabase) -> str:
    return str(audited.execute("SELECT DISTINCT tableoid::regclass::text FROM audit_logs")[0][0])


def test_a_dropped_partition_is_found(audited: AuditedDatabase, sealed: list[list[UUID]]):
    audited.tamper(f"DROP TABLE {month_of_entries(audited)}")

    assert audited.problems() == [
        ("removed", number, str(entry)) for number, ids in enumerate(sealed, start=1) for entry in ids
    ]


def test_a_detached_partition_is_found(audited: AuditedDatabase, sealed: list[list[UUID]]):
    month = month_of_entries(audited)

    audited.tamper(f"ALTER TABLE audit_logs DETACH PARTITION {month}")

    assert audited.problems() == [
        *(("removed", number, str(entry)) for number, ids in enumerate(sealed, start=1) for entry in ids),
        ("partition", None, None),
    ]
    assert f"the table {month} is not attached" in refused_verification(audited)


def refused_verification(audited: AuditedDatabase) -> str:
    """What the command prints where it finds something."""
    errors = StringIO()
    with pytest.raises(CommandError, match="The audit log is not what was sealed"):
        call_command("verify_audit_log", database=ALIAS, stderr=errors)
    return errors.getvalue()


@pytest.mark.parametrize(
    "change",
    [
        "hash = sha256('forged')",
        "sealed_at = sealed_at - interval '1 hour'",
        "horizon = horizon + 1",
        "cluster = 1",
        "entries = substring(entries FROM 1 FOR 120), entry_count = 3",
        "through_transaction = through_transaction - 1",
        "previous_hash = sha256('forged')",
    ],
)
def test_an_altered_seal_is_found(audited: AuditedDatabase, sealed: list[list[UUID]], change: str):
    audited.tamper(f"UPDATE audit_seals SET {change} WHERE number = 2")

    found = audited.problems()

    assert ("seal altered", 2, None) in found


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_seal_is_found(audited: AuditedDatabase, sealed: list[list[UUID]], number: int):
    audited.tamper(f"DELETE FROM audit_seals WHERE number = {number}")

    assert audited.problems() == [("seal removed", number, None)]


def test_a_seal_removed_with_the_gap_closed_is_found(audited: AuditedDatabase, sealed: list[list[UUID]]):
    audited.tamper(
        "DELETE FROM audit_seals WHERE number = 2",
        "UPDATE audit_seals SET number = 2 WHERE number = 3",
    )

    kinds = {kind for kind, seal, _ in audited.problems() if seal == 2}

    assert kinds == {"seal altered", "chain broken"}


def test_a_hole_in_a_rehashed_chain_is_found(audited: AuditedDatabase, sealed: list[list[UUID]]):
    audited.tamper(
        "DELETE FROM audit_seals WHERE number = 2",
        "UPDATE audit_seals SET number = 2 WHERE number = 3",
    )
    rehash(audited)

    assert audited.problems() == [("chain broken", 2, None)]


def test_a_removed_last_seal_is_found_by_the_anchor(audited: AuditedDatabase, sealed: list[list[UUID]]):
    line = command("verify_audit_log", "--export-anchor")
    audited.tamper("DELETE FROM audit_seals WHERE number = 3")

    assert audited.problems() == []
    assert audited.problems("--anchor", line) == [("anchor", 3, None)]


def test_a_rewritten_chain_is_found_by_the_anchor(audited: AuditedDatabase, sealed: list[list[UUID]]):
    """Who can change the log can seal it anew; what is kept elsewhere tells."""
    old = Anchor.of(AuditSeal.objects.using(ALIAS).get(number=1))
    line = audited.seal("--export-anchor")
    audited.tamper(f"UPDATE audit_logs SET reason = 'forged' WHERE id = '{sealed[0][0]}'", "DELETE FROM audit_seals")
    audited.execute("SELECT 1")
    audited.seal()

    assert AuditSeal.objects.using(ALIAS).count() == 1
    assert audited.problems() == []
    assert audited.problems("--anchor", line) == [("anchor", 3, None)]
    assert audited.problems("--anchor", str(old)) == [("anchor", 1, None)]


def test_what_is_not_sealed_yet_can_be_changed_unseen(audited: AuditedDatabase):
    """The limit that docs/audit.md names: seal often."""
    (entry,) = audited.write(1)
    audited.tamper(f"UPDATE audit_logs SET reason = 'forged' WHERE id = '{entry}'")
    audited.seal()

    assert audited.problems() == []


def test_a_function_of_the_owner_does_not_stand_in_for_the_digest(audited: AuditedDatabase, sealed: list[list[UUID]]):
    entry = sealed[0][0]
    audited.tamper(
        "CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE "
        "AS $$ SELECT pg_catalog.sha256('') $$",
        f"ALTER DATABASE {audited.name} SET search_path = public, pg_catalog",
        f"UPDATE audit_logs SET reason = 'forged' WHERE id = '{entry}'",
    )
    reconnect()

    assert audited.problems() == [("changed", 1, str(entry))]


def test_each_difference_has_a_line_and_many_are_counted(audited: AuditedDatabase):
    audited.write(150)
    audited.seal()
    audited.tamper("DELETE FROM audit_logs")

    lines = refused_verification(audited).splitlines()

    assert len(lines) == 101
    assert lines[0].endswith("is no longer in the log")
    assert lines[-1] == "removed: seal 1: and 50 more entries"


def test_a_wrong_anchor_is_refused(audited: AuditedDatabase):
    assert "An anchor is a line such as" in refusal("verify_audit_log", "--anchor", "12 abc")


def rehash(audited: AuditedDatabase) -> None:
    """Give every seal the hash it should have, as one could who has read the program."""
    previous = FIRST_PREVIOUS_HASH
    for seal in AuditSeal.objects.using(ALIAS).order_by("number"):
        seal.previous_hash = previous
        previous = seal_hash(seal)
        audited.tamper(
            f"UPDATE audit_seals SET previous_hash = '\\x{bytes(seal.previous_hash).hex()}', "
            f"hash = '\\x{previous.hex()}' WHERE number = {seal.number}"
        )


def reconnect() -> None:
    connections[ALIAS].close()


def test_an_anchor_reads_back():
    anchor = Anchor(12, bytes(range(32)), "2026-11-22T17:00:00.000000+00:00")

    assert Anchor.parse(str(anchor)) == anchor

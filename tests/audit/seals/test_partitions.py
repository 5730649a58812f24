"""The months of the log: made ahead, filled from the default partition, guarded, and dropped past their age."""

from datetime import UTC, datetime

import psycopg
import pytest

from audit.models import AuditSeal, SealKind
from audit.months import Month
from audit.partitions import make_months
from tests.audit.seals.conftest import ALIAS, AuditedDatabase, command, refusal

# A time when nothing else writes: the months up to now come by --months-ahead.
MAY, JUNE = "2019-05-15 12:00+00", "2019-06-15 12:00+00"


def tables(audited: AuditedDatabase) -> list[str]:
    rows = audited.execute(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_logs'::regclass ORDER BY 1"
    )
    return [table for (table,) in rows]


def places(audited: AuditedDatabase) -> dict[str, int]:
    return dict(audited.execute("SELECT tableoid::regclass::text, count(*) FROM audit_logs GROUP BY 1"))


def set_retention(audited: AuditedDatabase, value: str) -> None:
    audited.execute(
        f"UPDATE system_configurations SET value = '{value}', is_active = true WHERE key = 'retention.audit_logs'"
    )


@pytest.fixture
def old_months(audited: AuditedDatabase) -> AuditedDatabase:
    """A log with three sealed entries of May 2019, two of June 2019 and one of today, each in its month."""
    audited.write(3, created_at=MAY)
    audited.write(2, created_at=JUNE)
    audited.write(1)
    audited.seal()
    audited.maintain()
    assert audited.problems() == []
    return audited


def test_a_month_knows_its_neighbours():
    december = Month.of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC))

    assert (december.start, december.end) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert december.plus(2) == Month(2027, 2)
    assert december.plus(-12) == Month(2025, 12)
    assert december.table == "audit_logs_2026_12"


def test_months_are_made_ahead_once(audited: AuditedDatabase):
    before = tables(audited)
    made = make_months(ALIAS, 2, datetime(2031, 11, 20, tzinfo=UTC))

    assert made.tables == ["audit_logs_2031_11", "audit_logs_2031_12", "audit_logs_2032_01"]
    assert tables(audited) == sorted([*before, *made.tables])
    assert make_months(ALIAS, 2, datetime(2031, 11, 20, tzinfo=UTC)).tables == []

    audited.write(1, created_at="2031-12-31 23:59:59.999999+00")
    audited.write(1, created_at="2032-01-01 00:00+00")
    assert places(audited) == {"audit_logs_2031_12": 1, "audit_logs_2032_01": 1}


def test_the_command_makes_three_months_ahead(audited: AuditedDatabase):
    audited.maintain()

    now = Month.of(datetime.now(UTC))
    assert {now.plus(number).table for number in range(4)} <= set(tables(audited))
    assert audited.maintain() == "All partitions are there.\n"


def test_months_are_made_while_a_writer_is_at_work(audited: AuditedDatabase):
    with psycopg.connect(audited.url) as writer:
        writer.execute("INSERT INTO audit_logs (action, entity_type) VALUES ('VIEW', 'students')")

        made = make_months(ALIAS, 0, datetime(2031, 11, 20, tzinfo=UTC))

    assert made.tables == ["audit_logs_2031_11"]


def test_the_default_partition_is_emptied_into_its_months(audited: AuditedDatabase):
    audited.write(3, created_at=MAY, old_row={"a": 1})
    audited.write(2, created_at=JUNE)
    audited.write(1, created_at="1899-01-01 00:00+00")  # a slip: it has no month
    audited.seal()
    assert places(audited) == {"audit_logs_default": 6}

    said = audited.maintain()

    assert "Moved 5 entries" in said
    assert places(audited) == {"audit_logs_2019_05": 3, "audit_logs_2019_06": 2, "audit_logs_default": 1}
    assert audited.execute("SELECT to_regclass('audit_logs_default_old')") == [(None,)]
    assert audited.problems() == []
    assert "Moved" not in audited.maintain()


def test_a_new_partition_is_like_the_first(audited: AuditedDatabase):
    """Columns, comments, indexes, keys and triggers are those of the log."""
    audited.write(1, created_at=MAY)
    audited.maintain()

    def shape(table: str) -> list[tuple]:
        return audited.execute(
            f"SELECT attname::text, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), "
            f"col_description(attrelid, attnum) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid "
            f"AND adnum = attnum WHERE attrelid = '{table}'::regclass AND attnum > 0 ORDER BY attnum"
        ) + audited.execute(
            f"SELECT replace(pg_get_indexdef(indexrelid), '{table}', '') FROM pg_index "
            f"WHERE indrelid = '{table}'::regclass AND indisvalid ORDER BY 1"
        )

    def triggers(table: str) -> list[tuple]:
        return audited.execute(
            f"SELECT tgname::text, tgtype FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND NOT tgisinternal "
            "ORDER BY 1"
        )

    log = [row[:5] for row in shape("audit_logs")]
    for table in ("audit_logs_2019_05", "audit_logs_default"):
        assert [row for row in shape(table) if len(row) == 5] == [row for row in log if len(row) == 5]
        assert len(shape(table)) == len(log)
        assert triggers(table) == triggers("audit_logs")
        assert audited.execute(
            f"SELECT count(*) FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'c'"
        ) == audited.execute(
            "SELECT count(*) FROM pg_constraint WHERE conrelid = 'audit_logs'::regclass AND contype = 'c'"
        )


@pytest.mark.parametrize("statement", ["TRUNCATE {}", "DELETE FROM {}", "UPDATE {} SET reason = 'x'"])
def test_every_partition_is_guarded(audited: AuditedDatabase, statement: str):
    audited.write(1, created_at=MAY)
    audited.write(1, created_at="1899-01-01 00:00+00")
    audited.maintain()

    for table in ("audit_logs_2019_05", "audit_logs_default"):
        with pytest.raises(psycopg.DatabaseError, match="only ever added to"):
            audited.execute(statement.format(table))

    assert places(audited) == {"audit_logs_2019_05": 1, "audit_logs_default": 1}


def test_a_guard_that_went_missing_is_put_back(audited: AuditedDatabase):
    audited.maintain()
    (table, *_) = tables(audited)
    (name,) = audited.execute(
        f"SELECT tgname::text FROM pg_trigger WHERE tgrelid = '{table}'::regclass AND tgtype & 33 = 32"
    )[0]
    audited.execute(f"DROP TRIGGER {name} ON {table}")

    assert audited.maintain() == f"Guarded {table}.\n"
    with pytest.raises(psycopg.DatabaseError, match="only ever added to"):
        audited.execute(f"TRUNCATE {table}")


def test_nothing_is_dropped_without_an_age(old_months: AuditedDatabase):
    assert "drop" not in old_months.maintain().lower()
    assert "Say past which age" in refusal("maintain_audit_log", "--drop")
    assert "audit_logs_2019_05" in tables(old_months)


def test_without_drop_it_is_only_said(old_months: AuditedDatabase):
    said = old_months.maintain("--retention-months", "72")

    assert said.count("Would drop") == 2
    assert {"audit_logs_2019_05", "audit_logs_2019_06"} <= set(tables(old_months))
    assert AuditSeal.objects.using(ALIAS).filter(kind=SealKind.RETENTION).count() == 0


def test_months_past_their_age_are_dropped_and_the_chain_says_so(old_months: AuditedDatabase):
    said = old_months.maintain("--retention-months", "72", "--drop")

    assert "Dropped audit_logs_2019_05 with 3 entries; seal 2." in said
    assert "Dropped audit_logs_2019_06 with 2 entries; seal 3." in said
    assert not {"audit_logs_2019_05", "audit_logs_2019_06"} & set(tables(old_months))
    records = AuditSeal.objects.using(ALIAS).filter(kind=SealKind.RETENTION).order_by("number")
    assert [(record.dropped_from, record.dropped_before, record.entry_count) for record in records] == [
        (datetime(2019, 5, 1, tzinfo=UTC), datetime(2019, 6, 1, tzinfo=UTC), 3),
        (datetime(2019, 6, 1, tzinfo=UTC), datetime(2019, 7, 1, tzinfo=UTC), 2),
    ]
    old_months.write(1)
    old_months.seal()
    assert old_months.problems() == []


def test_the_age_comes_from_the_settings(old_months: AuditedDatabase):
    age = Month.of(datetime.now(UTC))
    months = (age.year - 2019) * 12 + age.month - 6  # to the start of June: May is just past it
    set_retention(old_months, str(months))

    assert old_months.maintain("--drop").count("Dropped") == 1
    assert "audit_logs_2019_05" not in tables(old_months)
    assert "audit_logs_2019_06" in tables(old_months)


@pytest.mark.parametrize("value", ["0", "six years", "-1"])
def test_a_wrong_setting_is_refused(old_months: AuditedDatabase, value: str):
    with pytest.raises(psycopg.Error, match=r"retention\.audit_logs should be a whole number from 1 to 1800"):
        set_retention(old_months, value)

    assert "audit_logs_2019_05" in tables(old_months)


def test_a_month_that_is_not_wholly_sealed_stays(old_months: AuditedDatabase):
    old_months.write(1, created_at=MAY)

    assert "1 past their age cannot be dropped yet" in refusal(
        "maintain_audit_log", "--retention-months", "72", "--drop"
    )
    assert "audit_logs_2019_05" in tables(old_months)
    assert "audit_logs_2019_06" not in tables(old_months)

    old_months.seal()
    assert old_months.maintain("--retention-months", "72", "--drop").count("Dropped") == 1
    assert old_months.problems() == []


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE audit_logs SET reason = 'x' WHERE created_at = '{MAY}'",
        "DELETE FROM audit_logs WHERE id = (SELECT min(id::text)::uuid FROM audit_logs)",
    ],
)
def test_a_month_that_was_tampered_with_stays(old_months: AuditedDatabase, statement: str):
    old_months.tamper(statement)

    refusal("maintain_audit_log", "--retention-months", "72", "--drop")

    assert "audit_logs_2019_05" in tables(old_months)
    assert {kind for kind, _, _ in old_months.problems()} <= {"changed", "removed"}


def test_after_a_drop_the_other_entries_are_still_missed(old_months: AuditedDatabase):
    (today,) = old_months.execute("SELECT id FROM audit_logs WHERE created_at > '2020-01-01'")[0]
    old_months.maintain("--retention-months", "72", "--drop")

    old_months.tamper(f"DELETE FROM audit_logs WHERE id = '{today}'")

    assert old_months.problems() == [("removed", 1, str(today))]


def test_a_month_dropped_beside_the_chain_is_missed(old_months: AuditedDatabase):
    """What the record of a drop accepts is its own month, and as many entries as it counts."""
    old_months.maintain("--retention-months", "72", "--drop")
    old_months.tamper("UPDATE audit_seals SET entry_count = 2 WHERE number = 2")

    assert ("retention", 2, None) in old_months.problems()


def test_the_drops_on_record_are_told_and_held_against_the_age(old_months: AuditedDatabase):
    """Who may write to the chain may record a drop as well: people should see which there were."""
    old_months.maintain("--retention-months", "72", "--drop")

    assert "seal 2 records that 3 entries of 2019-05-01 to 2019-06-01 were dropped" in command("verify_audit_log")
    assert old_months.problems("--retention-months", "72") == []
    assert old_months.problems("--retention-months", "240") == [("retention", 2, None), ("retention", 3, None)]


def test_an_entry_put_into_a_dropped_month_is_found(old_months: AuditedDatabase):
    old_months.maintain("--retention-months", "72", "--drop")
    old_months.tamper(
        "INSERT INTO audit_logs (id, created_at, transaction_id, action, entity_type) VALUES "
        f"('0193a0c0-0000-7000-8000-00000000000f', '{MAY}', 5, 'VIEW', 'students')"
    )

    assert old_months.problems() == [("added", 1, "0193a0c0-0000-7000-8000-00000000000f")]


def test_maintenance_gives_up_where_a_lock_is_held(audited: AuditedDatabase):
    audited.write(1, created_at=MAY)
    with psycopg.connect(audited.url) as reader:
        reader.execute("SELECT count(*) FROM audit_logs")

        assert "A lock on audit_logs was not to be had" in refusal("maintain_audit_log")

    assert places(audited) == {"audit_logs_default": 1}
    audited.maintain()
    assert places(audited) == {"audit_logs_2019_05": 1}

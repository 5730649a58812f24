"""What a plain INSERT may leave out, what it may leave empty, and what no type holds."""

from typing import Any

import psycopg
import pytest
from django.db import DataError, IntegrityError

from tests.schema.rows import ASKED_BY_A_CHECK, BUSINESS_COLUMNS, execute, query
from tests.test_factories import OUR_MODELS

TABLES = sorted(BUSINESS_COLUMNS)

# Beside what a column may be null: a vaccination without a date is an exemption, a dose without a time is pending.
BESIDE_NULL: dict[tuple[str, str], dict[str, Any]] = {
    ("login_attempts", "failure_reason"): {"succeeded": True},
    ("vaccinations", "administration_date"): {"exemption_status": True},
    ("vaccinations", "administered_by"): {"exemption_status": True},
    ("medication_logs", "time_given"): {"status": "PENDING"},
    ("medication_logs", "dosage_given"): {"status": "PENDING", "time_given": None},
}

COLUMNS = """
SELECT column_name, data_type, is_nullable = 'YES', column_default IS NOT NULL, is_generated = 'ALWAYS'
FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s
"""


def test_every_table_has_a_minimal_row():
    assert sorted(model._meta.db_table for model in OUR_MODELS) == TABLES


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_a_plain_insert_names_only_the_columns_that_have_no_sensible_default(rows, table):
    asked = {name for name, _, nullable, default, generated in query(COLUMNS, [table]) if not (nullable or default)}

    key = rows.insert(table)

    assert query(f"SELECT count(*) FROM {table} WHERE id = %s", [key]) == [(1,)]
    assert set(BUSINESS_COLUMNS[table]) - ASKED_BY_A_CHECK.get(table, set()) == asked


@pytest.mark.parametrize("table", TABLES)
def test_null_is_accepted_wherever_the_column_is_nullable(attempt, table):
    for column, _, nullable, _, generated in query(COLUMNS, [table]):
        if nullable and not generated:
            attempt(table, {column: None} | BESIDE_NULL.get((table, column), {}))


@pytest.mark.parametrize("table", TABLES)
def test_null_is_refused_wherever_the_column_is_not_nullable(attempt, table):
    for column, _, nullable, _, generated in query(COLUMNS, [table]):
        # A hold looks its student up before that, and says so in words.
        if not (nullable or generated or (table, column) == ("legal_holds", "student_id")):
            with pytest.raises(IntegrityError, match=f'null value in column "{column}"'):
                attempt(table, {column: None})


@pytest.mark.parametrize("table", TABLES)
def test_no_generated_column_can_be_written(rows, refused, table):
    generated = [name for name, *_, generated in query(COLUMNS, [table]) if generated]
    key = rows.insert(table)

    for column in generated:
        with refused(f'column "{column}" can only be updated to DEFAULT'):
            execute(f"UPDATE {table} SET {column} = NULL WHERE id = %s", [key])


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("vital_signs", "pain_level", 2**31),
        ("medications", "stock_quantity", -(2**31) - 1),
        ("vital_signs", "temperature", "1000.00"),
        ("growth_measurements", "height", "10000.00"),
        ("growth_measurements", "bmi_percentile", "1000.00"),
        ("system_configurations", "max_value", "1e14"),
    ],
)
def test_a_number_that_its_type_cannot_hold_is_refused(rows, refused, table, column, value):
    before = query(f"SELECT count(*) FROM {table}")
    with refused("out of range|overflow", DataError) as caught:
        rows.insert(table, **{column: value})

    assert isinstance(caught.value.__cause__, psycopg.errors.NumericValueOutOfRange)
    assert query(f"SELECT count(*) FROM {table}") == before


@pytest.mark.parametrize("table", TABLES)
def test_a_text_longer_than_its_column_is_refused(rows, refused, table):
    columns = query(
        "SELECT column_name, character_maximum_length FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name = %s AND character_maximum_length IS NOT NULL",
        [table],
    )
    key = rows.insert(table)

    for column, length in columns:
        with refused(rf"value too long for type character varying\({length}\)", DataError):
            execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", ["x" * (length + 1), key])

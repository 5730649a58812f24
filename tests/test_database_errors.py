"""No exception of the database quotes what stands in a row."""

import traceback
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories.core import StudentFactory, UserFactory
from tests.factories.health import VitalSignsFactory

SECRETS = ("Zebulon", "Quimby", "2015-05-17", "990042", "zeb@example.org")


def told_by(statement: str, parameters: list[Any]) -> str:
    """All that a log would hold of a refused statement: the exception with its causes."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
    return "".join(traceback.format_exception_only(caught.value)) + str(caught.value.__cause__)


@pytest.fixture
def student(db):
    return StudentFactory.create(first_name="Zebulon", last_name="Quimby", student_number="990042")


@pytest.mark.parametrize(
    ("statement", "parameters", "expected"),
    [
        ("UPDATE students SET grade = %s", ["Zebulon"], 'violates check constraint "students_grade_list"'),
        ("UPDATE students SET first_name = NULL", [], 'null value in column "first_name" of relation "students"'),
        ("UPDATE students SET date_of_birth = %s", ["Zebulon"], "invalid input syntax for type date"),
        ("UPDATE students SET date_of_birth = %s", ["2015-05-17x"], "invalid input syntax for type date"),
        ("UPDATE students SET school_id = %s", ["Zebulon"], "invalid input syntax for type uuid"),
        ("UPDATE students SET gender = %s", ["MAYBE"], 'invalid input value for enum "Gender": "MAYBE"'),
        ("UPDATE students SET grade = %s", ["Zebulon Quimby"], "value too long for type character varying(10)"),
        ("SELECT first_name FROM studentz WHERE last_name = %s", ["Quimby"], 'relation "studentz" does not exist'),
    ],
)
def test_a_refused_statement_names_the_rule_and_no_value(student, statement, parameters, expected):
    told = told_by(statement, parameters)

    assert expected in told
    assert not [secret for secret in SECRETS if secret in told]


def test_a_duplicate_is_named_by_its_rule(student):
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        StudentFactory.create(student_number="990042")

    assert str(caught.value) == 'duplicate key value violates unique constraint "students_number_in_district"'
    assert isinstance(caught.value.__cause__, psycopg.Error)
    assert caught.value.__cause__.diag.constraint_name == "students_number_in_district"


def test_a_row_that_is_refused_by_the_orm_is_not_told(student):
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        VitalSignsFactory.create(student=student, pain_level=11, measured_by="Zebulon Quimby")

    told = "".join(traceback.format_exception(caught.value, chain=True)[-1:])
    assert 'violates check constraint "vital_signs_pain_range"' in told
    assert "Zebulon" not in told


def test_a_hint_stays(db):
    UserFactory.create(email="zeb@example.org")

    told = told_by("SELECT emial FROM users WHERE email = %s", ["zeb@example.org"])

    assert 'column "emial" does not exist' in told
    assert "HINT:  Perhaps you meant to reference the column" in told
    assert "zeb@example.org" not in told

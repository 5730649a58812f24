import pytest
from django.db import connection

from core.models import Student
from core.search import prefix_query
from tests.factories.core import StudentFactory

pytestmark = pytest.mark.django_db


def _found(text):
    return list(
        Student.objects.filter(search_vector=prefix_query(text)).order_by("id").values_list("last_name", flat=True)
    )


@pytest.mark.parametrize(
    ("text", "last_names"),
    [
        ("smi jo", ["Smith"]),
        ("jo smi", ["Smith"]),
        ("JOHN SMITH", ["Smith"]),
        ("smith, john", ["Smith"]),
        ("o'b", ["O'Brien-Smith"]),
        ("o\u2019b", ["O'Brien-Smith"]),
        ("O'Brien-Smith", ["O'Brien-Smith"]),
        ("brien", ["O'Brien-Smith"]),
        ("smi", ["Smith", "O'Brien-Smith"]),
        ("104", ["Smith", "O'Brien-Smith"]),
        ("1042", ["Smith"]),
        ("S-1042", ["Smith"]),
        ("s-10 jo", ["Smith"]),
        ("will an", ["An"]),
        ("núñ", ["Núñez"]),
        ("nunez jose", ["Núñez"]),
        ("ñu", ["Núñez"]),
        ("NÚÑEZ", ["Núñez"]),
        ("nu\u0301n\u0303ez", ["Núñez"]),
        ("нин", ["Иванова"]),
        ("प्रि", ["शर्मा"]),
        ("  jo   smi  ", ["Smith"]),
        ("john smith \\", ["Smith"]),
        ("mith", []),
        ("smi xy", []),
        ("jo | an", []),
    ],
)
def test_each_word_typed_begins_a_word_of_the_row(text, last_names):
    StudentFactory.create(first_name="John", last_name="Smith", student_number="S-1042")
    StudentFactory.create(first_name="Mary-Ann", last_name="O'Brien-Smith", student_number="S-1043")
    StudentFactory.create(first_name="Will", last_name="An", student_number="7")
    StudentFactory.create(first_name="José", last_name="Núñez", student_number="8")
    StudentFactory.create(first_name="Нина", last_name="Иванова", student_number="9")
    StudentFactory.create(first_name="प्रिया", last_name="शर्मा", student_number="10")

    assert _found(text) == last_names


@pytest.mark.parametrize("text", ["", "   ", "'", "%&!:*()<->|\\", "---", "_", "\u2019"])
def test_a_text_without_a_word_is_no_query(text):
    assert prefix_query(text) is None


@pytest.mark.parametrize(
    "text",
    ["a:*b", "!john", "jo & !smi", "<-> jo", "'jo", "jo'", "jo\\", "\\'jo", "jo\0hn", "%jo%", "a" * 3000, "100% (x)"],
)
def test_what_would_be_syntax_is_read_as_text(text):
    StudentFactory.create(first_name="Zoe", last_name="Quist")

    assert _found(text) == []


def test_the_search_reads_the_index():
    StudentFactory.create(first_name="John", last_name="Smith")
    rows = Student.all_objects.filter(search_vector=prefix_query("smi jo"))

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    plan = rows.order_by().explain()

    assert "idx_students_search" in plan

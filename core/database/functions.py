"""SQL functions that models use as column defaults, in generated columns and in constraints."""

from typing import Any

from django.contrib.postgres.search import SearchVectorField
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Expression,
    F,
    Func,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.functions import Coalesce

# What SearchWords and core.search do to a text, one character for one. A change changes the generated columns, so it
# needs a migration, and the expression of the old one a class of its own; a test pins the SQL.
PUNCTUATION = "-'.,/@_+#()"
STROKED_LETTERS = ("đĐøØłŁ", "ddooll")  # letters whose stroke is no accent to Unicode
ACCENTS = "\u0300-\u036f"


class UuidV7(Func):
    """A new time-ordered key (UUID version 7), made by the database.

    PostgreSQL 18 has the function; for 15 to 17 a migration of core creates one of the same name.
    """

    function = "uuidv7"
    template = "%(function)s()"
    output_field = UUIDField()


class SearchWords(Func):
    """The words of some text columns as a `tsvector`, for a generated column under a GIN index.

    The dictionary is `simple`: names are neither stemmed nor dropped as stop words ("Will" and "An" are names).
    Punctuation parts words, so that "O'Brien", "Smith-Jones" and "S-1042" are found by any of their parts. Accents do
    not count: "muller" finds Müller. `core.search.prefix_query` does the same to what is typed.
    """

    template = "to_tsvector('simple'::regconfig, %(expressions)s)"
    arity = 1

    def __init__(self, *columns: str) -> None:
        words: Expression = Coalesce(F(columns[0]), Value("", output_field=CharField()))
        for column in columns[1:]:
            words = _Joined(words, Coalesce(F(column), Value("", output_field=CharField())))
        super().__init__(_Plain(words), output_field=SearchVectorField())


class _Joined(Func):
    """`a || ' ' || b`: unlike CONCAT it is immutable, which a generated column requires."""

    template = "%(expressions)s"
    arg_joiner = " || ' ' || "
    arity = 2
    output_field = TextField()


class _Plain(Func):
    """The text without accents, and with spaces for punctuation."""

    template = "translate(regexp_replace(normalize(%(expressions)s, NFKD), '[{}]', '', 'g'), '{}', '{}')".format(
        ACCENTS,
        STROKED_LETTERS[0] + PUNCTUATION.replace("'", "''"),
        STROKED_LETTERS[1] + " " * len(PUNCTUATION),
    )
    arity = 1
    output_field = TextField()


class PhoneReversed(Func):
    """The digits of a telephone number from the last to the first, without its extension, so that a prefix of them is
    what a number ends with: "(614) 555-0142 x12" is 2410555416.

    An index on it serves those for whom no row is hidden; under a policy the functions might leak, and it filters.
    """

    template = "(reverse(regexp_replace(split_part(lower(%(expressions)s), 'x', 1), '[^0-9]', '', 'g')) COLLATE \"C\")"
    arity = 1
    output_field = TextField()


class ClockTimestamp(Func):
    """The moment itself; `Now()` is the beginning of the transaction."""

    function = "clock_timestamp"
    template = "%(function)s()"
    output_field = DateTimeField()


class TransactionId(Func):
    """Number of the transaction, 64 bits: it never comes round again, as the 32 bits of `xmin` do."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = BigIntegerField()


class Today(Func):
    """The current date in the session's time zone."""

    template = "CURRENT_DATE"
    output_field = DateField()


class WithinCalendar(Func):
    """Whether dates and moments all lie in the years 1900 to 2199; a null says nothing.

    The bounds of a moment are those of UTC, so that the rule is the same whatever the session's time zone.
    """

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **extra: Any) -> tuple[str, tuple[str | int, ...]]:
        tests: list[str] = []
        parameters: list[Any] = []
        for expression in self.get_source_expressions():
            sql, own = compiler.compile(expression)
            kind, time = (
                ("timestamptz", " 00:00+00") if isinstance(expression.output_field, DateTimeField) else ("date", "")
            )
            tests.append(f"({sql})::{kind} >= '1900-01-01{time}' AND ({sql})::{kind} < '2200-01-01{time}'")
            parameters += [*own, *own]
        return f"({' AND '.join(tests)})", tuple(parameters)

"""The twelve types: what is a value and what is not, in Python and in PostgreSQL alike."""

import datetime
import json
import re
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from configuration import values
from configuration.bringing import rules_of
from configuration.declaring import Setting
from configuration.models import ConfigCategory, ConfigValueType
from tests.schema.rows import query

pytestmark = pytest.mark.django_db
searching = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))

Kind = ConfigValueType
DAYS = st.dates(datetime.date(1900, 1, 1), datetime.date(2199, 12, 31))
ZONES = st.builds(
    lambda minutes: datetime.timezone(datetime.timedelta(minutes=minutes)), st.integers(-14 * 60, 14 * 60)
)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
LEAVES = st.none() | st.booleans() | st.integers(-(10**18), 10**18) | TEXTS
LABELS = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,10}[a-zA-Z0-9])?", fullmatch=True)
RIGHT_VALUES = {
    Kind.STRING: TEXTS,
    Kind.NUMBER: st.integers(-(10**14) + 1, 10**14 - 1) | st.decimals(-(10**9), 10**9, places=6),
    Kind.BOOLEAN: st.booleans(),
    Kind.JSON: st.recursive(LEAVES, lambda part: st.lists(part, max_size=4) | st.dictionaries(TEXTS, part, max_size=4)),
    Kind.ARRAY: st.lists(TEXTS, max_size=5),
    Kind.DATE: DAYS,
    Kind.TIME: st.times().map(lambda time: time.replace(microsecond=0)),
    Kind.DATETIME: st.builds(datetime.datetime.combine, DAYS, st.times(), ZONES),
    Kind.EMAIL: st.builds("{}@{}.{}".format, LABELS, LABELS, LABELS),
    Kind.URL: st.builds("https://{}.{}/{}".format, LABELS, LABELS, st.from_regex(r"[!-~]{0,10}", fullmatch=True)),
    Kind.COLOR: st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True),
    Kind.ENUM: st.sampled_from(["one", "two words", "drei"]),
}
FORMS = st.sampled_from(sorted(values.FORMS.values())).flatmap(lambda form: st.from_regex(form, fullmatch=True))
# What resembles a value of some type, and what has a sign put in, taken out or doubled.
LIKELY = st.one_of(
    TEXTS,
    FORMS,
    st.sampled_from(list(Kind)).flatmap(lambda kind: RIGHT_VALUES[kind].map(lambda value: _written(kind, value))),
    st.text('[]{},:"\\u0eE.+-1 \n', max_size=12),
)
NEARLY = st.builds(
    lambda text, place, sign: text[: place % (len(text) + 1)] + sign + text[place % (len(text) + 1) + 1 :],
    LIKELY,
    st.integers(0, 60),
    st.sampled_from(["", "0", "9", "-", ".", " ", "\n", "e", "E5", '"', "\\", "[", "]", "é", "\u0660", "T", "Z", "#"]),
)


def _written(kind, value):
    return json.dumps(value, default=str) if kind in (Kind.JSON, Kind.ARRAY) else str(value)


def setting_of(kind, **fields):
    choices = ("one", "two words", "drei") if kind == Kind.ENUM else ()
    fields = {"default": None, "category": ConfigCategory.GENERAL, "choices": choices} | fields
    return Setting("test.key", kind, **fields)


def python_says(setting, text):
    try:
        setting.parse(text)
    except ValueError:
        return False
    return True


def database_says(setting, text):
    ((answer,),) = query(
        "SELECT %s = '' OR setting_is_right(%s, %s, %s::text[], %s, %s, %s::jsonb)",
        [
            text,
            setting.value_type,
            text,
            list(setting.choices),
            setting.minimum,
            setting.maximum,
            json.dumps(rules_of(setting)),
        ],
    )
    return answer


@pytest.mark.parametrize("kind", Kind)
def test_a_value_comes_back_as_it_was_given_and_the_database_takes_its_text(kind):
    setting = setting_of(kind)

    @searching
    @given(value=RIGHT_VALUES[kind])
    def check(value):
        text = setting.as_text(value)
        assert database_says(setting, text)
        assert setting.parse(text) == (value if text else None)
        assert setting.as_text(setting.parse(text)) == text

    check()


@pytest.mark.parametrize("kind", Kind)
def test_python_and_the_database_agree_on_every_text_whether_it_is_a_value(kind):
    setting = setting_of(kind)

    @searching
    @given(text=LIKELY | NEARLY)
    @example(text='"\\u0000"')
    @example(text='"\\ud800"')
    @example(text='["\\udc00\\ud800"]')
    @example(text='{"a": 1e5}')
    @example(text="[" * 20 + "]" * 20)
    @example(text="[" * 21 + "]" * 21)
    @example(text="NaN")
    @example(text="-0")
    @example(text="1.50")
    @example(text="2023-02-29")
    @example(text="2024-02-29")
    @example(text="24:00")
    @example(text="2024-02-29T10:00:00+15:00")
    @example(text="\ufeff1")
    @example(text="9" * 21)
    def check(text):
        assert database_says(setting, text) == python_says(setting, text), text

    check()


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.STRING, Kind.ARRAY, Kind.JSON])
def test_they_agree_on_bounds_lists_and_patterns(kind):
    @searching
    @given(
        text=LIKELY | NEARLY | st.integers(-20, 20).map(str) | st.lists(st.sampled_from("abc")).map(json.dumps),
        minimum=st.none() | st.integers(-10, 0) | st.decimals(-10, 0, places=2),
        maximum=st.none() | st.integers(0, 10) | st.decimals(0, 10, places=2),
        whole=st.booleans(),
        choices=st.sampled_from([(), ("a", "b"), ("1", "2", '["a"]')]),
        pattern=st.sampled_from(["", r"[a-z]+", r"\d+", r"\w*", "a|bc", ".{1,3}", r"-?\d(\.\d)?"]),
    )
    def check(text, **fields):
        setting = setting_of(kind, **fields)
        assert database_says(setting, text) == python_says(setting, text), (text, fields)

    check()


def test_the_database_has_the_forms_that_python_has():
    ((body,),) = query("SELECT prosrc FROM pg_proc WHERE proname = 'setting_is_right'")

    plain = re.sub(r"' \|\| a_label \|\| '", lambda _: values._LABEL, body).replace("''", "'")
    for kind in (Kind.NUMBER, Kind.BOOLEAN, Kind.EMAIL, Kind.URL, Kind.COLOR):
        assert values.FORMS[kind] in plain, kind
    assert values._DATE in plain
    assert values._TIME in plain


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.NUMBER, "30", 30),
        (Kind.NUMBER, "2.5", Decimal("2.5")),
        (Kind.BOOLEAN, "false", False),
        (Kind.JSON, '{"a": [1, 2.5]}', {"a": [1, Decimal("2.5")]}),
        (Kind.ARRAY, '["ADMIN", "NURSE"]', ["ADMIN", "NURSE"]),
        (Kind.DATE, "2026-08-31", datetime.date(2026, 8, 31)),
        (Kind.TIME, "14:30", datetime.time(14, 30)),
        (Kind.DATETIME, "2026-08-31T14:30:00Z", datetime.datetime(2026, 8, 31, 14, 30, tzinfo=datetime.UTC)),
    ],
)
def test_values_are_typed(kind, text, value):
    parsed = setting_of(kind).parse(text)

    assert (parsed, type(parsed)) == (value, type(value))


def test_a_refusal_names_the_key_and_what_would_be_right_and_not_what_was_given():
    setting = setting_of(Kind.NUMBER, default="15", minimum=1, maximum=480, whole=True, unit="minutes")

    with pytest.raises(ValueError, match=r"^test\.key should be a whole number from 1 to 480 \(minutes\)\.$"):
        setting.parse("secret")


def test_nothing_is_a_value_only_where_there_is_no_default():
    assert setting_of(Kind.NUMBER).parse("") is None
    with pytest.raises(ValueError, match="should be a number"):
        setting_of(Kind.NUMBER, default="1").parse("")


def test_the_check_survives_whatever_text_there_is():
    """A text that no type takes is refused by an answer: an error would end the transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        for kind in Kind:
            cursor.execute("SELECT setting_is_right(%s, %s, '{}', NULL, NULL, '{}')", [kind, "[" * 9_000])
            assert cursor.fetchone() == (kind == Kind.STRING,)

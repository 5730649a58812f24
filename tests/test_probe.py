import time, re
import pytest
from django.db import connection
from tests.schema.rows import execute, query
from tests.safeguards.attempts import attempt
from configuration.values import parse
from configuration.models import ConfigValueType as T

pytestmark = pytest.mark.django_db


def right(kind, v, choices="{}", lo=None, hi=None, rules="{}"):
    t = time.time()
    try:
        r = query("SELECT setting_is_right(%s,%s,%s,%s,%s,%s)", [kind, v, choices, lo, hi, rules])
    except Exception as e:
        r = repr(e)[:200]
    a = time.time() - t
    t = time.time()
    try:
        parse(T(kind), v)
        p = True
    except ValueError:
        p = False
    except Exception as e:
        p = repr(e)[:80]
    b = time.time() - t
    return r, p, f"{a:.2f} {b:.2f}"


def test_values():
    for k, v in [
        ("JSON", '"\\"' * 2400),
        ("JSON", '\\"' * 5000),
        ("JSON", '"' * 9999),
        ("ARRAY", '["' + '\\"' * 4990),
        ("JSON", "[" * 10000),
        ("JSON", '{"a":' * 2000),
        ("URL", "https://" + "a." * 4990 + "!"),
        ("URL", "https://" + "a-" * 4990),
        ("EMAIL", "a" * 64 + "@" + "a." * 4900 + "_"),
        ("EMAIL", "a" * 9999),
        ("NUMBER", "9" * 9999),
        ("NUMBER", "NaN"),
        ("NUMBER", "Infinity"),
        ("NUMBER", "1e5"),
        ("JSON", "NaN"),
        ("JSON", '"\\u0000"'),
        ("JSON", '{"a":1,"a":2}'),
        ("JSON", " 1"),
        ("JSON", "\x0b1"),
        ("JSON", "\u00a01"),
        ("JSON", '"\x01"'),
        ("JSON", '"\\ud800"'),
        ("JSON", '"\\ud800\\udc00"'),
        ("JSON", "-0"),
        ("JSON", "-0.0"),
        ("JSON", "\ufeff1"),
        ("ARRAY", "[]"),
        ("ARRAY", "[null]"),
        ("ARRAY", '[["a"]]'),
        ("DATE", "1900-02-29"),
        ("DATE", "2199-12-31"),
        ("DATETIME", "2026-01-01T00:00:00+14:30"),
        ("DATETIME", "2199-12-31T23:59:59-14:59"),
        ("DATETIME", "1900-01-01T00:00+14:59"),
        ("DATETIME", "2026-01-01T00:00:60Z"),
        ("TIME", "24:00"),
        ("STRING", "x" * 10000),
        ("STRING", "\U0001f600" * 10000),
        ("STRING", "a\r\n\u2028"),
        ("COLOR", "#0f766e\n"),
        ("BOOLEAN", "true\n"),
        ("ENUM", "x"),
        ("ENUM", ""),
    ]:
        print(k, repr(v[:20]), right(k, v))
    connection.cursor()

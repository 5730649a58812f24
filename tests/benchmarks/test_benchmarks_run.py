"""The benchmarks of pages run to their end, over a state in small. How fast is not looked at here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scratch import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.any_database]  # they start a server of their own

SMALL = ("--students", "1000", "--schools", "12", "--requests", "1")


@pytest.mark.parametrize(
    ("name", "options", "last"),
    [
        ("admin", SMALL, "search, 4 digits     ADMIN"),
        ("home", SMALL, "VIEWER           median"),
        ("actor", ("--requests", "5"), "what the middleware adds"),
    ],
    ids=["admin", "home", "actor"],
)
def test_a_benchmark_runs_to_its_end(name: str, options: tuple[str, ...], last: str, tmp_path: Path):
    own = ("DATABASE_URL", "DEBUG", "DJANGO_SETTINGS_MODULE", "SECRET_KEY", "SECOND_FACTOR_KEYS")
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", *options],
        cwd=ROOT,
        env={key: value for key, value in os.environ.items() if key not in own} | {"WHITECROSS_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert "Traceback" not in done.stderr, done.stderr
    assert last in done.stdout
    assert done.returncode in (0, 1)  # 1: a bar is missed, as it may be over few rows beside other tests

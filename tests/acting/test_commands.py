"""A command is known to the server, and to the audit log, by its name."""

import subprocess
import sys

from tests.scratch import ROOT, Scratch

_SAY = """
import sys
from django.core.management import base, commands
import django.core.management.commands.check as check
def handle(self, *args, **options):
    from django.db import connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('application_name')")
        print(cursor.fetchone()[0])
check.Command.handle = handle
from whitecross.command_line import run
sys.exit(run(["manage.py", *sys.argv[1:]]))
"""


def said_by(scratch: Scratch, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _SAY, *arguments],
        cwd=ROOT,
        env=scratch.environment | environment,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_command_is_known_by_its_name(scratch):
    assert said_by(scratch, "check", "--verbosity", "0") == "manage.py check"


def test_a_name_that_is_given_stays(scratch):
    assert said_by(scratch, "check", PGAPPNAME="nightly") == "nightly"

"""Run a management command; say what is wrong with the database in one line instead of a traceback."""

from django.core.management import execute_from_command_line


def run(argv: list[str]) -> int:
    """Run the command that `argv` names and return its exit status."""
    execute_from_command_line(argv)
    return 0

"""The process of one contender: prepares its database, and runs operations on copies of it.

Reads one JSON object per line from standard input, and answers each with one: what was measured, or why it was not.
"""

import json
import sys
from typing import Any

import django


def answer(task: dict[str, Any]) -> dict[str, Any]:
    django.setup()
    from django.db import connection  # noqa: PLC0415

    from .operations import prepare, run  # noqa: PLC0415

    connection.close()
    connection.settings_dict["NAME"] = task.pop("database")
    try:
        return prepare() if task["operation"] == "prepare" else run(**task)
    finally:
        connection.close()


def main() -> None:
    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except Exception as error:  # the report says what a library could not do
            result = {"absent": f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()

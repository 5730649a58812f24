"""Django's own admin over our tables, for comparison: a process that is told addresses and says how long each took.

Plain ModelAdmins with the columns, filters and search of ours, Django's templates and middleware, as the owner of the
tables, whom no policy restricts. `Stock` starts it; a line of input is an address, one of output the answer.
"""

import json
import os
import subprocess
import sys
import time

from benchmarks.measure import ROOT

__all__ = ["Stock"]

_EMAIL = "stock@state.test"


class Stock:
    """The stock admin in a process of its own; DATABASE_URL and the other variables say where."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.stock_admin"],
            cwd=ROOT,
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.stock_settings"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def milliseconds(self, address: str) -> float:
        """Server time of one page."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{address}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer["status"] == 200, f"the stock admin answers {answer['status']} at {address}"
        return float(answer["milliseconds"])

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def _serve() -> None:
    import django  # noqa: PLC0415 - after the settings

    django.setup()
    from django.test import Client  # noqa: PLC0415 - after the settings

    from core.models import User  # noqa: PLC0415 - after the settings

    owner = User.objects.filter(email=_EMAIL).first() or User.objects.create_superuser(
        _EMAIL, None, first_name="Stock", last_name="Admin"
    )
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(owner)
    for line in sys.stdin:
        started = time.perf_counter()
        response = browser.get(line.strip())
        taken = 1000 * (time.perf_counter() - started)
        print(json.dumps({"status": response.status_code, "milliseconds": taken}), flush=True)


if __name__ == "__main__":
    _serve()

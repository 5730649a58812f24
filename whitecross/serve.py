"""The one way to run White Cross in earnest, which the image, the gate and a server's unit file take alike.

python -m whitecross.serve web          serve, under gunicorn, as the web's login
python -m whitecross.serve migrate      bring the schema up to date, as the owner of the tables
python -m whitecross.serve check        say what is wrong with the settings
python -m whitecross.serve static       collect the static files (at build time; needs no database and no secret)
python -m whitecross.serve healthy      ask the server on this machine whether it lives (exit status 0 or 1)
python -m whitecross.serve manage ...   any other command of manage.py
"""

import http.client
import os
import secrets
import sys
from collections.abc import Callable, Sequence

from django.core.exceptions import ImproperlyConfigured

from whitecross import command_line

_SECONDS_FOR_AN_ANSWER = 5


def main(arguments: Sequence[str]) -> int:
    """Run what the first argument names, with the rest, and return the exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whitecross.settings")
    name, *rest = arguments or ["--help"]
    if name not in _COMMANDS:
        wanted = name in ("--help", "-h", "help")
        (sys.stdout if wanted else sys.stderr).write(f"{(__doc__ or '').strip()}\n")
        return 0 if wanted else 2
    return _COMMANDS[name](rest)


def _web(rest: list[str]) -> int:
    from django.conf import settings  # noqa: PLC0415 - the environment is complete only now

    os.environ.setdefault("PGAPPNAME", "white-cross web")
    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings now, where a mistake in them is explained
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{command_line.explain(error)}\n")
        return 1
    from gunicorn.app.wsgiapp import WSGIApplication  # noqa: PLC0415 - the other commands do without

    sys.argv = ["gunicorn", "--config", "python:whitecross.server", *rest, "whitecross.wsgi"]
    WSGIApplication("%(prog)s", prog="gunicorn").run()
    return 0


def _migrate(rest: list[str]) -> int:
    return _manage(["migrate", "--no-input", *rest])


def _check(rest: list[str]) -> int:
    return _manage(["check", "--deploy", "--fail-level", "WARNING", *rest])


def _static(rest: list[str]) -> int:
    # Where the image is built there is neither a database nor a secret, and neither is used.
    os.environ["DEBUG"] = "False"
    if not os.environ.get("DATABASE_URL_FILE"):
        os.environ.setdefault("DATABASE_URL", "postgres:///unused")
    if not os.environ.get("SECRET_KEY_FILE"):
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
    return _manage(["collectstatic", "--no-input", *rest])


def _healthy(rest: list[str]) -> int:
    from django.conf import settings  # noqa: PLC0415 - as above

    host, _, port = settings.WEB_BIND.rpartition(":")
    if not port.isdecimal():
        sys.stderr.write("WEB_BIND names no port of its own to ask.\n")
        return 2
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))  # noqa: S104 - compared, not bound
    probe = http.client.HTTPConnection(host, int(port), timeout=_SECONDS_FOR_AN_ANSWER)
    try:
        probe.request("GET", "/healthz")
        status = probe.getresponse().status
    except OSError as error:
        sys.stderr.write(f"No answer: {error.strerror or type(error).__name__}\n")
        return 1
    finally:
        probe.close()
    return 0 if status == http.HTTPStatus.OK else 1


def _manage(rest: list[str]) -> int:
    return command_line.run(["manage.py", *rest])


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "web": _web,
    "migrate": _migrate,
    "check": _check,
    "static": _static,
    "healthy": _healthy,
    "manage": _manage,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

import socket
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from demo.logins import DEMO_PASSWORD, LOGIN_ROLES, login_of
from demo.plan import USUAL_SEED, USUAL_STUDENTS
from demo.state import Holds, database_state

HOST = "127.0.0.1"
DEFAULT_PORT = 8000
PORTS_TRIED = 50
HIGHEST_PORT = 65_535


class Command(BaseCommand):
    help = "Set everything up on a fresh machine - database, schema, demo district - and serve it. Asks for nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="Return when all is set up instead of serving.")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="Port to serve on (default 8000).")
        parser.add_argument("--students", type=int, default=USUAL_STUDENTS, help="How many students, at first.")
        parser.add_argument("--seed", type=int, default=USUAL_SEED, help="Another seed, another district, at first.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["port"] <= HIGHEST_PORT:
            raise CommandError(f"--port should be 1 to {HIGHEST_PORT}.")
        if options["students"] < 1:
            raise CommandError("--students should be 1 or more.")
        if not options["no_serve"] and not settings.DEBUG:
            raise CommandError(
                "DEBUG is off, and the development server is not for production. Set DEBUG=True to try the demo "
                "on this machine, or use --no-serve and serve it with gunicorn."
            )
        state = database_state()
        if state.holds is Holds.OTHERS:
            raise CommandError(
                "This database holds other data than the demo, which is left alone. "
                "Name an empty database in DATABASE_URL, or leave it unset to use the embedded one."
            )
        self.stdout.write("Migrating the database")
        call_command("migrate", verbosity=0, interactive=False, stdout=self.stdout, stderr=self.stderr)
        self.stdout.write("Verifying the schema")
        call_command("verify_schema", verbosity=options["verbosity"], stdout=self.stdout, stderr=self.stderr)
        if state.holds is Holds.NOTHING:
            call_command(
                "seed_demo",
                students=options["students"],
                seed=options["seed"],
                verbosity=options["verbosity"],
                stdout=self.stdout,
                stderr=self.stderr,
            )
        else:
            self.stdout.write(f"The demo district is there already (seed/students/day {state.mark}).")
        port = self._free_port(options["port"])
        self._print_logins(port)
        _lead_letters_to(port)
        if options["no_serve"]:
            self.stdout.write("Serve it with: uv run manage.py demo")
            return
        call_command("runserver", f"{HOST}:{port}", use_reloader=False, skip_checks=True)

    def _free_port(self, wanted: int) -> int:
        """The port that was asked for, or the next one that is free."""
        for port in range(wanted, min(wanted + PORTS_TRIED, HIGHEST_PORT + 1)):
            if _is_free(port):
                if port != wanted:
                    self.stdout.write(self.style.WARNING(f"Port {wanted} is taken; {port} is used instead."))
                return port
        raise CommandError(f"No port from {wanted} on is free. Name another one with --port.")

    def _print_logins(self, port: int) -> None:
        width = max(len(login_of(role)) for role in LOGIN_ROLES)
        line = f"  +{'-' * 16}+{'-' * (width + 2)}+{'-' * (len(DEMO_PASSWORD) + 2)}+"
        rows = [line, f"  | {'Role':14} | {'E-mail':{width}} | {'Password':{len(DEMO_PASSWORD)}} |", line]
        rows += [
            f"  | {role.replace('_', ' ').capitalize():14} | {login_of(role):{width}} | {DEMO_PASSWORD} |"
            for role in LOGIN_ROLES
        ]
        self.stdout.write("\n".join(["", f"  White Cross: http://{HOST}:{port}/", *rows, line, ""]))


def _lead_letters_to(port: int) -> None:
    """Links in letters lead to this server, unless PUBLIC_ADDRESS names another machine."""
    if urlsplit(settings.PUBLIC_ADDRESS).hostname == "localhost":
        settings.PUBLIC_ADDRESS = f"http://localhost:{port}"


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # A port whose last connection has just closed is free for a server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True

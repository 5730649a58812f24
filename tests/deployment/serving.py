"""The program as a production runs it: its entry point, real gunicorn, collected files, a login that owns nothing."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.deployment.clusters import Cluster, free_port
from tests.scratch import ROOT

HOST = "health.example.org"
# What a proxy with TLS says of a visitor.
FORWARDED = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Installation:
    """A migrated database, its static files, and the environment with which programs run on it."""

    cluster: Cluster
    static: Path
    extra: dict[str, str] = field(default_factory=dict)

    def environment(self, login: str) -> dict[str, str]:
        """The environment of a program that connects as this login; secrets are in files."""
        secrets = self.static.parent / "secrets"
        secrets.mkdir(exist_ok=True)
        (secrets / login).write_text(f"{self.cluster.url(login)}\n", encoding="utf-8")
        (secrets / "key").write_text("a-key-of-a-test's-own-" + "0123456789" * 5 + "\n", encoding="utf-8")
        (secrets / "second").write_text("b25seS1mb3ItdGhpcy1ydW4tMDAwMDAwMDAwMDAwMDA=\n", encoding="utf-8")
        dropped = ("DATABASE_", "SECRET_KEY", "SECOND_FACTOR_", "DJANGO_", "DEBUG", "PG", "SECURE_", "ALLOWED_", "WEB_")
        return {
            **{name: text for name, text in os.environ.items() if not name.startswith(dropped)},
            "DATABASE_URL_FILE": str(secrets / login),
            "SECRET_KEY_FILE": str(secrets / "key"),
            "SECOND_FACTOR_KEYS_FILE": str(secrets / "second"),
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "TRUSTED_PROXIES": "127.0.0.1",
            "PUBLIC_ADDRESS": f"https://{HOST}",
            "EMAIL_URL": "smtp://127.0.0.1:9",
            "TIME_ZONE": "America/Chicago",
            "SECURE_HSTS_SECONDS": "31536000",
            "STATIC_ROOT": str(self.static),
            "PYTHONWARNINGS": "default",
            **self.extra,
        }

    def run(self, login: str, *arguments: str, status: int = 0) -> str:
        """Run the entry point to its end, and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "whitecross.serve", *arguments],
            cwd=ROOT,
            env=self.environment(login),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    @contextmanager
    def served(self, *, descriptor: int | None = None, **environment: str) -> Iterator["Served"]:
        """Serve until the block ends. With `descriptor`, on a socket that somebody else opened."""
        port = free_port()
        settings = {
            "WEB_BIND": f"127.0.0.1:{port}" if descriptor is None else f"fd://{descriptor}",
            "WEB_WORKERS": "2",
            "WEB_THREADS": "4",
            "DATABASE_POOL": "4",
        }
        log = self.static.parent / f"web-{port}.log"
        with log.open("w", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "whitecross.serve", "web"],
                cwd=ROOT,
                env=self.environment("web") | settings | environment,
                stdout=output,
                stderr=output,
                pass_fds=() if descriptor is None else (descriptor,),
            )
        served = Served(process, port, log)
        try:
            if descriptor is None:
                served.wait_until_ready()
            else:  # the socket answers for whoever has it: the server's own word must do
                until(lambda: served.written().count("Booting worker") == 2, SECONDS_TO_START, served.written)
            yield served
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


@dataclass(frozen=True)
class Served:
    """A running server."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers by their names in lower case, and body of an answer; with no header but Host by default."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            named = {name.lower(): text for name, text in response.getheaders()}
            return response.status, named, response.read()
        finally:
            connection.close()

    def wait_until_ready(self) -> None:
        """Wait for the readiness probe."""
        until(lambda: self.process.poll() is not None or self.get("/readyz")[0] == 200, SECONDS_TO_START, self.written)
        assert self.process.poll() is None, self.written()

    def written(self) -> str:
        """What the server has logged."""
        return self.log.read_text(encoding="utf-8")

    def stop(self) -> int:
        """Ask it to stop as an operator does, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def until(true: Callable[[], object], seconds: float, told: Callable[[], object] = str) -> float:
    """Wait until the function is true, and return how many seconds that took; an error of the network is not true."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if true():
                return time.monotonic() - began
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} seconds: {told()}")

import http.client
import os
import re
import socket
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.tokens import public_link
from core.models import District, Student
from demo.management.commands import demo
from tests.factories.core import DistrictFactory

MANAGE = str(settings.BASE_DIR / "manage.py")


def environment(folder, **more: str) -> dict[str, str]:
    """The environment of somebody who has just downloaded the project, with the embedded server in `folder`."""
    ours = {"WHITECROSS_VAR": str(folder)} | more
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DEBUG", "SECRET_KEY")}
    return {name: value for name, value in kept.items() if name != "DJANGO_SETTINGS_MODULE"} | ours


def run_demo(folder, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, MANAGE, "demo", "--students=150", *options],
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("var")


@pytest.mark.xdist_group("demo_end_to_end")
def test_one_command_sets_everything_up_and_goes_on_from_there(folder):
    first = run_demo(folder, "--no-serve")
    assert first.returncode == 0, first.stderr
    assert "The schema is right" in first.stdout
    assert re.search(r"\d,\d{3} rows in [0-9.]+ s", first.stdout)
    assert "http://127.0.0.1:8" in first.stdout
    assert "nurse@demo.whitecross.example" in first.stdout
    assert "white-cross-demo" in first.stdout

    second = run_demo(folder, "--no-serve")

    assert second.returncode == 0, second.stderr
    assert "The demo district is there already" in second.stdout
    assert "rows in" not in second.stdout


@pytest.mark.xdist_group("demo_end_to_end")
def test_it_serves_on_the_next_free_port_and_says_so(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, MANAGE, "demo", "--students=150", f"--port={port}"],
            env=environment(folder, PYTHONUNBUFFERED="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            told = ""
            assert server.stdout is not None
            for line in server.stdout:
                told += line
                if "Quit the server" in line:
                    break
            address = re.search(r"http://127\.0\.0\.1:(\d+)/", told)
            assert address is not None
            page = http.client.HTTPConnection("127.0.0.1", int(address[1]), timeout=30)
            page.request("GET", "/admin/login/")
            status = page.getresponse().status
            page.close()
        finally:
            server.terminate()
            server.communicate(timeout=30)

    assert f"Port {port} is taken; {address[1]} is used instead." in told
    assert status == 200


@pytest.mark.django_db
def test_other_peoples_data_is_left_alone():
    DistrictFactory()

    with pytest.raises(CommandError, match="holds other data than the demo, which is left alone"):
        call_command("demo", "--no-serve", verbosity=0)

    assert (District.objects.count(), Student.objects.count()) == (1, 0)


@pytest.mark.django_db
def test_it_does_not_serve_without_debug(settings):
    settings.DEBUG = False

    with pytest.raises(CommandError, match="DEBUG is off"):
        call_command("demo", verbosity=0)

    assert District.objects.count() == 0


def test_it_says_when_no_port_is_free(monkeypatch):
    monkeypatch.setattr(demo, "PORTS_TRIED", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=f"No port from {port} on is free"):
            demo.Command()._free_port(port)


def test_links_in_letters_lead_to_the_server_on_its_port(settings):
    settings.PUBLIC_ADDRESS = "http://localhost:8000"
    demo._lead_letters_to(8061)
    assert public_link("/account/") == "http://localhost:8061/account/"

    settings.PUBLIC_ADDRESS = "https://records.example.org"
    demo._lead_letters_to(8061)
    assert public_link("/account/") == "https://records.example.org/account/"

"""A real browser: Debian's Chromium, because none is downloaded here. Without it these tests are skipped."""

import shutil
from io import StringIO

import pytest
from django.core.management import call_command
from playwright.sync_api import expect

# Two browsers, two servers and a database share the gate's machine: five seconds, the usual, are not always enough.
expect.set_options(timeout=20_000)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items):
    if CHROMIUM is None:
        for item in items:
            if "/browser/" in item.nodeid:
                item.add_marker(pytest.mark.skip(reason="no Chromium is installed"))


@pytest.fixture(scope="session")
def base_url():
    """None: tests name the live server. The plugin's own fixture is written in a way that pytest deprecates."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox"]}


@pytest.fixture
def demo_district(transactional_db, live_server):
    """The address of a server with a small demo district, as it stands today."""
    call_command("seed_demo", "--students", "160", verbosity=0, stdout=StringIO())
    return live_server.url

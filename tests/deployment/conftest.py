"""A production in small: a server of PostgreSQL with its logins, migrated by the owner, served as the web's login."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import (  # noqa: F401 - the same browser, by the same fixtures
    CHROMIUM,
    base_url,
    browser_type_launch_args,
)
from tests.deployment.clusters import DEBIAN, Cluster, new_cluster
from tests.deployment.serving import Installation, Served

VERSIONS = [
    pytest.param(None, id="embedded-18"),
    pytest.param(
        DEBIAN, id="debian-15", marks=pytest.mark.skipif(not DEBIAN.exists(), reason="no PostgreSQL 15 is installed")
    ),
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process has all tests of one server: some of them stop it. Those of another version may run beside them.

    Both versions are here each time, so it does not matter on which the other tests run.
    """
    for item in items:
        if "/deployment/" in item.nodeid:
            item.add_marker(pytest.mark.any_database)
        if "/deployment/" in item.nodeid and "cluster" in getattr(item, "fixturenames", ()):
            version = "debian-15" if "debian-15" in item.nodeid else "embedded-18"
            item.add_marker(pytest.mark.xdist_group(f"deployment on {version}"))


@pytest.fixture(scope="session", params=VERSIONS)
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A server of PostgreSQL with nothing but the logins of the administrator's script and an empty database."""
    with new_cluster(request.param) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def installation(cluster: Cluster) -> Iterator[Installation]:
    """The same with a small demo district, and with collected static files."""
    folder = Path(tempfile.mkdtemp(prefix="wx-installation-"))
    installation = Installation(cluster, folder / "static")
    installation.run("owner", "static", "--verbosity", "0")
    installation.run("owner", "migrate", "--verbosity", "0")
    installation.run("owner", "manage", "seed_demo", "--students", "160", "--verbosity", "0")
    try:
        yield installation
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def web(installation: Installation) -> Iterator[Served]:
    """The same, served."""
    with installation.served() as served:
        yield served

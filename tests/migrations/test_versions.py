"""Every PostgreSQL from 15 to 18 ends up with the same schema."""

from pathlib import Path
from typing import Any

import pytest

from tests.scratch import Scratch

# The embedded package brings two servers; CI runs the whole suite on Debian's 15 beside them.
EMBEDDED_VERSIONS = ("16", "18")


def without_native_functions(catalogue: dict[str, Any]) -> dict[str, Any]:
    """uuidv7() is ours up to 17 and the server's own from 18 on."""
    return catalogue | {
        kind: {name: value for name, value in catalogue[kind].items() if name != "uuidv7()"}
        for kind in ("functions", "function_grants")
    }


@pytest.mark.slow
@pytest.mark.parametrize("version", EMBEDDED_VERSIONS)
def test_the_catalogue_is_the_same_as_on_the_tests_server(version, tmp_path: Path, migrated_catalogue):
    server = Scratch(
        "", (("DATABASE_URL", ""), ("WHITECROSS_VAR", str(tmp_path)), ("PGSERVER_POSTGRES_VERSION", version))
    )
    server.manage("migrate", "--verbosity", "0")

    found = server.catalogue()

    assert (tmp_path / "postgres" / "PG_VERSION").read_text().strip() == version
    assert without_native_functions(found) == without_native_functions(migrated_catalogue)
    assert ("uuidv7()" in found["functions"]) is (int(version) < 18)
    server.manage("verify_schema")

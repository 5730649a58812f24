"""`manage.py dbshell` on the embedded server, with the embedded server's psql."""

from typing import Any

from django.db.backends.postgresql.client import DatabaseClient as PostgresClient

from .server import binaries


class DatabaseClient(PostgresClient):
    def runshell(self, parameters: Any) -> None:
        self.connection.ensure_connection()  # fills HOST and USER
        self.executable_name = str(binaries() / "psql")
        super().runshell(parameters)

"""Django's entry point to the backend."""

from pathlib import Path
from typing import Any

from whitecross.postgresql import base

from .client import DatabaseClient
from .server import start


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        self.settings_dict["HOST"], self.settings_dict["USER"] = start(
            Path(self.settings_dict["DATA_DIR"]), "whitecross"
        )
        return super().get_connection_params()

from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.apps import apps as all_apps
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class ConfigurationConfig(AppConfig):
    name = "configuration"
    verbose_name = "Settings"

    def ready(self) -> None:
        from configuration.documentation import table_of_settings  # noqa: PLC0415 - needs the models
        from configuration.verifying import setting_problems  # noqa: PLC0415 - needs the models
        from core.schema.documentation import FURTHER_PARTS  # noqa: PLC0415 - needs the models
        from core.schema.verification import FURTHER_CHECKS  # noqa: PLC0415 - needs the models

        autodiscover_modules("declared_settings")
        FURTHER_CHECKS["settings"] = setting_problems
        FURTHER_PARTS[Path("docs/configuration.md")] = ("settings", table_of_settings)
        post_migrate.connect(_bring_declared_settings, sender=self, dispatch_uid="configuration.declared_settings")


def _bring_declared_settings(*, using: str, apps: Any = None, **_: Any) -> None:
    from configuration.bringing import bring_declared_settings  # noqa: PLC0415 - needs the models

    try:
        (apps or all_apps).get_model("configuration", "SystemConfiguration")
    except LookupError:
        return  # migrated back to before there were settings
    bring_declared_settings(using)

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"
    verbose_name = "Organization and people"

    def ready(self) -> None:
        from core.database import enum_arrays  # noqa: PLC0415

        enum_arrays.connect()

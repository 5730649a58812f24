from django.apps import AppConfig

from .contenders import at_work


class AuditLibrariesConfig(AppConfig):
    """Registers health records with django-auditlog, which wants that done once the models are there."""

    name = "benchmarks.audit_libraries_project"
    label = "audit_libraries_project"

    def ready(self) -> None:
        if "auditlog" in at_work().apps:
            from auditlog.registry import auditlog  # type: ignore[import-not-found]  # noqa: PLC0415

            from health.models import HealthRecord  # noqa: PLC0415

            auditlog.register(HealthRecord)

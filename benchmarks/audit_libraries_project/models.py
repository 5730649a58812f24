"""Health records as django-simple-history and django-pghistory want them registered: before the apps are ready."""

import os

from django.conf import settings

from health.models import HealthRecord

if "simple_history" in settings.CONTENDER.apps:
    import simple_history  # type: ignore[import-not-found]

    simple_history.register(HealthRecord, app="benchmarks.audit_libraries_project")

if "pghistory" in settings.CONTENDER.apps:
    import pghistory  # type: ignore[import-not-found]

    class HealthRecordEvent(
        pghistory.create_event_model(  # type: ignore[misc]
            HealthRecord,
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            app_label="audit_libraries_project",
            model_name="HealthRecordEvent",
            level=pghistory.Row if os.environ["AUDIT_CONTENDER"] == "pghistory_row" else pghistory.Statement,
        )
    ):
        class Meta:
            app_label = "audit_libraries_project"
            db_table = "audit_libraries_project_healthrecordevent"

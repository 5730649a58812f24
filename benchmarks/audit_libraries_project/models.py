"""Health records as django-simple-history and django-pghistory want them registered: before the apps are ready."""

from health.models import HealthRecord

from .contenders import CONTENDERS, at_work

if "simple_history" in at_work().apps:
    import simple_history  # type: ignore[import-not-found]

    simple_history.register(HealthRecord, app="benchmarks.audit_libraries_project")

if "pghistory" in at_work().apps:
    import pghistory  # type: ignore[import-not-found]

    class HealthRecordEvent(
        pghistory.create_event_model(  # type: ignore[misc]
            HealthRecord,
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            app_label="audit_libraries_project",
            model_name="HealthRecordEvent",
            level=pghistory.Row if at_work() is CONTENDERS["pghistory_row"] else pghistory.Statement,
        )
    ):
        class Meta:
            app_label = "audit_libraries_project"
            db_table = "audit_libraries_project_healthrecordevent"

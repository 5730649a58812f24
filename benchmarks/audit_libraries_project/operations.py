"""What a contender's process does: make its log, and time operations on health records."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from django.apps import apps
from django.db import OperationalError, connection, transaction

from benchmarks.health_records import copy_in, stored_columns, unsaved_records
from benchmarks.measure import processor_seconds
from health.models import HealthRecord

from .contenders import EVERY_TRIGGER, OWN_AUDIT, at_work

CONTENDER = at_work()
GUARDED = CONTENDER.own_triggers == EVERY_TRIGGER
PATIENCE = 60  # seconds for one statement: tens of times what the bare table needs
Work = Callable[[], int]


def prepare() -> dict[str, Any]:
    """Make the library's tables and triggers in the database at hand, and leave the table bare but for them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(tgname) FROM pg_trigger "
            "WHERE tgrelid = 'health_records'::regclass AND NOT tgisinternal AND tgname LIKE %s",
            [OWN_AUDIT],
        )
        audit_triggers = [name for (name,) in cursor.fetchall()]
        if CONTENDER.own_triggers and not audit_triggers:
            return {"absent": "not installed: health_records has no trigger whose name contains _audit_"}
        if GUARDED:
            return {}
        cursor.execute("ALTER TABLE health_records DISABLE TRIGGER USER")
        if CONTENDER.own_triggers:
            for name in audit_triggers:
                cursor.execute(f"ALTER TABLE health_records ENABLE TRIGGER {name}")
            return {}
    labels = [app.rpartition(".")[2] for app in (*CONTENDER.apps, "audit_libraries_project")]
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.app_label in labels and model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
    if "pghistory" in CONTENDER.apps:
        import pgtrigger  # type: ignore[import-not-found]  # noqa: PLC0415
        from pghistory.models import Context  # type: ignore[import-not-found]  # noqa: PLC0415

        Context.install_pgh_attach_context_func()
        pgtrigger.install()
    return {}


def run(operation: str, rows: int, file: str) -> dict[str, Any]:
    """Time one operation; returns its seconds, how many changes were expected and caught, and the log's growth."""
    if CONTENDER.helpers and operation not in HELPED:
        return {"absent": "-"}
    work = OPERATIONS[operation](rows, Path(file))
    # The first statement of a connection pays for its caches; no contender is charged with that.
    list(HealthRecord.all_objects.all()[:1])
    entries, size = _ask(CONTENDER.count), _ask(CONTENDER.size)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{PATIENCE}s"])
    session: Any = connection.connection
    processor, started = processor_seconds(session), time.perf_counter()
    try:
        changed = work()
    except (OperationalError, psycopg.errors.QueryCanceled):  # the statement was cancelled
        return {"absent": f"a statement over {PATIENCE} s"}
    seconds, processor = time.perf_counter() - started, processor_seconds(session) - processor
    return {
        "seconds": seconds,
        "processor": processor,
        "expected": changed,
        "caught": _ask(CONTENDER.count) - entries,
        "bytes": _ask(CONTENDER.size) - size,
    }


def _ask(question: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return int(cursor.fetchone()[0])


# Each operation makes ready what is not to be timed, and returns the work, which returns how many rows it changed.


def single_inserts(rows: int, file: Path) -> Work:
    records = list(unsaved_records(rows, GUARDED))

    def work() -> int:
        for record in records:
            with transaction.atomic():  # a request is a transaction
                record.save()
        return rows

    return work


def single_inserts_together(rows: int, file: Path) -> Work:
    records = list(unsaved_records(rows, GUARDED))

    def work() -> int:
        with transaction.atomic():
            for record in records:
                record.save()
        return rows

    return work


def bulk_create(rows: int, file: Path) -> Work:
    records = list(unsaved_records(rows, GUARDED))
    if CONTENDER.helpers:
        from simple_history.utils import bulk_create_with_history  # type: ignore[import-not-found]  # noqa: PLC0415

        return lambda: len(bulk_create_with_history(records, HealthRecord))
    return lambda: len(HealthRecord.objects.bulk_create(records))


def queryset_update(rows: int, file: Path) -> Work:
    return lambda: int(HealthRecord.objects.update(title="Changed"))


def bulk_update(rows: int, file: Path) -> Work:
    records = list(HealthRecord.objects.order_by("pk")[:rows])
    for number, record in enumerate(records):
        record.title = f"Changed {number}"
    if CONTENDER.helpers:
        from simple_history.utils import bulk_update_with_history  # noqa: PLC0415

        return lambda: int(bulk_update_with_history(records, HealthRecord, ["title"], batch_size=1000))
    return lambda: int(HealthRecord.objects.bulk_update(records, ["title"], batch_size=1000))


def raw_update(rows: int, file: Path) -> Work:
    def work() -> int:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE health_records SET title = title || ' (changed)'")
            return int(cursor.rowcount)

    return work


def copy(rows: int, file: Path) -> Work:
    connection.ensure_connection()
    session: Any = connection.connection
    columns = stored_columns(session, "health_records", GUARDED)

    def work() -> int:
        copy_in(session, "health_records", columns, file)
        return rows

    return work


def delete(rows: int, file: Path) -> Work:
    chosen = HealthRecord.objects.filter(pk__in=list(HealthRecord.objects.values_list("pk", flat=True)[:rows]))
    return lambda: int(chosen.delete()[0])


OPERATIONS: dict[str, Callable[[int, Path], Work]] = {
    "single_inserts": single_inserts,
    "single_inserts_together": single_inserts_together,
    "bulk_create": bulk_create,
    "queryset_update": queryset_update,
    "bulk_update": bulk_update,
    "raw_update": raw_update,
    "copy": copy,
    "delete": delete,
}
HELPED = {"bulk_create", "bulk_update"}  # for which django-simple-history has functions of its own

"""The process of one contender: prepares its database, and runs operations on copies of it.

Reads one JSON object per line from standard input, and answers each with one: what was measured, or the error.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django

from .contenders import EVERY_TRIGGER, OWN_AUDIT

def prepare() -> dict[str, Any]:
    """Make the library's tables and triggers in the database at hand, and leave the table bare but for them."""
    from django.apps import apps  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    contender = settings.CONTENDER
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(tgname) FROM pg_trigger "
            "WHERE tgrelid = 'health_records'::regclass AND NOT tgisinternal AND tgname LIKE %s",
            [OWN_AUDIT],
        )
        audit_triggers = [name for (name,) in cursor.fetchall()]
        if contender.own_triggers and not audit_triggers:
            return {"absent": "not installed: health_records has no trigger whose name contains _audit_"}
        if contender.own_triggers == EVERY_TRIGGER:
            return {}
        cursor.execute("ALTER TABLE health_records DISABLE TRIGGER USER")
        if contender.own_triggers:
            for name in audit_triggers:
                cursor.execute(f"ALTER TABLE health_records ENABLE TRIGGER {name}")
            return {}
    labels = [app.rpartition(".")[2] for app in (*contender.apps, "audit_libraries_project")]
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            if model._meta.app_label in labels and model._meta.managed and not model._meta.proxy:
                editor.create_model(model)
    if "pghistory" in contender.apps:
        import pgtrigger  # type: ignore[import-not-found]  # noqa: PLC0415
        from pghistory.models import Context  # type: ignore[import-not-found]  # noqa: PLC0415

        Context.install_pgh_attach_context_func()
        pgtrigger.install()
    return {}


def run(operation: str, rows: int, file: str) -> dict[str, Any]:
    """Time one operation; returns its seconds, how many changes were expected and caught, and the log's growth."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from health.models import HealthRecord  # noqa: PLC0415

    def ask(question: str) -> int:
        with connection.cursor() as cursor:
            cursor.execute(question)
            return int(cursor.fetchone()[0])

    work = OPERATIONS[operation](HealthRecord, rows, file)
    if work is None:
        return {"absent": "-"}
    contender = settings.CONTENDER
    # The first statement of a connection pays for its caches; so that no contender is charged with that.
    list(HealthRecord.all_objects.all()[:1])
    entries, size = ask(contender.count), ask(contender.size)
    started = time.perf_counter()
    changed = work()
    seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "expected": changed,
        "caught": ask(contender.count) - entries,
        "bytes": ask(contender.size) - size,
    }


Work = Callable[[], int]


def single_inserts(model: Any, rows: int, file: str) -> Work | None:
    from django.db import transaction  # noqa: PLC0415

    from benchmarks.health_records import unsaved_records  # noqa: PLC0415

    records = list(unsaved_records(rows))

    def work() -> int:
        for record in records:
            with transaction.atomic():  # a request is a transaction
                record.save()
        return rows

    return None if _helpers() else work


def single_inserts_together(model: Any, rows: int, file: str) -> Work | None:
    from django.db import transaction  # noqa: PLC0415

    from benchmarks.health_records import unsaved_records  # noqa: PLC0415

    records = list(unsaved_records(rows))

    def work() -> int:
        with transaction.atomic():
            for record in records:
                record.save()
        return rows

    return None if _helpers() else work


def bulk_create(model: Any, rows: int, file: str) -> Work:
    from benchmarks.health_records import unsaved_records  # noqa: PLC0415

    records = list(unsaved_records(rows))
    if _helpers():
        from simple_history.utils import bulk_create_with_history  # type: ignore[import-not-found]  # noqa: PLC0415

        return lambda: len(bulk_create_with_history(records, model))
    return lambda: len(model.objects.bulk_create(records))


def queryset_update(model: Any, rows: int, file: str) -> Work | None:
    chosen = model.objects.filter(pk__in=model.objects.order_by("pk").values("pk")[:rows])
    return None if _helpers() else lambda: int(chosen.update(title="Changed"))


def bulk_update(model: Any, rows: int, file: str) -> Work:
    records = list(model.objects.order_by("pk")[:rows])
    for number, record in enumerate(records):
        record.title = f"Changed {number}"
    if _helpers():
        from simple_history.utils import bulk_update_with_history  # noqa: PLC0415

        return lambda: int(bulk_update_with_history(records, model, ["title"], batch_size=1000))
    return lambda: int(model.objects.bulk_update(records, ["title"], batch_size=1000))


def raw_update(model: Any, rows: int, file: str) -> Work | None:
    from django.db import connection  # noqa: PLC0415

    def work() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE health_records SET title = title || ' (changed)' "
                "WHERE id IN (SELECT id FROM health_records ORDER BY id LIMIT %s)",
                [rows],
            )
            return int(cursor.rowcount)

    return None if _helpers() else work


def copy(model: Any, rows: int, file: str) -> Work | None:
    from django.db import connection  # noqa: PLC0415

    from benchmarks.health_records import copy_in, stored_columns  # noqa: PLC0415

    connection.ensure_connection()
    columns = stored_columns(connection.connection, "health_records")

    def work() -> int:
        copy_in(connection.connection, "health_records", columns, Path(file))
        return rows

    return None if _helpers() else work


def delete(model: Any, rows: int, file: str) -> Work | None:
    keys = list(model.objects.order_by("pk").values_list("pk", flat=True)[:rows])
    return None if _helpers() else lambda: int(model.objects.filter(pk__in=keys).delete()[0])


def hard_delete(model: Any, rows: int, file: str) -> Work | None:
    from django.db import connection, transaction  # noqa: PLC0415

    keys = list(model.objects.order_by("pk").values_list("pk", flat=True)[:rows])

    def work() -> int:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('whitecross.purge', 'benchmark', true)")
            return int(model.all_objects.filter(pk__in=keys).hard_delete()[0])

    return None if _helpers() else work


OPERATIONS: dict[str, Callable[[Any, int, str], Work | None]] = {
    "single_inserts": single_inserts,
    "single_inserts_together": single_inserts_together,
    "bulk_create": bulk_create,
    "queryset_update": queryset_update,
    "bulk_update": bulk_update,
    "raw_update": raw_update,
    "copy": copy,
    "delete": delete,
    "hard_delete": hard_delete,
}


def _helpers() -> bool:
    """Whether the library's own bulk functions are measured; all else is then the same as without."""
    from django.conf import settings  # noqa: PLC0415

    return bool(settings.CONTENDER.helpers)


def main() -> None:
    ready = False
    for line in sys.stdin:
        task = json.loads(line)
        try:
            if not ready:
                django.setup()
                ready = True
            from django.db import connection  # noqa: PLC0415

            connection.close()
            connection.settings_dict["NAME"] = task.pop("database")
            answer = prepare() if task["operation"] == "prepare" else run(**task)
        except Exception as error:  # noqa: BLE001 - the report says what a library could not do
            answer = {"absent": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
        finally:
            if ready:
                from django.db import connection  # noqa: PLC0415

                connection.close()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

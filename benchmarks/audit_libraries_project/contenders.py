"""Who takes part in `benchmarks.audit_libraries`."""

import os
from dataclasses import dataclass

# Entries of one purge may stand for many rows.
OWN_ENTRIES = """
SELECT greatest(
    count(*) FILTER (WHERE action IN ('CREATE', 'UPDATE', 'DELETE')),
    coalesce(sum(row_count) FILTER (WHERE action = 'PURGE'), 0)
) FROM audit_logs WHERE entity_type = 'health_records'
"""
OWN_SIZE = """
SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree('audit_logs')
"""
EVENTS = "audit_libraries_project_healthrecordevent"
HISTORY = "audit_libraries_project_historicalhealthrecord"


EVERY_TRIGGER, OWN_AUDIT = "%", r"%\_audit\_%"  # LIKE patterns of the project's own triggers


@dataclass(frozen=True)
class Contender:
    """An audit log: the apps it needs, how its entries are counted, and which of the project's own triggers run."""

    title: str
    apps: tuple[str, ...] = ()
    log_table: str | None = None
    own_triggers: str | None = None
    helpers: bool = False  # the library's own bulk functions instead of Django's

    @property
    def count(self) -> str:
        """SQL: how many changes of health records the log holds."""
        if self.own_triggers:
            return OWN_ENTRIES
        return f"SELECT count(*) FROM {self.log_table}" if self.log_table else "SELECT 0"

    @property
    def size(self) -> str:
        """SQL: the log's bytes, its indexes included."""
        if self.own_triggers:
            return OWN_SIZE
        return f"SELECT pg_total_relation_size('{self.log_table}')" if self.log_table else "SELECT 0"


NOTHING = "nothing"
CONTENDERS = {
    NOTHING: Contender("nothing"),
    "auditlog": Contender("django-auditlog", ("auditlog",), "auditlog_logentry"),
    "simple_history": Contender("django-simple-history", ("simple_history",), HISTORY),
    "simple_history_bulk": Contender(
        "django-simple-history, its bulk functions", ("simple_history",), HISTORY, helpers=True
    ),
    "pghistory_statement": Contender("django-pghistory, statement", ("pgtrigger", "pghistory"), EVENTS),
    "pghistory_row": Contender("django-pghistory, row", ("pgtrigger", "pghistory"), EVENTS),
    "own_audit": Contender("White Cross, audit alone", own_triggers=OWN_AUDIT),
    "own_guard": Contender("White Cross, whole guard", own_triggers=EVERY_TRIGGER),
}


def at_work() -> Contender:
    """The contender whose process this is."""
    return CONTENDERS[os.environ["AUDIT_CONTENDER"]]

"""The guard's triggers: what they are on each table."""

from collections.abc import Sequence
from typing import Any, ClassVar

from core.database.operations.triggers import WEB_ACTS, CreateTrigger


class TableTriggers(CreateTrigger):
    """The same triggers on each of some tables. Lock: each table against writing, for a moment. Undone by dropping.

    `TRIGGERS` has the end of each one's name, its event and its action, as `CreateTrigger` wants them.
    """

    TRIGGERS: ClassVar[Sequence[tuple[str, str, str]]] = ()

    def __init__(self, tables: Sequence[str]) -> None:
        self.tables = list(tables)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.tables], {}

    def triggers(self) -> list[CreateTrigger]:
        return [
            CreateTrigger(f"{table}_{suffix}", table, event, action)
            for table in self.tables
            for suffix, event, action in self.TRIGGERS
        ]

    def describe(self) -> str:
        return f"Create {', '.join(suffix for suffix, *_ in self.TRIGGERS)} on {', '.join(self.tables)}"

    @property
    def migration_name_fragment(self) -> str:
        return "_".join(suffix for suffix, *_ in self.TRIGGERS)


class StampNewRows(TableTriggers):
    """Let `stamp_row()` say who made a row, and when, if somebody has been declared to act. Others pay for a look."""

    TRIGGERS = (
        (
            "stamped",
            "BEFORE INSERT",
            f"FOR EACH ROW WHEN (current_setting('whitecross.actor_id', true) <> '' OR {WEB_ACTS}) "
            "EXECUTE FUNCTION stamp_row()",
        ),
    )


class MarkDeletions(TableTriggers):
    """Let `mark_deletion()` mark deleted rows, and unmark restored ones, on tables with soft delete."""

    TRIGGERS = (
        (
            "mark",
            "BEFORE UPDATE",
            "FOR EACH ROW WHEN (OLD.deleted_at IS DISTINCT FROM NEW.deleted_at "
            "OR OLD.deletion_id IS DISTINCT FROM NEW.deletion_id) EXECUTE FUNCTION mark_deletion()",
        ),
        (
            "mark_new",
            "BEFORE INSERT",
            f"FOR EACH ROW WHEN (NEW.deleted_at IS NOT NULL AND {WEB_ACTS}) EXECUTE FUNCTION mark_deletion()",
        ),
    )


class DeleteTrees(TableTriggers):
    """Let what rows of these tables own go, and come back, with them.

    The name sorts before `<table>_move`: of a row that is deleted and moved at once, the records are deleted first.
    """

    TRIGGERS = (
        (
            "along",
            "AFTER UPDATE",
            "REFERENCING OLD TABLE AS _old NEW TABLE AS _new FOR EACH STATEMENT EXECUTE FUNCTION soft_delete_tree()",
        ),
    )


class RefuseDelete(TableTriggers):
    """Refuse to erase a row of these tables outside a declared purge, or under a legal hold."""

    TRIGGERS = (("guard", "BEFORE DELETE", "FOR EACH ROW EXECUTE FUNCTION guard_delete()"),)


class RefuseTruncate(TableTriggers):
    """Refuse to empty these tables outside a declared purge, or while a legal hold is open."""

    TRIGGERS = (("full", "BEFORE TRUNCATE", "FOR EACH STATEMENT EXECUTE FUNCTION guard_delete()"),)

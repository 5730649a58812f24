"""Create functions in the database."""

import re
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.database.operations.database_only import DatabaseOnlyOperation, run


class CreateFunction(DatabaseOnlyOperation):
    """Create a function, or give it a new body. Locks no table.

    `definition` is the whole CREATE OR REPLACE FUNCTION statement. Undone by dropping the function, or by `previous`,
    the definition it had before. A function for triggers is the owner's alone: hung on a temporary table, one that runs
    with its owner's rights would do for anybody what it does for our tables. Firing a trigger asks for no privilege.
    """

    def __init__(self, definition: str, *, previous: str | None = None) -> None:
        self.definition, self.previous = definition, previous

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.definition], {"previous": self.previous} if self.previous else {}

    @property
    def signature(self) -> str:
        """Name and argument types, as DROP FUNCTION wants them."""
        found = re.search(r"FUNCTION\s+(\w+\([^)]*\))", self.definition)
        if found is None:
            raise ValueError("The definition should begin with CREATE OR REPLACE FUNCTION name(arguments).")
        return found[1]

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.signature.split("(")[0]

    @property
    def body(self) -> str:
        """What stands between the dollar quotes, as the catalogue keeps it."""
        return self.definition.split("$$")[1]

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, self.definition)
        if re.search(r"\bRETURNS\s+trigger\b", self.definition):
            run(schema_editor, f"REVOKE ALL ON FUNCTION {self.signature} FROM PUBLIC")

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        run(schema_editor, self.previous or f"DROP FUNCTION {self.signature}")

    def describe(self) -> str:
        return f"Create function {self.name}"

    @property
    def migration_name_fragment(self) -> str:
        return f"create_{self.name}"


# RFC 9562, section 5.7 with method 3 of 6.2: 48 bits of milliseconds, 12 bits of the fraction below, 62 random bits.
# PostgreSQL 18's own function counts the same way.
_UUIDV7 = """
CREATE OR REPLACE FUNCTION uuidv7() RETURNS uuid
LANGUAGE plpgsql VOLATILE PARALLEL SAFE SET search_path = pg_catalog AS $$
DECLARE
    microseconds bigint := floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    fraction integer := (microseconds % 1000 * 4096 / 1000)::integer;
    bytes bytea := uuid_send(gen_random_uuid());
BEGIN
    bytes := overlay(bytes PLACING substring(int8send(microseconds / 1000) FROM 3) FROM 1 FOR 6);
    bytes := set_byte(bytes, 6, 112 | (fraction >> 8));
    bytes := set_byte(bytes, 7, fraction & 255);
    RETURN encode(bytes, 'hex')::uuid;
END
$$
"""


class CreateUuidV7(CreateFunction):
    """Create `uuidv7()` where PostgreSQL has none of its own (15 to 17). Locks nothing. Undone by dropping ours."""

    NATIVE_SINCE = 180000

    def __init__(self) -> None:
        super().__init__(_UUIDV7)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {}

    def forwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if schema_editor.connection.pg_version < self.NATIVE_SINCE:  # type: ignore[attr-defined]  # PostgreSQL's
            super().forwards(schema_editor)

    def backwards(self, schema_editor: BaseDatabaseSchemaEditor) -> None:
        # IF EXISTS: a database may have been moved to 18 since. Qualified: 18's own function is not ours to drop.
        run(schema_editor, "DROP FUNCTION IF EXISTS public.uuidv7()")

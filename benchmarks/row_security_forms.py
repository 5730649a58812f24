"""The forms a policy by reach can take, each as the policy of a role of its own, side by side on the same tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

__all__ = ["FORMS", "Form", "forms_as_roles"]

_SETTING = "current_setting('whitecross.schools', true)"
_DISTRICT = "nullif(current_setting('whitecross.district_id', true), '')::uuid"
_BY_SUBSELECT = f"school_id = ANY ((SELECT nullif({_SETTING}, '')::uuid[])::uuid[])"


@dataclass(frozen=True)
class Form:
    """What a policy says of students and of health records, and the readers it is tried with, by their names."""

    name: str
    students: str
    records: str
    readers: tuple[str, ...] = ("",)

    @property
    def role(self) -> str:
        return f"benchmark_{self.name.replace(' ', '_')}"


def _same(name: str, using: str, *readers: str) -> Form:
    return Form(name, using, using, readers or ("",))


SCOPED = ("nurse", "district")

FORMS = (
    _same("bare", f"school_id = ANY (nullif({_SETTING}, '')::uuid[])", *SCOPED),
    _same("bare no nullif", f"school_id = ANY ({_SETTING}::uuid[])", *SCOPED),
    _same("subselect", _BY_SUBSELECT),
    _same("function", "school_id = ANY (benchmark_schools_in_reach())", *SCOPED),
    _same("costed", "school_id = ANY (benchmark_schools_at_a_cost())", *SCOPED),
    _same("hashed", f"school_id IN (SELECT unnest(nullif({_SETTING}, '')::uuid[]))", "district"),
    _same(
        "one school", "school_id = nullif(current_setting('whitecross.home_school', true), '')::uuid", "nurse, 1 school"
    ),
    Form("district", f"district_id = {_DISTRICT}", _BY_SUBSELECT, ("district",)),
    _same("true", "true", "administrator"),
)

# The first is inlined, so it is the bare form again. The second is not, so its cost counts: the planner, which sees the
# schools in it as well, looks them up in an index once rather than parse them for every row of a walk.
_FUNCTIONS = {
    "benchmark_schools_in_reach": f"LANGUAGE sql STABLE AS $$ SELECT nullif({_SETTING}, '')::uuid[] $$",
    "benchmark_schools_at_a_cost": "LANGUAGE plpgsql STABLE PARALLEL SAFE COST 10000 "
    f"AS $$ BEGIN RETURN nullif({_SETTING}, '')::uuid[]; END $$",
}


@contextmanager
def forms_as_roles(session: psycopg.Connection[Any], *, wanted: bool) -> Iterator[None]:
    """Each form's role and policies, for as long as the comparison takes. The owner sees everything as before."""
    if not wanted:
        yield
        return
    for function, definition in _FUNCTIONS.items():
        session.execute(f"CREATE OR REPLACE FUNCTION {function}() RETURNS uuid[] {definition}".encode())
    secured = session.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'").fetchall()
    try:
        for form in FORMS:
            exists = session.execute("SELECT FROM pg_roles WHERE rolname = %s", [form.role]).fetchone()
            if exists is None:
                session.execute(f"CREATE ROLE {form.role} NOLOGIN".encode())
            session.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {form.role}".encode())
            for (table,) in secured:
                using = {"students": form.students, "health_records": form.records}.get(table, "true")
                session.execute(f"DROP POLICY IF EXISTS {form.role} ON {table}".encode())
                session.execute(f"CREATE POLICY {form.role} ON {table} TO {form.role} USING ({using})".encode())
        yield
    finally:
        for form in FORMS:
            session.execute(f"DROP OWNED BY {form.role}".encode())
            session.execute(f"DROP ROLE {form.role}".encode())
        for function in _FUNCTIONS:
            session.execute(f"DROP FUNCTION {function}()".encode())

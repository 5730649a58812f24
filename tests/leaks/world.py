"""Two districts whose every text is unmistakable: a word of a place that stands in an answer tells where it is from.

The rows come from the factories of all models, and the words from the database: each column of text is given one,
unless a rule of the table refuses it. So a new table or column is covered by itself.
"""

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError, connection, models, transaction

from accounts.models import UserSession
from configuration.models import ConfigValueType
from core.database.soft_delete import SoftDeleteModel
from core.models import District, School, Student, User, UserRole
from core.schema.expectation import our_models
from medications.models import Medication, StudentMedication
from tests.factories.accounts import UserSessionFactory
from tests.factories.core import DistrictFactory, SchoolFactory, StudentFactory, UserFactory
from tests.factories.medications import StudentMedicationFactory
from tests.schema.rows import execute, query
from tests.test_factories import FACTORIES

# District A has the schools a1 and a2, district B has b1.
PLACES = ("a1", "a2", "b1")
# One for all districts: the catalogue of medications, and the chain of seals.
SHARED = {"medications", "audit_seals"}
# Seen by the whole district: what is so of the school a2 has words of "o2".
ORGANISATION = {"districts", "schools", "users", "school_assignments", "system_configurations", "configuration_history"}

_TEXTS = """
SELECT a.attname::text, format_type(a.atttypid, NULL), coalesce(nullif(a.atttypmod, -1) - 4, 0)
FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
AND format_type(a.atttypid, NULL) IN ('character varying', 'text', 'character varying[]', 'text[]', 'jsonb')
ORDER BY a.attnum
"""


@dataclass
class World:
    """Rows by place and table; `staff` are those who look, by role."""

    districts: dict[str, District] = field(default_factory=dict)
    schools: dict[str, School] = field(default_factory=dict)
    students: dict[str, Student] = field(default_factory=dict)
    staff: dict[str, User] = field(default_factory=dict)
    # Keys of live and of deleted rows, by place and table.
    live: dict[tuple[str, str], list[uuid.UUID]] = field(default_factory=dict)
    deleted: dict[tuple[str, str], list[uuid.UUID]] = field(default_factory=dict)
    # Columns that bear words, by table.
    worded: dict[str, set[str]] = field(default_factory=dict)

    def build(self) -> "World":
        """Make all of it, as the owner of the tables."""
        self.districts = {name: DistrictFactory.create() for name in "ab"}
        for place in PLACES:
            self.schools[place] = SchoolFactory.create(district=self.districts[place[0]])
        self._build_staff()
        medication: Medication = FACTORIES[Medication].create()
        for place in PLACES:
            execute("SELECT set_config('whitecross.actor_id', %s, true)", [str(self.staff[f"nurse of {place}"].pk)])
            for kept in (self.live, self.deleted):
                self._build_records(place, kept, medication)
            self._word(place, [model for model in our_models() if model is not UserSession])
            # Only now: the new e-mail address of a user has ended the sessions.
            self.live[place, "user_sessions"] = [UserSessionFactory.create(user=self.staff[f"nurse of {place}"]).pk]
            self.deleted[place, "user_sessions"] = []
            self._word(place, [UserSession])
        for place in PLACES:
            # Each by its own nurse: whoever signs at a place is known there.
            execute("SELECT set_config('whitecross.actor_id', %s, true)", [str(self.staff[f"nurse of {place}"].pk)])
            self.students[place] = Student.all_objects.get(pk=self.live[place, "students"][0])
            Student.objects.filter(pk__in=self.deleted[place, "students"]).delete()
        execute("SELECT set_config('whitecross.actor_id', '', true)")
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        for place in PLACES:
            for table in ("audit_logs",):
                found = query(
                    "SELECT id FROM audit_logs WHERE school_id = %s AND action <> 'CREATE' AND user_id IS NOT NULL "
                    "ORDER BY id LIMIT 3",
                    [self.schools[place].pk],
                )
                self.live[place, table] = [key for (key,) in found]
                self.deleted[place, table] = []
        return self

    def _build_staff(self) -> None:
        for place in PLACES:
            for role in (UserRole.NURSE, UserRole.COUNSELOR, UserRole.SCHOOL_ADMIN, UserRole.VIEWER):
                user = UserFactory.create(role=role, school=self.schools[place])
                self.staff[f"{role.lower()} of {place}"] = user
        for name, district in self.districts.items():
            user = UserFactory.create(role=UserRole.DISTRICT_ADMIN, district=district)
            self.staff[f"district_admin of {name}"] = user
        self.staff["admin"] = UserFactory.create(role=UserRole.ADMIN)
        self.staff["superuser"] = UserFactory.create(role=UserRole.VIEWER, is_superuser=True)
        self.staff["nurse of nowhere"] = UserFactory.create(role=UserRole.NURSE)
        self.staff["district_admin of nowhere"] = UserFactory.create(role=UserRole.DISTRICT_ADMIN)
        for place in PLACES:
            # Also a nurse of each place who is nobody's colleague in a test, to be looked for.
            other = UserFactory.create(role=UserRole.NURSE, school=self.schools[place])
            self.live[place, "users"] = [other.pk, self.staff[f"counselor of {place}"].pk]
            self.deleted[place, "users"] = []

    def _build_records(self, place: str, kept: dict[Any, list[uuid.UUID]], medication: Medication) -> None:
        student = StudentFactory.create(
            school=self.schools[place],
            nurse=self.staff[f"nurse of {place}"],
            medical_record_num=f"M{uuid.uuid4().int % 10**8:08}",
        )
        order = StudentMedicationFactory.create(student=student, medication=medication)
        parents: dict[Any, Any] = {
            Student: student,
            StudentMedication: order,
            School: self.schools[place],
            District: self.districts[place[0]],
            User: self.staff[f"nurse of {place}"],
            Medication: medication,
        }
        kept[place, "students"] = [student.pk]
        kept[place, "student_medications"] = [order.pk]
        for model in our_models():
            table = model._meta.db_table
            if (place, table) in kept or table in {"audit_logs", "audit_seals", "users", "user_sessions"}:
                continue
            if kept is self.deleted and not issubclass(model, SoftDeleteModel):
                kept[place, table] = []
                continue
            if model in parents:
                kept[place, table] = [parents[model].pk]
                continue
            values = _references(model, parents)
            if table == "system_configurations":
                key, kind = f"test.{uuid.uuid4().hex}", ConfigValueType.STRING
                FACTORIES[model].create(key=key, value="", value_type=kind, overridable=True)
                values |= {
                    "scope": "DISTRICT",
                    "scope_id": self.districts[place[0]].pk,
                    "key": key,
                    "value_type": kind,
                }
            row = FACTORIES[model].create(**values)
            parents.setdefault(model, row)
            kept[place, table] = [row.pk]
        kept[place, "audit_seals"] = []

    def _word(self, place: str, of: Iterable[type[models.Model]]) -> None:
        """Give each text of the rows of a place a word of its own: the history's too, which never changes."""
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute("ALTER TABLE configuration_history DISABLE TRIGGER configuration_history_kept")
        for model in of:
            table = model._meta.db_table
            if table in SHARED | {"audit_logs"} or (table == "districts" and place == "a2"):
                continue
            kinds = _text_columns(model)
            keys = self.live[place, table] + self.deleted[place, table]
            if table == "users":
                keys = [key for (key,) in query("SELECT id FROM users WHERE school_id = %s", [self.schools[place].pk])]
                if place != "a2":
                    keys.append(self.staff[f"district_admin of {place[0]}"].pk)
            for number, key in enumerate(keys):
                for column, kind, size in kinds:
                    home = "o2" if place == "a2" and table in ORGANISATION else place
                    telling = f"Zz{home}{table}{column}{number}".replace("_", "")
                    short = f"Zz{home}{number}{column}".replace("_", "")
                    if _try(table, key, column, *_words(kind, size, telling=telling, short=short)):
                        self.worded.setdefault(table, set()).add(column)
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        execute("ALTER TABLE configuration_history ENABLE TRIGGER configuration_history_kept")
        execute("SET CONSTRAINTS ALL DEFERRED")

    def keys(self, place: str, *, deleted: bool = True) -> set[uuid.UUID]:
        """All keys of a place's rows."""
        found = {
            key for (home, table), keys in self.live.items() if home == place and table not in SHARED for key in keys
        }
        if deleted:
            found |= {
                key
                for (home, table), keys in self.deleted.items()
                if home == place and table not in SHARED
                for key in keys
            }
        return found

    def footprint(self, place: str) -> dict[str, str]:
        """A checksum, for each table, of all rows that are a place's or refer to a row of it."""
        # The district of a2 is that of those who look: what else lies there is not foreign.
        shared = {self.districts["a"].pk}
        keys = [str(key) for key in self.keys(place) - shared]
        tables = [model._meta.db_table for model in our_models() if model._meta.db_table not in {"audit_logs"} | SHARED]
        each = " UNION ALL ".join(
            f"SELECT '{table}', coalesce(md5(string_agg(t::text, '|' ORDER BY t.id)), '') "
            f"FROM {table} t WHERE t::text ~ %(keys)s"
            for table in tables
        )
        return dict(query(each, {"keys": "|".join(keys)}))


def _references(model: type[models.Model], parents: dict[Any, Any]) -> dict[str, Any]:
    declared = FACTORIES[model]._meta.declarations
    return {
        f.name: parents[f.related_model]
        for f in model._meta.concrete_fields
        if f.is_relation and f.editable and f.related_model in parents and (not f.null or f.name in declared)
    }


def _text_columns(model: type[models.Model]) -> list[tuple[str, str, int]]:
    """Columns in which people write: no choices and no keys."""
    choices = {
        f.column for f in model._meta.concrete_fields if f.choices or f.column in ("password", "key", "config_key")
    }
    return [row for row in query(_TEXTS, [model._meta.db_table]) if row[0] not in choices]


def _words(kind: str, size: int, *, telling: str, short: str) -> list[Any]:
    """Values to try, the most telling first. The first letters say whose it is."""
    if kind.endswith("[]"):
        return [[telling[:40]]]
    if kind == "jsonb":
        return [f'{{"note": "{telling}"}}', f'["{telling}"]']
    size = size or 200
    return [telling[:size], f"{telling}@example.org".lower()[:size], short[:size], short[:size].upper()]


def _try(table: str, key: Any, column: str, *values: Any) -> bool:
    for value in values:
        if not re.search(r"zz(a1|a2|o2|b1)\w", str(value), re.IGNORECASE):
            continue  # too short to be told from an echo
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    f"UPDATE {table} SET {column} = %s WHERE id = %s AND {column} IS DISTINCT FROM %s",
                    [value, key, value],
                )
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                return True
        except DatabaseError:
            continue
    return False

"""Two districts with a full set of records in each school, and the people who try to see more than theirs.

District A has the schools A1, A2 and A3, district B has B1. Each school, and the student without a school ("-"), has
one row of every table that holds health information. What is said here of who sees what is said once more, in Python,
and not read from the policies.
"""

import datetime
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import transaction
from psycopg import sql

from core.acting import declare_actor
from core.models import User, UserRole
from core.roles import LETTERS, database_role
from core.schema.expectation import our_models
from tests.schema.rows import BUSINESS_COLUMNS, Parent, Rows, execute, query

SCHOOLS = ("A1", "A2", "A3", "B1")
NOWHERE = "-"
PLACES = (*SCHOOLS, NOWHERE)
EVERYWHERE = frozenset(PLACES)
LONG_AGO = datetime.datetime(2026, 3, 2, 14, 30, tzinfo=datetime.UTC)
DISTRICT_A = frozenset({"A1", "A2", "A3"})

TABLES = sorted(model._meta.db_table for model in our_models())
ORGANISATION = {"districts", "schools", "users", "school_assignments"}
# What belongs to a student, and so lies at a school.
RECORDS = [
    "students",
    *(
        table
        for table, columns in BUSINESS_COLUMNS.items()
        if ({"student_id", "student_medication_id"} & columns.keys() or table == "contacts")
        and table != "emergency_accesses"  # about a student, and lies with whoever had it
    ),
]
_LETTERS = {apps.get_model(label)._meta.db_table: row for label, row in LETTERS.items()}


@dataclass(frozen=True)
class Person:
    """Who acts: with the letters of which role, at which schools."""

    role: UserRole | None
    reach: frozenset[str]
    # Whether the database is told who it is; else only the role is taken, and nothing declared.
    is_declared: bool = True

    def letters(self, table: str) -> str:
        """What the table of roles lets this person do with a table."""
        return _LETTERS[table].get(self.role, "") if self.role else ""

    def may(self, table: str, letters: str) -> bool:
        """Whether one of these letters stands in the table of roles."""
        return bool(set(letters) & set(self.letters(table)))

    @property
    def has_all(self) -> bool:
        return self.role == UserRole.ADMIN


PEOPLE: dict[str, Person] = {
    "admin": Person(UserRole.ADMIN, EVERYWHERE),
    "nurse": Person(UserRole.NURSE, frozenset({"A1", "A3"})),
    "counselor": Person(UserRole.COUNSELOR, frozenset({"A1"})),
    "school_admin": Person(UserRole.SCHOOL_ADMIN, frozenset({"A1"})),
    "district_admin": Person(UserRole.DISTRICT_ADMIN, DISTRICT_A),
    "viewer": Person(UserRole.VIEWER, frozenset({"A1"})),
    "nurse_of_b": Person(UserRole.NURSE, frozenset({"B1"})),
    "nurse_of_no_school": Person(UserRole.NURSE, frozenset()),
    "superuser": Person(UserRole.ADMIN, EVERYWHERE),  # by their role a viewer
    "inactive": Person(None, frozenset()),
    "anonymous": Person(None, frozenset()),
    **{
        f"undeclared_{role.lower()}": Person(
            role, EVERYWHERE if role == UserRole.ADMIN else frozenset(), is_declared=False
        )
        for role in UserRole
    },
}


# What opens an account: to its owner alone.
OF_ONESELF = ("authenticator_apps", "passkeys", "recovery_codes")


@dataclass
class TwoDistricts:
    """The rows, by the school where they lie."""

    schools: dict[str, uuid.UUID] = field(default_factory=dict)
    districts: dict[str, uuid.UUID] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    students: dict[str, uuid.UUID] = field(default_factory=dict)
    orders: dict[str, uuid.UUID] = field(default_factory=dict)
    # Key of each record and where it lies, by table.
    records: dict[str, dict[uuid.UUID, str]] = field(default_factory=lambda: {table: {} for table in RECORDS})
    confidential: uuid.UUID | None = None
    # Key of an emergency access of long ago, and whose it was, by the place of its student.
    emergencies: dict[str, tuple[uuid.UUID, str]] = field(default_factory=dict)
    # Key of each figure, by its school or district ("" for all together), and whether it counts clinical rows.
    counts: dict[tuple[str, bool], uuid.UUID] = field(default_factory=dict)
    # Key of the session of each user.
    sessions: dict[str, uuid.UUID] = field(default_factory=dict)
    # Key of what opens the account of each user, by table, and of an attempt to log in to it.
    own: dict[str, dict[str, uuid.UUID]] = field(default_factory=dict)
    attempts: dict[str, uuid.UUID] = field(default_factory=dict)
    rows: Rows = field(default_factory=Rows)
    # What nobody may learn who does not reach the place: keys, names, numbers and texts, by place.
    secrets: dict[str, set[str]] = field(default_factory=lambda: {place: set() for place in PLACES})

    def build(self) -> "TwoDistricts":
        """Make all rows, as the owner of the tables; people declared as who does it, so that the log names them."""
        self._build_organisation()
        for place in PLACES:
            self._build_records(place)
        self.rows.insert("system_configurations")
        self.rows.insert("configuration_history")
        self.rows.insert("audit_seals")
        self.sessions = {name: self.rows.insert("user_sessions", user_id=user.pk) for name, user in self.users.items()}
        for table in OF_ONESELF:
            self.own[table] = {name: self.rows.insert(table, user_id=user.pk) for name, user in self.users.items()}
        self.attempts = {name: self.rows.insert("login_attempts", user_id=user.pk) for name, user in self.users.items()}
        self._build_counts()
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        return self

    def _build_organisation(self) -> None:
        self.districts = {name: self.rows.insert("districts", name=f"District {name}") for name in "AB"}
        for place in SCHOOLS:
            self.schools[place] = self.rows.insert("schools", district_id=self.districts[place[0]], name=place)
        homes = {"nurse_of_b": "B1", "nurse_of_no_school": None, "admin": None, "superuser": None}
        for name, person in PEOPLE.items():
            if person.is_declared and name != "anonymous":
                home = None if person.role == UserRole.DISTRICT_ADMIN else homes.get(name, "A1")
                key = self.rows.insert(
                    "users",
                    role=UserRole.VIEWER if name == "superuser" else person.role or UserRole.NURSE,
                    school_id=self.schools.get(home or ""),
                    district_id=self.districts["A"] if person.role == UserRole.DISTRICT_ADMIN else None,
                    is_superuser=name == "superuser",
                    is_active=name != "inactive",
                )
                self.users[name] = User.objects.get(pk=key)
        ((today,),) = query("SELECT CURRENT_DATE")
        for place, first, last in (("A3", -30, None), ("A2", -60, -1), ("A2", 1, 30), ("B1", -60, -1), ("B1", 1, None)):
            self.rows.insert(
                "school_assignments",
                user_id=self.users["nurse"].pk,
                school_id=self.schools[place],
                start_date=today + datetime.timedelta(first),
                end_date=None if last is None else today + datetime.timedelta(last),
            )

    def _build_counts(self) -> None:
        for is_clinical in (False, True):
            for place in (*SCHOOLS, *self.districts, ""):
                self.counts[place, is_clinical] = self.rows.insert(
                    "school_counts",
                    school_id=self.schools.get(place),
                    district_id=self.districts[place[0]] if place else None,
                    is_clinical=is_clinical,
                )

    def _build_records(self, place: str) -> None:
        by = {"B1": "nurse_of_b", NOWHERE: "admin"}.get(place, "nurse")
        execute("SELECT set_config('whitecross.actor_id', %s, true)", [str(self.users[by].pk)])
        for table in RECORDS:
            values = self.values(table, place)
            key = self.rows.insert(table, **values)
            self.records[table][key] = place
            self.secrets[place] |= {str(key), *(text for text in values.values() if f"~{place}~" in str(text))}
            if table == "students":
                self.students[place] = key
                self.secrets[place].add(values["student_number"])
            elif table == "student_medications":
                self.orders[place] = key
        key = self.rows.insert("emergency_accesses", **self.values("emergency_accesses", place, user=by))
        self.emergencies[place] = (key, by)
        self.secrets[place].add(str(key))
        if place == "A1":
            self.confidential = self.rows.insert(
                "health_records", **self.values("health_records", place), is_confidential=True
            )
            self.records["health_records"][self.confidential] = place
        execute("SELECT set_config('whitecross.actor_id', '', true)")

    def values(self, table: str, place: str, user: str = "nurse") -> dict[str, Any]:
        """What an INSERT fills in for a row that is to lie at a place."""
        parents = {
            "students": self.students.get(place),
            "users": self.users[user].pk,
            "schools": self.schools.get(place),
            "districts": self.districts.get(place[0]),
            "student_medications": self.orders.get(place),
        }
        values = {
            column: parents[value.table] if isinstance(value, Parent) and value.table in parents else value
            for column, value in BUSINESS_COLUMNS[table].items()
        }
        if table in {"students", "users"}:
            values |= {"school_id": self.schools.get(place)}
        if table == "students":
            values |= {"last_name": f"Name~{place}~", "student_number": f"77{uuid.uuid4().int % 10**8:08}"}
        elif table == "users":
            values |= {"password": "!"}  # the web adds nobody with a password: they are invited
        elif table == "contacts":
            values |= {"student_id": self.students[place], "last_name": f"Kin~{place}~"}
        elif table == "health_records":
            values |= {"title": f"Title~{place}~", "description": f"Text~{place}~"}
        elif table == "emergency_accesses":
            values |= {"granted_at": LONG_AGO, "expires_at": LONG_AGO + datetime.timedelta(minutes=30)}
        elif table == "legal_holds":
            values |= {"reason": f"Matter~{place}~", "released_reason": "Closed"}
        return {column: self.rows._value(value) for column, value in values.items()}

    def insert_statement(self, table: str, place: str, **changes: Any) -> tuple[sql.Composed, list[Any]]:
        """An INSERT, for somebody to try, of a row at a place."""
        values = self.values(table, place) | changes
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        )
        return statement, list(values.values())

    def foreign_secrets(self, person: Person) -> set[str]:
        """What this person may learn by no means."""
        return set().union(*(self.secrets[place] for place in EVERYWHERE - person.reach))

    def own_secrets(self, person: Person) -> set[str]:
        """What this person's schools have."""
        return set().union(*(self.secrets[place] for place in person.reach))

    @contextmanager
    def acting(self, name: str) -> Iterator[Person]:
        """Somebody acts, as through the web; what they do is taken back."""
        person = PEOPLE[name]
        with taken_back():
            take_role(self, name)
            yield person


def take_role(data: TwoDistricts, name: str) -> None:
    """Declare who acts from here on, as a request does."""
    person = PEOPLE[name]
    if person.is_declared:
        declare_actor(data.users[name].pk if name in data.users else None, source="web")
    else:
        assert person.role
        execute(f"SET LOCAL ROLE {database_role(person.role)}")


@contextmanager
def taken_back() -> Iterator[None]:
    """A part of the transaction that leaves nothing behind, not even declarations."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)

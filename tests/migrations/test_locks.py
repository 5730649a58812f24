"""No migration reads or rewrites a table in use while it holds a lock that blocks writers."""

import re
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from core.schema.expectation import our_models

OUR_APPS = sorted({model._meta.app_label for model in our_models()})
MIGRATIONS = sorted(key for key in MigrationLoader(None).graph.nodes if key[0] in OUR_APPS)

# What reads the whole table under such a lock, unless the migration itself has just made the table.
SLOW = (
    r"^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)",
    r"^ALTER TABLE .* ADD CONSTRAINT .* CHECK .*(?<!NOT VALID);$",
    r"^ALTER TABLE .* ADD CONSTRAINT .* FOREIGN KEY .*(?<!NOT VALID);$",
    r"^ALTER TABLE .* ALTER COLUMN .* (TYPE|SET NOT NULL)",
    r"^ALTER TABLE .* ADD COLUMN .* (GENERATED|UNIQUE)",
    r"^(UPDATE|DELETE|CLUSTER|VACUUM FULL|REINDEX) ",
)


# Of these a state has some thousand rows: staff, their log-ins, settings. Reading all of them takes milliseconds.
SMALL = {"users", "user_sessions", "django_session", "system_configurations", "configuration_history"}


def statements(app: str, name: str) -> list[str]:
    output = StringIO()
    call_command("sqlmigrate", app, name, stdout=output)
    return [line for line in output.getvalue().splitlines() if line and not line.startswith("--")]


def slow_statements(lines: list[str]) -> list[str]:
    made_here = set(re.findall(r'^CREATE TABLE "(\w+)"', "\n".join(lines), re.MULTILINE))
    found = []
    for line in lines:
        table = re.search(r'^(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX "?\w+"? ON|DELETE FROM|UPDATE) "?(\w+)"?', line)
        if any(re.search(pattern, line) for pattern in SLOW) and not (table and table[1] in made_here | SMALL):
            found.append(line)
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(("app", "name"), MIGRATIONS, ids=lambda part: part)
def test_a_migration_has_no_slow_statement_on_a_table_in_use(app, name):
    assert slow_statements(statements(app, name)) == []


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX "idx" ON "students" ("photo");',
        'ALTER TABLE "students" ADD CONSTRAINT "c" CHECK ("grade" <> \'\');',
        'ALTER TABLE "students" ADD CONSTRAINT "f" FOREIGN KEY ("school_id") REFERENCES "schools" ("id");',
        'ALTER TABLE "students" ALTER COLUMN "photo" SET NOT NULL;',
        'ALTER TABLE "students" ALTER COLUMN "photo" TYPE text;',
    ],
)
def test_a_slow_statement_is_recognised_on_a_table_in_use_and_let_pass_on_a_new_one(statement):
    assert slow_statements([statement]) == [statement]
    assert slow_statements(['CREATE TABLE "students" ("id" uuid);', statement]) == []


def test_every_app_of_ours_is_looked_at():
    assert {app for app, _ in MIGRATIONS} == {
        config.label for config in apps.get_app_configs() if config.label in OUR_APPS
    }
    assert len(MIGRATIONS) >= 11

"""Together takes additive operations forwards and backwards as they would go one by one."""

import pytest
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState
from django.db.migrations.writer import OperationWriter

from core.database.operations import Together


def steps() -> list[migrations.operations.base.Operation]:
    """Two new tables that point at each other, which one by one would need a third step."""
    return [
        migrations.CreateModel(
            "Hen",
            [("id", models.BigAutoField(primary_key=True)), ("egg", models.ForeignKey("core.Egg", models.CASCADE))],
        ),
        migrations.CreateModel(
            "Egg",
            [("id", models.BigAutoField(primary_key=True)), ("hen", models.ForeignKey("core.Hen", models.CASCADE))],
            {"indexes": [models.Index(fields=["hen", "id"], name="egg_hen_idx")]},
        ),
    ]


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name in {"core_hen", "core_egg"}}


@pytest.mark.django_db
def test_it_goes_forwards_and_backwards():
    operation, before, after = Together(steps()), ProjectState(), ProjectState()
    operation.state_forwards("core", after)

    with connection.schema_editor() as editor:
        operation.database_forwards("core", editor, before, after)
    assert tables() == {"core_hen", "core_egg"}
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "core_egg")
    assert "egg_hen_idx" in constraints
    assert [found["foreign_key"] for found in constraints.values() if found["foreign_key"]] == [("core_hen", "id")]

    with connection.schema_editor() as editor:
        operation.database_backwards("core", editor, after, before)
    assert tables() == set()


def test_the_state_is_what_the_operations_one_by_one_would_give():
    together, alone = ProjectState(), ProjectState()

    Together(steps()).state_forwards("core", together)
    for step in steps():
        step.state_forwards("core", alone)

    assert together == alone


def test_the_classes_are_built_once_however_many_the_operations(monkeypatch):
    built = []
    original = ProjectState.apps.func
    monkeypatch.setattr(ProjectState.apps, "func", lambda state: built.append(state) or original(state))
    state = ProjectState()
    assert state.apps is not None
    built.clear()

    Together(steps()).state_forwards("core", state)
    assert state.apps.get_model("core", "Hen") is not None

    assert len(built) == 1


def test_it_survives_being_written_into_a_migration():
    operation = Together(steps())

    source, imports = OperationWriter(operation, indentation=0).serialize()

    name, args, kwargs = operation.deconstruct()
    assert (name, kwargs) == ("Together", {})
    assert [step.describe() for step in type(operation)(*args).operations] == [step.describe() for step in steps()]
    assert source.count("migrations.CreateModel(") == 2
    assert "import core.database.operations.together" in imports
    assert operation.describe() == "Create model Hen; Create model Egg"
    assert operation.migration_name_fragment == "hen_egg"
    assert operation.reversible

"""Code and table know the same settings: what is declared is read, and what is read is declared."""

import ast

import pytest
from django.db import connection

from configuration import reads
from configuration.bringing import bring_declared_settings
from configuration.declaring import Setting, _declared, declare, declared
from configuration.documentation import table_of_settings
from configuration.models import ConfigCategory, ConfigScope, ConfigurationHistory, ConfigValueType, SystemConfiguration
from configuration.verifying import setting_problems
from core.database.soft_delete import SoftDeleteModel
from core.schema.expectation import our_models
from tests.schema.rows import execute


def a_setting(key="test.new", **fields):
    values = {"value_type": ConfigValueType.NUMBER, "default": "1", "category": ConfigCategory.GENERAL} | fields
    return Setting(key, **values)


def problems():
    with connection.cursor() as cursor:
        return setting_problems(cursor).found


def test_every_declared_setting_is_read_and_every_setting_read_is_declared():
    assert reads.unread_settings() == []
    assert reads.undeclared_reads() == {}


def test_the_search_finds_constants_keys_and_beginnings_of_keys():
    found = reads.Reads()
    source = (
        "import configuration\n"
        "from medications.declared_settings import DUE_BEFORE as early, DUE_AFTER, RETENTION\n"
        "configuration.get(early)\n"
        "configuration.get('test.unheard_of', school=1)\n"
        "{}.get('no.setting')\n"
        "sql = f'retention.{1}'\n"
    )

    reads._read(ast.parse(source), "somewhere.py", found)

    assert found.keys == {"medication.dose_minutes_before", "test.unheard_of"}
    assert found.places == {"test.unheard_of": "somewhere.py:4"}
    assert found.beginnings == {"retention."}


def test_a_setting_that_nobody_reads_is_named(monkeypatch):
    monkeypatch.setitem(_declared, "test.idle", a_setting("test.idle"))

    assert reads.unread_settings() == ["test.idle"]


def test_every_class_of_records_has_a_retention_that_is_not_set():
    tables = {model._meta.db_table for model in our_models() if issubclass(model, SoftDeleteModel)}

    found = {key.removeprefix("retention.") for key in declared() if key.startswith("retention.")}

    assert found == tables | {"audit_logs"}
    assert {declared()[f"retention.{table}"].default for table in found} == {None}


@pytest.mark.parametrize("setting", list(declared().values()), ids=lambda setting: setting.key)
def test_a_declaration_says_what_an_administrator_needs(setting):
    assert setting.name
    assert setting.sub_category
    assert setting.tags
    assert setting.help_text.endswith(".")
    assert setting.default is None or setting.parse(setting.default) is not None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (a_setting("Wrong"), "should be like"),
        (a_setting(default="one"), r"test\.new should be a number"),
        (a_setting(default="5", maximum=4), r"test\.new should be a number of 4 or less"),
        (a_setting("medication.dose_minutes_before"), "declared twice"),
    ],
)
def test_a_wrong_declaration_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        declare(wrong)
    assert "test.new" not in declared()


@pytest.mark.django_db
def test_a_migrated_database_has_no_differences():
    assert problems() == []
    assert set(SystemConfiguration.objects.values_list("key", flat=True)) == set(declared())
    assert not SystemConfiguration.objects.filter(is_active=True).exists()
    assert not ConfigurationHistory.objects.exists()


@pytest.mark.django_db
def test_differences_between_code_and_table_are_named(monkeypatch):
    execute("DELETE FROM system_configurations WHERE key = 'expiry.epi_pen_days'")
    execute("INSERT INTO system_configurations (key, value) VALUES ('test.lost', 'x')")
    execute("UPDATE system_configurations SET value = '200' WHERE key = 'medication.dose_minutes_before'")
    narrower = a_setting("medication.dose_minutes_before", maximum=100)
    monkeypatch.setitem(_declared, narrower.key, narrower)

    assert problems() == [
        ("expiry.epi_pen_days", "is declared and not in the table: run migrate"),
        ("medication.dose_minutes_before", "has a value that is allowed no longer, and does not count"),
        ("test.lost", "has a row, and no app declares it"),
    ]


@pytest.mark.django_db
def test_a_newer_default_is_brought_in_and_a_value_that_was_set_stays(monkeypatch):
    execute("UPDATE system_configurations SET value = '45' WHERE key = 'medication.dose_minutes_after'")
    for key in ("medication.dose_minutes_before", "medication.dose_minutes_after"):
        monkeypatch.setitem(_declared, key, a_setting(key, default="20", scopes=(ConfigScope.SCHOOL,)))

    bring_declared_settings()

    before, after = (
        SystemConfiguration.objects.get(key=f"medication.dose_minutes_{end}") for end in ("before", "after")
    )
    assert (before.value, before.default_value, before.is_active) == ("20", "20", False)
    assert (after.value, after.default_value, after.is_active) == ("45", "20", True)
    assert after.validation_rules["scopes"] == ["SCHOOL"]


@pytest.mark.django_db
def test_a_setting_whose_type_changed_is_left_alone_and_named(monkeypatch):
    key = "medication.dose_minutes_before"
    monkeypatch.setitem(_declared, key, a_setting(key, value_type=ConfigValueType.STRING, default="x"))

    bring_declared_settings()

    assert SystemConfiguration.objects.get(key=key).value == "30"
    assert problems() == [(key, "has a row of type NUMBER; it should be STRING")]


def test_the_documentation_has_every_setting(settings):
    assert table_of_settings() in (settings.BASE_DIR / "docs" / "configuration.md").read_text()

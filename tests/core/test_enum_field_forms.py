"""Enum columns outside the database: forms, fixtures, copies, migrations."""

import copy
import pickle

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection, models
from django.db.migrations.writer import MigrationWriter
from django.forms import modelform_factory

from core.database.enums import DatabaseEnum, EnumField
from core.models import Gender, Student, User, UserRole
from core.purging import declared_purge
from health.models import Allergy, AllergySeverity, VitalSigns
from tests.factories.core import StudentFactory, UserFactory
from tests.factories.health import AllergyFactory, VitalSignsFactory

ROLE = User._meta.get_field("role")
LEVEL = VitalSigns._meta.get_field("consciousness")

StudentForm = modelform_factory(Student, fields=["gender"])
VitalSignsForm = modelform_factory(VitalSigns, fields=["consciousness"])


def test_a_form_offers_the_values_in_their_order():
    assert list(StudentForm().fields["gender"].widget.choices)[1:] == [
        ("MALE", "Male"),
        ("FEMALE", "Female"),
        ("OTHER", "Other"),
        ("PREFER_NOT_TO_SAY", "Prefer not to say"),
    ]


def test_a_form_makes_a_member():
    form = StudentForm({"gender": "FEMALE"})

    form.is_valid()

    assert form.cleaned_data["gender"] is Gender.FEMALE


@pytest.mark.django_db
def test_a_form_writes_what_it_was_given():
    student = StudentFactory.create(gender="MALE")

    StudentForm({"gender": "OTHER"}, instance=student).save()

    assert Student.objects.get().gender is Gender.OTHER


@pytest.mark.parametrize("bogus", ["BOGUS", "male"])
def test_a_bogus_value_is_an_error_of_the_form(bogus):
    form = StudentForm({"gender": bogus})

    assert not form.is_valid()
    assert form.errors == {"gender": [f"“{bogus}” is not one of: MALE, FEMALE, OTHER, PREFER_NOT_TO_SAY."]}


def test_an_empty_choice_is_null_where_the_column_is_nullable():
    form = VitalSignsForm({"consciousness": ""})

    assert form.is_valid()
    assert form.cleaned_data["consciousness"] is None
    assert not StudentForm({"gender": ""}).is_valid()


@pytest.mark.django_db
def test_a_bogus_value_fails_the_validation_of_the_model():
    user = UserFactory.build(role="BOGUS")

    with pytest.raises(ValidationError) as caught:
        user.full_clean()

    assert caught.value.message_dict["role"] == [
        "“BOGUS” is not one of: ADMIN, NURSE, SCHOOL_ADMIN, DISTRICT_ADMIN, VIEWER, COUNSELOR."
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("natural", [False, True])
def test_a_fixture_goes_out_and_comes_back(tmp_path, natural):
    AllergyFactory.create(severity="SEVERE")
    VitalSignsFactory.create(consciousness=None)
    fixture = tmp_path / "rows.json"
    call_command("dumpdata", "core", "health", output=str(fixture), use_natural_foreign_keys=natural, verbosity=0)
    with declared_purge("test"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE districts, users, students CASCADE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    call_command("loaddata", str(fixture), verbosity=0)

    assert Allergy.objects.get().severity is AllergySeverity.SEVERE
    assert VitalSigns.objects.get().consciousness is None
    assert '"severity": "SEVERE"' in fixture.read_text()


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["json", "jsonl", "xml", "python"])
def test_every_serializer_writes_the_value_and_reads_a_member(form):
    user = UserFactory.create(role=UserRole.COUNSELOR)

    text = serializers.serialize(form, [user], fields=["role"])
    (found,) = serializers.deserialize(form, text)

    assert ROLE.value_from_object(found.object) is UserRole.COUNSELOR
    assert ROLE.value_to_string(user) == "COUNSELOR"


@pytest.mark.django_db
def test_a_row_survives_pickling():
    user = UserFactory.create(role=UserRole.NURSE)

    found = pickle.loads(pickle.dumps(User.objects.get(pk=user.pk)))  # noqa: S301 - our own bytes

    assert found.role is UserRole.NURSE
    assert found == user


def test_a_field_survives_copying_and_pickling():
    assert copy.deepcopy(ROLE).enum_class is UserRole
    assert copy.copy(ROLE).enum_class is UserRole
    assert pickle.loads(pickle.dumps(ROLE)) is ROLE  # noqa: S301 - our own bytes


@pytest.mark.parametrize("field", [ROLE, LEVEL], ids=lambda field: field.name)
def test_a_clone_returns_members(field):
    clone = field.clone()

    assert clone.enum_class is field.enum_class
    assert clone.deconstruct()[1:] == field.deconstruct()[1:]
    assert clone.null == field.null
    assert clone.choices == field.choices


def test_a_migration_names_the_type_and_its_values_of_that_day():
    _, path, args, kwargs = LEVEL.deconstruct()
    again = EnumField(*args, **kwargs)

    assert path == "core.database.enums.EnumField"
    assert args == ["ConsciousnessLevel"]
    assert kwargs["values"] == ("ALERT", "VERBAL", "PAIN", "UNRESPONSIVE", "DROWSY", "CONFUSED", "LETHARGIC")
    assert "choices" not in kwargs
    assert again.enum_class is None
    assert again.deconstruct()[1:] == LEVEL.deconstruct()[1:]
    assert again.db_type(connection) == '"ConsciousnessLevel"'
    assert again.clone().values == LEVEL.values


def test_a_migration_can_be_written():
    text, imports = MigrationWriter.serialize(EnumField(Gender, null=True))

    assert text == (
        "core.database.enums.EnumField('Gender', null=True, values=('MALE', 'FEMALE', 'OTHER', 'PREFER_NOT_TO_SAY'))"
    )
    assert imports == {"import core.database.enums"}


def test_a_field_of_a_migration_reads_text():
    frozen = EnumField("Gender", values=("MALE", "FEMALE"))

    assert frozen.from_db_value("MALE", None, None) == "MALE"
    assert type(frozen.to_python("MALE")) is str
    assert frozen.choices == [("MALE", "MALE"), ("FEMALE", "FEMALE")]


def test_a_field_has_no_length_and_no_collation():
    assert ROLE.db_parameters(connection) == {"type": '"UserRole"', "check": None}
    assert ROLE.cast_db_type(connection) == '"UserRole"'
    assert ROLE.max_length is None
    assert ROLE.check() == []


def test_a_member_is_its_text():
    class Scale(DatabaseEnum):
        LOW = "LOW", "Low"

    assert Scale.type_name() == "Scale"
    assert f"{Scale.LOW}" == "LOW"
    assert issubclass(Scale, models.TextChoices)

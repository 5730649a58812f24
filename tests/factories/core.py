"""Minimal valid rows of core. Dates are fixed, so that no test depends on the day it runs."""

import datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from core import models

DAY = datetime.date(2026, 3, 2)
MOMENT = datetime.datetime(2026, 3, 2, 14, 30, tzinfo=datetime.UTC)
PASSWORD = "correct horse battery staple"


class DistrictFactory(DjangoModelFactory[models.District]):
    class Meta:
        model = models.District

    name = factory.Sequence(lambda n: f"District {n}")
    code = factory.Sequence(lambda n: f"D{n:04}")


class SchoolFactory(DjangoModelFactory[models.School]):
    class Meta:
        model = models.School

    district = factory.SubFactory(DistrictFactory)
    name = factory.Sequence(lambda n: f"School {n}")
    code = factory.Sequence(lambda n: f"S{n:04}")


def home_school() -> models.School:
    """The school of everybody for whom a test names no other, so that staff and students meet."""
    found = models.School.objects.filter(code="HOME").first()
    if found is not None:
        return found
    district = models.District.objects.create(name="Home district", code="HOME")
    return models.School.objects.create(district=district, name="Home school", code="HOME")


class UserFactory(DjangoModelFactory[models.User]):
    """A nurse. `school=` gives the home school; `role=` another role."""

    class Meta:
        model = models.User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"user{n}@example.org")
    first_name = "Nora"
    last_name = factory.Sequence(lambda n: f"Nurse{n}")
    role = models.UserRole.NURSE
    is_active = True

    @factory.post_generation
    def password(self: Any, create: bool, extracted: str | None, **kwargs: Any) -> None:
        self.set_password(extracted or PASSWORD)
        if create:
            self.save(update_fields=["password"])


class SchoolAssignmentFactory(DjangoModelFactory[models.SchoolAssignment]):
    class Meta:
        model = models.SchoolAssignment

    user = factory.SubFactory(UserFactory)
    school = factory.SubFactory(SchoolFactory)
    start_date = DAY


class StudentFactory(DjangoModelFactory[models.Student]):
    class Meta:
        model = models.Student

    school = factory.LazyFunction(home_school)
    student_number = factory.Sequence(lambda n: f"{100000 + n}")
    first_name = "John"
    last_name = factory.Sequence(lambda n: f"Smith{n}")
    date_of_birth = datetime.date(2015, 5, 17)
    enrollment_date = datetime.date(2021, 8, 23)
    grade = models.Grade.FIFTH
    gender = models.Gender.MALE


class ContactFactory(DjangoModelFactory[models.Contact]):
    class Meta:
        model = models.Contact

    student = factory.SubFactory(StudentFactory)
    first_name = "Ann"
    last_name = factory.Sequence(lambda n: f"Lee{n}")
    type = models.ContactType.GUARDIAN


class LegalHoldFactory(DjangoModelFactory[models.LegalHold]):
    class Meta:
        model = models.LegalHold

    student = factory.SubFactory(StudentFactory)
    reason = "Letter of counsel"

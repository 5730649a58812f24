"""Minimal valid rows of home."""

import factory
from factory.django import DjangoModelFactory

from home import models
from tests.factories.core import MOMENT, home_school


class SchoolCountFactory(DjangoModelFactory[models.SchoolCount]):
    class Meta:
        model = models.SchoolCount

    school = factory.LazyFunction(home_school)
    district = factory.LazyAttribute(lambda row: row.school.district)
    measure = "students"
    count = 3
    is_clinical = False
    counted_at = MOMENT

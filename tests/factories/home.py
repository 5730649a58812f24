"""Minimal valid rows of home."""

import factory
from factory.django import DjangoModelFactory

from home import models
from tests.factories.core import MOMENT, SchoolFactory


class SchoolCountFactory(DjangoModelFactory[models.SchoolCount]):
    class Meta:
        model = models.SchoolCount

    school = factory.SubFactory(SchoolFactory)
    measure = "students"
    count = 3
    counted_at = MOMENT

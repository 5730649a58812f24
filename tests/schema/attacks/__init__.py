"""For each check constraint, values that it must accept and values that it must refuse."""

from django.db.models import DateField, DateTimeField, Model

from core.schema.expectation import our_models
from tests.schema.attacks import builders, core, health, others


def _columns(model: type[Model], kind: type[DateField]) -> list[str]:
    return [str(field.column) for field in model._meta.local_concrete_fields if type(field) is kind]


CALENDARS = {
    f"{model._meta.db_table}_calendar": builders.calendar(_columns(model, DateField), _columns(model, DateTimeField))
    for model in our_models()
    if any(constraint.name == f"{model._meta.db_table}_calendar" for constraint in model._meta.constraints)
}

ATTACKS = core.ATTACKS | health.ATTACKS | others.ATTACKS | CALENDARS

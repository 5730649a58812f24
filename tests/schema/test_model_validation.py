"""What the database refuses, the models refuse in words, so that a form shows a sentence and not an error page."""

import pytest
from django.core.exceptions import ValidationError
from django.db.models import CheckConstraint
from hypothesis import HealthCheck, given, settings

from tests.schema.attacks import ATTACKS
from tests.schema.rows import Parent
from tests.test_factories import FACTORIES, OUR_MODELS

CONSTRAINTS = [(model, constraint) for model in OUR_MODELS for constraint in model._meta.constraints]
CHECKS = {constraint.name: model for model, constraint in CONSTRAINTS if isinstance(constraint, CheckConstraint)}

# The model mends an address in capitals itself.
MENDED = {"users_email_lower"}


def test_every_constraint_has_a_sentence_for_people():
    for _, constraint in CONSTRAINTS:
        message = str(constraint.violation_error_message)
        assert message != constraint.default_violation_error_message, constraint.name
        assert message[0].isupper(), constraint.name
        assert message.endswith("."), constraint.name
        assert constraint.get_violation_error_message() == message, constraint.name


@pytest.mark.django_db
@pytest.mark.parametrize("model", OUR_MODELS, ids=lambda model: model.__name__)
def test_a_minimal_row_passes_the_validation_of_its_model(model):
    row = FACTORIES[model].create()

    model._base_manager.get(pk=row.pk).full_clean()


@pytest.mark.parametrize("name", sorted(set(CHECKS) - MENDED))
def test_the_model_refuses_what_the_database_refuses(rows, name):
    model = CHECKS[name]
    key = rows.insert(model._meta.db_table)
    attributes = {field.column: field.attname for field in model._meta.concrete_fields}

    @settings(
        max_examples=5, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
    )
    @given(ATTACKS[name].refused)
    def refuse(values):
        row = model._base_manager.get(pk=key)
        for column, value in values.items():
            setattr(row, attributes[column], rows.parent(value.table) if isinstance(value, Parent) else value)
        with pytest.raises(ValidationError):
            row.full_clean()

    refuse()

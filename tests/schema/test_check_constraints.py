"""Every check constraint, attacked through plain SQL."""

import psycopg
import pytest
from django.db import IntegrityError
from django.db.models import CheckConstraint
from hypothesis import HealthCheck, given, settings

from tests.schema.attacks import ATTACKS
from tests.schema.rows import query
from tests.test_factories import OUR_MODELS

CONSTRAINTS = {
    constraint.name: model._meta.db_table
    for model in OUR_MODELS
    for constraint in model._meta.constraints
    if isinstance(constraint, CheckConstraint)
}

attack_settings = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    # A savepoint per attempt makes an example slow, not wrong.
    suppress_health_check=[HealthCheck.too_slow],
)


def test_every_check_constraint_is_attacked():
    assert sorted(ATTACKS) == sorted(CONSTRAINTS)


@pytest.mark.django_db
def test_the_database_has_the_constraints_of_the_models_and_they_are_valid():
    found = query(
        "SELECT conname, conrelid::regclass::text, convalidated FROM pg_constraint "
        "WHERE contype = 'c' AND conrelid = ANY (%s::regclass[])",
        [list(set(CONSTRAINTS.values()))],
    )

    assert sorted(found) == sorted((name, table, True) for name, table in CONSTRAINTS.items())


@pytest.mark.parametrize("name", sorted(CONSTRAINTS))
def test_what_is_in_range_is_accepted(attempt, name):
    @attack_settings
    @given(ATTACKS[name].accepted)
    def accept(values):
        attempt(CONSTRAINTS[name], values)

    accept()


@pytest.mark.parametrize("name", sorted(CONSTRAINTS))
def test_what_is_out_of_range_is_refused(attempt, name):
    @attack_settings
    @given(ATTACKS[name].refused)
    def refuse(values):
        with pytest.raises(IntegrityError) as caught:
            attempt(CONSTRAINTS[name], values)
        error = caught.value.__cause__
        assert isinstance(error, psycopg.errors.CheckViolation)
        assert error.diag.constraint_name == name

    refuse()

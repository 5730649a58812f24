"""Minimal valid rows of audit."""

import factory
from factory.django import DjangoModelFactory

from audit import models
from tests.factories.core import MOMENT, UserFactory, home_school

NO_KEY = "00000000-0000-0000-0000-000000000000"


class AuditLogFactory(DjangoModelFactory[models.AuditLog]):
    """An entry that says that somebody of the home school was shown a list."""

    class Meta:
        model = models.AuditLog

    action = models.AuditAction.LIST
    entity_type = "medications"
    user = factory.SubFactory(UserFactory)
    school = factory.LazyFunction(home_school)


class AuditSealFactory(DjangoModelFactory[models.AuditSeal]):
    """A link of no entries; no chain, for its hash is none."""

    class Meta:
        model = models.AuditSeal

    number = factory.Sequence(lambda n: n + 1)
    sealed_at = MOMENT
    after_transaction = 0
    after_id = NO_KEY
    through_transaction = 0
    through_id = NO_KEY
    horizon = 0
    cluster = 0
    entry_count = 0
    entries = b""
    previous_hash = bytes(32)
    hash = bytes(32)

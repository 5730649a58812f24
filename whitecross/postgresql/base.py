"""Django's entry point to the backend."""

from django.db.backends.postgresql import base
from django.utils.functional import cached_property

from .errors import DiscreetErrorWrapper


class DatabaseWrapper(base.DatabaseWrapper):
    @cached_property
    def wrap_database_errors(self) -> DiscreetErrorWrapper:
        return DiscreetErrorWrapper(self)

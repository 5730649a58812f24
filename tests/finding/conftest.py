"""Browsers in which somebody is logged in, as for the other pages of the admin."""

from tests.admin.conftest import administrator, client_as, nurse

__all__ = ["administrator", "client_as", "nurse"]

"""Logs and histories: nobody adds to them, changes them or deletes from them in the admin."""

from typing import Any

from django.http import HttpRequest

from core.admin.base import WhiteCrossAdmin


class ReadOnlyAdmin(WhiteCrossAdmin):
    """The admin of a table that only the database writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

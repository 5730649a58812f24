from django.contrib import admin

from accounts.models import LoginAttempt
from core.admin.read_only import ReadOnlyAdmin


@admin.register(LoginAttempt)
class LoginAttemptAdmin(ReadOnlyAdmin):
    """Who logged in or failed to, of late: where a lockout comes from."""

    list_display = ("created_at", "user", "succeeded", "failure_reason", "ip_address")
    list_select_related = ("user",)
    list_filter = ("succeeded", "failure_reason")
    ordering = ("-created_at",)
    fieldsets = (
        (None, {"fields": ("created_at", "user", ("succeeded", "failure_reason"))}),
        ("From", {"fields": (("ip_address", "network"), "user_agent")}),
    )

"""The pages of emergency access that are no model's."""

from typing import Any

from django.urls import URLPattern, path

from emergency.views import end, find, open_student


def emergency_urls(site: Any) -> list[URLPattern]:
    """To be taken into the URLs of an admin site, before those of its models."""
    return [
        path("emergency/find/", site.admin_view(find), name="emergency_find"),
        path("emergency/open/", site.admin_view(open_student), name="emergency_open"),
        path("emergency/end/", site.admin_view(end), name="emergency_end"),
    ]

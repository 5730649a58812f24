import json
from typing import Any

import unfold.fields
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig
from django.utils.html import format_html
from django.utils.safestring import SafeString


class AdminConfig(DjangoAdminConfig):
    """Django's admin, with White Cross's own site."""

    default_site = "whitecross.admin_site.AdminSite"

    def ready(self) -> None:
        super().ready()
        # Where Pygments is installed, Unfold paints JSON by styles in the page, which are refused.
        unfold.fields.prettify_json = _plain_json
        from whitecross import checks, database_checks  # noqa: F401, PLC0415 - registers them, once apps are loaded


def _plain_json(data: Any, encoder: Any) -> SafeString:
    return format_html('<pre class="whitespace-pre-wrap">{}</pre>', json.dumps(data, indent=4, cls=encoder))

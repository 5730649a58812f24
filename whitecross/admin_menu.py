"""How the admin looks, and its menu, grouped by domain."""

from typing import Any

UNFOLD: dict[str, Any] = {"SITE_TITLE": "White Cross", "SITE_HEADER": "White Cross"}

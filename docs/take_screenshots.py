"""Take the pictures of the documentation: `uv run python docs/take_screenshots.py http://127.0.0.1:8000`.

It photographs a running demo (`uv run manage.py demo`), so that no picture ever shows a real person, and writes
docs/images/<page>.png, with "-phone" and "-dark" for the pages that a nurse has open all day. A demo loaded on a school
day has more to show than one of a Sunday.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page

IMAGES = Path(__file__).parent / "images"
DESK, PHONE = (1440, 900), (390, 844)
PASSWORD = "white-cross-demo"  # noqa: S105 - the demo's, published


class Shot(NamedTuple):
    """A picture: its name, who sees it, where, what to do there first, and whether on a phone and in the dark too."""

    name: str
    role: str
    path: str
    first: Callable[[Page], None] | None = None
    all_day: bool = False


def _chart_of_a_child_at_risk(page: Page) -> None:
    """From the list of allergies, worst first, to the chart of the first child."""
    page.locator("#result_list tbody tr").first.locator(".field-student").click()
    href = page.locator("#result_list tbody tr").first.locator("a[href*='/core/student/']").first.get_attribute("href")
    page.goto(page.url.split("/admin/")[0] + str(href))


def _search(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("smi", delay=40)
    page.wait_for_timeout(800)

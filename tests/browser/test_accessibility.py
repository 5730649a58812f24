"""axe-core on every page that a person uses, in both themes, at a desk and on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from core.models import UserRole
from tests.browser.visits import DESK, PHONE, Visit, log_in, pages_of

pytestmark = [pytest.mark.slow, pytest.mark.any_database]

# What a nurse looks at all day, by what tests/browser/visits.py calls it.
ALL_DAY = [
    "home",
    "chart",
    "card",
    "list of student",
    "student",
    "new medication log",
    "new vital signs",
    "new health record",
    "new incident report",
    "history of student",
    "deletion of student",
    "list of medication log",
]


def serious_findings(visit: Visit, names: list[str]) -> dict[str, list[str]]:
    """What axe calls serious or critical, by page, each with the piece of the page that it is about."""
    addresses, axe = pages_of(visit.role), Axe()
    found = {}
    for name in names:
        visit.open(addresses[name])
        found[name] = [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in axe.run(visit.browser).response["violations"]
            if violation["impact"] in {"serious", "critical"}
            for node in violation["nodes"]
        ]
    return {name: problems for name, problems in found.items() if problems}


@pytest.mark.parametrize("role", list(UserRole), ids=str)
def test_axe_finds_nothing_serious_on_any_page_of_a_role(role, page: Page, demo_district):
    page.set_viewport_size(DESK)
    visit = log_in(page, demo_district, role)

    assert serious_findings(visit, list(pages_of(role))) == {}


@pytest.mark.parametrize(
    ("theme", "size"), [("dark", DESK), ("light", PHONE), ("dark", PHONE)], ids=["dark", "phone", "dark phone"]
)
def test_axe_finds_nothing_serious_on_what_a_nurse_uses_all_day(theme, size, page: Page, demo_district):
    page.set_viewport_size(size)
    visit = log_in(page, demo_district, UserRole.NURSE, theme=theme)

    assert serious_findings(visit, ALL_DAY) == {}


@pytest.mark.parametrize("role", [UserRole.NURSE, UserRole.ADMIN], ids=str)
def test_no_page_is_wider_than_a_phone(role, page: Page, demo_district):
    page.set_viewport_size(PHONE)
    visit = log_in(page, demo_district, role)
    too_wide = {}

    for name, address in pages_of(role).items():
        visit.open(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            too_wide[name] = width

    assert too_wide == {}

"""A school administrator sets a value for the own school, changes it, and goes back to what was before."""

from playwright.sync_api import Page, expect

import configuration
from core.models import School, User, UserRole
from demo.logins import login_of
from medications.declared_settings import DUE_AFTER
from tests.browser.visits import log_in


def test_a_value_is_set_changed_and_set_again(page: Page, demo_district):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    school = User.objects.get(email=login_of(UserRole.SCHOOL_ADMIN)).school
    assert isinstance(school, School)
    visit = log_in(page, demo_district, UserRole.SCHOOL_ADMIN)

    visit.open("/admin/configuration/systemconfiguration/add/")
    page.get_by_role("link", name="A dose may be given late by").click()
    page.get_by_label("For whom").select_option(label=school.name)
    page.locator("#id_value").fill("50")
    page.locator("#id_reason").fill("Long way to the office")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("row", name=school.name).filter(has_text="50 minutes")).to_be_visible()
    page.get_by_role("row", name=school.name).filter(has_text="50 minutes").get_by_role("link").click()
    page.locator("#id_value").fill("40")
    page.locator("#id_reason").fill("Too long")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("40 minutes, set here")).to_be_visible()
    page.get_by_role("link", name="Back to 50 minutes").click()
    page.locator("#id_reason").fill("It was not")
    page.get_by_role("button", name="Set it again").click()

    expect(page.get_by_text("50 minutes, set here")).to_be_visible()
    expect(page.get_by_text("Reason: It was not")).to_be_visible()
    assert configuration.get(DUE_AFTER, school=school) == 50
    assert errors == []

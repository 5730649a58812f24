"""A nurse's whole way to a student of another school, and the district administrator's sign-off."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.models import UserRole
from emergency.models import EmergencyAccess
from tests.factories.core import PASSWORD, SchoolFactory, StudentFactory, UserFactory
from tests.factories.health import AllergyFactory

pytestmark = pytest.mark.any_database


@pytest.fixture
def zora(transactional_db):
    """A student of another school than the nurse's, in the district of them all."""
    home = SchoolFactory.create()
    elsewhere = SchoolFactory.create(district=home.district, name="Elm Street")
    UserFactory.create(role=UserRole.NURSE, email="nora@example.org", school=home)
    UserFactory.create(role=UserRole.DISTRICT_ADMIN, email="dora@example.org", district=home.district)
    zora = StudentFactory.create(first_name="Zora", last_name="Quill", student_number="778899", school=elsewhere)
    AllergyFactory.create(student=zora, life_threatening=True, allergen="Wasps")
    return zora


def log_in(page: Page, address: str, email: str) -> None:
    page.goto(f"{address}/admin/login/")
    page.locator("#id_username").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url(re.compile("/admin/$"))


def test_the_nurse_opens_reads_and_ends_and_the_district_signs_off(page: Page, live_server, zora, new_context):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    log_in(page, live_server.url, "nora@example.org")

    page.keyboard.press("Control+k")
    page.get_by_role("link", name="Emergency access").last.click()
    page.wait_for_url("**/emergency/find/")
    expect(page.get_by_label("Student number")).to_be_focused()
    page.keyboard.type("778899")
    page.get_by_role("button", name="Find", exact=True).click()
    found = page.get_by_role("region", name=re.compile("Zora Quill"))
    expect(found).to_contain_text("Elm Street")
    assert "778899" not in page.url
    expect(found.get_by_label("Why do you need to see this student?")).to_be_focused()
    found.get_by_label("Why do you need to see this student?").fill("Stung at the district picnic")
    found.get_by_role("button", name="Open the chart").click()
    page.wait_for_url("**/chart/")

    banner = page.get_by_role("region", name="Emergency access")
    expect(banner).to_contain_text("every look is recorded and reviewed")
    expect(banner).to_contain_text(re.compile("(29|30) minutes left"))
    expect(page.get_by_role("region", name="Life-threatening allergy")).to_contain_text("Wasps")
    page.clock.set_system_time(timezone.now() + timedelta(days=1))  # the clock of the computer is wrong
    page.reload()
    expect(banner).to_contain_text(re.compile("(29|30) minutes left"))
    page.goto(f"{live_server.url}/admin/")
    banner.get_by_role("link", name="Chart").click()
    page.wait_for_url("**/chart/")
    banner.get_by_role("button", name="End now").click()
    expect(page.get_by_text("The emergency access is ended.")).to_be_visible()
    expect(banner).to_have_count(0)
    assert errors == []

    district = new_context().new_page()
    log_in(district, live_server.url, "dora@example.org")
    district.get_by_role("link", name="Emergency accesses to review").click()
    expect(district.locator("#result_list")).to_contain_text("Quill, Zora (778899)")
    district.locator("#result_list tbody a").first.click()
    expect(district.get_by_text("Stung at the district picnic")).to_be_visible()
    expect(district.get_by_role("region", name="What was looked at and changed").last).to_contain_text("Allergies")
    district.get_by_label("Justified", exact=True).check()
    district.get_by_role("button", name="Save", exact=True).click()
    district.wait_for_url("**/emergency/emergencyaccess/**")
    expect(district.get_by_text("was changed successfully")).to_be_visible()

    access = EmergencyAccess.objects.get()
    assert (access.student_id, access.outcome) == (zora.pk, "JUSTIFIED")
    assert access.reviewed_by is not None
    assert access.reviewed_by.email == "dora@example.org"

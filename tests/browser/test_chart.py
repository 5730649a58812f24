import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from core.models import UserRole
from tests.factories.core import PASSWORD, SchoolFactory, StudentFactory, UserFactory
from tests.factories.health import AllergyFactory, HealthRecordFactory, VitalSignsFactory
from tests.factories.medications import StudentMedicationFactory


@pytest.fixture
def anna(page: Page, live_server, transactional_db):
    """A student whose chart a nurse has opened from the list."""
    school = SchoolFactory.create()
    UserFactory.create(role=UserRole.NURSE, email="nora@example.org", school=school)
    anna = StudentFactory.create(first_name="Anna", last_name="Ray", school=school)
    AllergyFactory.create(student=anna, life_threatening=True, allergen="Peanuts")
    for number in range(30):
        when = timezone.now() - datetime.timedelta(days=number)
        HealthRecordFactory.create(student=anna, title=f"Visit {number}", record_date=when)
        VitalSignsFactory.create(student=anna, measurement_date=when, heart_rate=70 + number)
    for name in ("Ritalin", "Ventolin"):
        StudentMedicationFactory.create(student=anna, medication__name=name, consent_obtained=True)

    page.goto(live_server.url)
    page.locator("#id_username").fill("nora@example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form#login-form button[type=submit]").click()
    page.wait_for_url(f"{live_server.url}/admin/")
    page.goto(f"{live_server.url}/admin/core/student/")
    page.get_by_role("link", name="Ray, Anna").click()
    page.wait_for_url("**/chart/**")
    return anna


def test_a_nurse_reads_the_banner_and_turns_the_timeline_by_keyboard(page: Page, anna):
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    expect(page.get_by_role("region", name="Life-threatening allergy")).to_contain_text("Peanuts")
    timeline = page.get_by_role("region", name="Timeline")

    timeline.get_by_role("link", name="Visits").focus()
    page.keyboard.press("Enter")
    expect(timeline.get_by_role("link", name="Visits")).to_have_attribute("aria-current", "true")
    expect(timeline.get_by_role("link", name="Visits")).to_be_focused()
    expect(timeline.locator(".chart-events li")).to_have_count(25)
    assert page.url.endswith("/chart/?kind=visits")

    timeline.get_by_role("link", name="Older").focus()
    page.keyboard.press("Enter")
    expect(timeline.locator(".chart-events li")).to_have_count(5)
    expect(timeline).to_contain_text("Visit 29")

    page.go_back()
    expect(timeline.locator(".chart-events li")).to_have_count(25)
    expect(page.get_by_role("region", name="Life-threatening allergy")).to_contain_text("Peanuts")
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage])")
    assert "Peanuts" not in kept
    assert "Visit 3" not in kept
    assert errors == []


def test_a_dose_of_one_of_several_orders_is_two_clicks_away(page: Page, anna):
    page.locator("summary", has_text="Dose").click()
    page.get_by_role("navigation", name="Record something").get_by_role("link", name="Ventolin").click()

    expect(page.locator("#content")).to_contain_text("Ventolin")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/chart/")
    expect(page.get_by_role("region", name="Medications")).to_contain_text(f"Last dose{timezone.localdate():%b}")
    doses = page.get_by_role("region", name="Timeline").locator(".chart-events li").filter(has_text="Dose")
    expect(doses).to_contain_text("Ventolin")


def test_the_menu_of_doses_closes_by_escape(page: Page, anna):
    menu = page.locator("details.chart-choice")
    page.locator("summary", has_text="Dose").click()
    expect(menu).to_have_attribute("open", "")

    page.keyboard.press("Escape")

    expect(menu).not_to_have_attribute("open", "")
    expect(page.locator("summary", has_text="Dose")).to_be_focused()


def test_vital_signs_are_drawn(page: Page, anna):
    canvas = page.get_by_role("img", name="Heart rate over time.")

    assert canvas.evaluate("canvas => Chart.getChart(canvas).data.datasets[0].data.length") == 30


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_does_not_scroll_sideways(page: Page, anna, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.locator("summary", has_text="Dose").click()
    page.locator("summary", has_text="The figures").click()

    assert page.evaluate("document.documentElement.scrollWidth") == width

"""What each role does all day, in a browser, from the log-in on."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from audit.models import AuditAction, AuditLog
from core.models import Student, User, UserRole
from health.models import VitalSigns
from incidents.models import IncidentReport
from medications.models import MedicationLog, MedicationLogStatus, StudentMedication
from tests.browser.visits import Visit, child_with_much, log_in

pytestmark = pytest.mark.slow


def find(visit: Visit, child: Student, *, by: str = "") -> None:
    """Open a student's chart by typing into the search, with the keyboard alone."""
    page = visit.browser
    page.keyboard.press("Control+k")
    page.keyboard.type(by or f"{child.last_name[:4]} {child.first_name[:3]}", delay=20)
    option = page.get_by_role("option").filter(has_text=child.student_number)
    expect(option).to_be_visible()
    for _ in range(10):
        if option.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/student/{child.pk}/chart/$"))


def order_for(child: Student) -> StudentMedication:
    """An order of the child's that stands and may be given."""
    order = StudentMedication.objects.filter(student=child, is_active=True).first()
    assert order is not None, "a child who can die of an allergy has an EpiPen"
    return order


def test_a_nurse_finds_a_child_and_records_a_dose_vital_signs_and_an_incident(page: Page, demo_district):
    visit = log_in(page, demo_district, UserRole.NURSE)
    child = child_with_much()
    order_for(child)

    find(visit, child)
    expect(page.get_by_role("heading", name=re.compile("^.*Life-threatening allerg"))).to_be_visible()
    expect(page.locator("a[href^='tel:']").first).to_be_visible()

    page.get_by_role("link", name=re.compile("^Give dose")).first.click()
    expect(page.locator("#content, main").first).to_contain_text(child.last_name)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/chart/$"))
    dose = MedicationLog.objects.filter(student_medication__student=child).latest("created_at")
    assert (dose.status, dose.nurse.email) == (MedicationLogStatus.ADMINISTERED, "nurse@demo.whitecross.example")
    assert abs((timezone.now() - dose.time_given).total_seconds()) < 300

    page.get_by_role("link", name="Vital signs").first.click()
    page.locator("#id_temperature").fill("99.1")
    page.locator("#id_heart_rate").fill("88")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/chart/$"))
    expect(page.locator("body")).to_contain_text("99.1")
    signs = VitalSigns.objects.filter(student=child).latest("created_at")
    assert (str(signs.temperature), signs.heart_rate) == ("99.10", 88)

    page.get_by_role("link", name="Incident").first.click()
    page.locator("#id_type").select_option("INJURY")
    page.locator("#id_severity").select_option("LOW")
    page.locator("#id_location").fill("Playground")
    page.locator("#id_description").fill("Fell from the swing.")
    page.locator("#id_action_taken").fill("Cleaned and dressed.")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/chart/$"))
    report = IncidentReport.objects.get(student=child, description="Fell from the swing.")
    assert report.reported_by.email == "nurse@demo.whitecross.example"
    expect(page.locator("#timeline")).to_contain_text("Incident")


def test_a_nurse_prints_the_emergency_card_on_one_page(page: Page, demo_district):
    visit = log_in(page, demo_district, UserRole.NURSE)
    child = child_with_much()

    visit.open(reverse("admin:core_student_chart", args=[child.pk]))
    page.get_by_role("link", name=re.compile("[Ee]mergency card")).first.click()
    page.wait_for_url(re.compile("/card/$"))
    printed = page.pdf(prefer_css_page_size=True)

    expect(page.get_by_role("heading", name=f"{child.first_name} {child.last_name}")).to_be_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert child.last_name not in page.title()
    assert AuditLog.objects.filter(action=AuditAction.PRINT, student_id=child.pk).exists()


def test_a_nurse_deletes_a_student_for_a_reason_and_restores_it(page: Page, demo_district):
    visit = log_in(page, demo_district, UserRole.NURSE)
    child = child_with_much()

    visit.open(reverse("admin:core_student_delete", args=[child.pk]))
    page.locator("[name=reason]").fill("Entered twice")
    page.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url(re.compile("/core/student/$"))
    # A row that is marked as deleted is a row changed.
    deletion = AuditLog.objects.filter(action=AuditAction.UPDATE, entity_type="students", entity_id=child.pk).get()
    assert (Student.objects.filter(pk=child.pk).exists(), deletion.reason) == (False, "Entered twice")

    visit.open(reverse("admin:core_student_chart", args=[child.pk]))
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("body")).to_contain_text("Restored: 1 student")
    assert Student.objects.filter(pk=child.pk).exists()


@pytest.mark.parametrize(
    ("role", "sees", "sees_not"),
    [
        (UserRole.COUNSELOR, ["Life-threatening", "Whom to call", "Medications"], ["Give dose"]),
        (UserRole.SCHOOL_ADMIN, ["Whom to call", "Vaccinations"], ["Life-threatening", "Medications", "Vital signs"]),
        (UserRole.DISTRICT_ADMIN, ["Vaccinations"], ["Life-threatening", "Whom to call", "Give dose"]),
        (UserRole.ADMIN, ["Life-threatening", "Whom to call", "Give dose"], []),
        (UserRole.VIEWER, ["Born"], ["Life-threatening", "Whom to call", "Vaccinations", "Give dose"]),
    ],
    ids=str,
)
def test_each_role_finds_a_child_by_typing_and_reads_what_is_its_own(role, sees, sees_not, page: Page, demo_district):
    visit = log_in(page, demo_district, role)
    child = child_with_much()

    find(visit, child, by=child.student_number)

    chart = page.locator("article.chart-page")
    expect(chart).to_contain_text(child.last_name)
    for text in sees:
        expect(chart).to_contain_text(text)
    for text in sees_not:
        expect(chart).not_to_contain_text(text)


def test_a_dose_is_given_by_the_keyboard_alone(page: Page, demo_district):
    visit = log_in(page, demo_district, UserRole.NURSE)
    child = child_with_much()
    before = MedicationLog.objects.filter(student=child).count()

    find(visit, child, by=child.date_of_birth.strftime("%m/%d/%Y"))
    tab_to(page, "Give dose")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/medicationlog/add/"))
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/chart/$"))

    assert MedicationLog.objects.filter(student=child).count() == before + 1


def test_a_dose_that_is_due_is_given_from_the_home_page(page: Page, demo_district):
    child = child_with_much()
    due = MedicationLog.objects.create(
        student_medication=order_for(child),
        nurse=User.objects.get(email="nurse@demo.whitecross.example"),
        status=MedicationLogStatus.PENDING,
        scheduled_for=timezone.now(),
    )
    log_in(page, demo_district, UserRole.NURSE)

    page.locator(f"a[href*='{due.pk}']").first.click()
    expect(page.locator("#id_status")).to_have_value("ADMINISTERED")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/admin/$"))

    due.refresh_from_db()
    assert (due.status, due.dosage_given) == (MedicationLogStatus.ADMINISTERED, due.student_medication.dosage)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has the focus begins with a name; every stop on the way shows that it has the focus."""
    for _ in range(150):
        page.keyboard.press("Tab")
        text, is_shown = page.evaluate(
            """() => {
                const element = document.activeElement, style = getComputedStyle(element);
                const text = (element.innerText || element.value || element.getAttribute("aria-label") || "").trim();
                return [text, element === document.body || element.getClientRects().length > 0];
            }"""
        )
        assert is_shown, f"the focus is on something that cannot be seen, before {name}"
        if text.startswith(name):
            return
    raise AssertionError(f"no way by the Tab key to {name}")

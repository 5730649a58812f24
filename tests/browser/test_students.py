import re

import pytest
from playwright.sync_api import Page, expect

from core.models import Student, UserRole
from health.models import HealthRecord
from tests.factories.core import PASSWORD, SchoolFactory, StudentFactory, UserFactory
from tests.factories.health import HealthRecordFactory


@pytest.mark.django_db(transaction=True)
def test_a_nurse_finds_edits_deletes_and_restores_a_student(page: Page, live_server):
    school = SchoolFactory.create(name="Lincoln Middle")
    nurse = UserFactory.create(role=UserRole.NURSE, email="nora@example.org", school=school)
    john = StudentFactory.create(first_name="John", last_name="Smith", school=school)
    HealthRecordFactory.create_batch(2, student=john)
    StudentFactory.create(first_name="Mary", last_name="Jones", school=school)

    page.goto(live_server.url)
    page.locator("#id_username").fill("nora@example.org")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form#login-form button[type=submit]").click()
    page.get_by_role("link", name="Students").first.click()

    page.locator("#searchbar").fill("smi jo")
    page.locator("#searchbar").press("Enter")
    expect(page.locator("#result_list")).to_contain_text("Smith, John")
    expect(page.locator("#result_list")).not_to_contain_text("Jones, Mary")

    page.get_by_role("link", name="Smith, John").click()
    page.get_by_role("link", name="Edit student").click()
    page.locator("#id_first_name").fill("Johnny")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("body")).to_contain_text("was changed successfully")
    john.refresh_from_db()
    assert (john.first_name, john.is_active, john.updated_by) == ("Johnny", True, nurse)

    page.goto(f"{live_server.url}/admin/core/student/{john.pk}/change/")
    page.get_by_role("link", name=re.compile("Delete")).click()
    expect(page.locator("#content")).to_contain_text("2 health records")
    page.get_by_role("button", name=re.compile("^Yes")).click()
    expect(page.locator("body")).to_contain_text("was deleted successfully")
    assert (Student.objects.filter(pk=john.pk).exists(), HealthRecord.objects.count()) == (False, 0)

    page.goto(f"{live_server.url}/admin/core/student/?deleted=yes")
    page.get_by_role("link", name="Smith, Johnny").click()
    page.get_by_role("button", name="Restore").click()
    expect(page.locator("body")).to_contain_text("Restored: 1 student, with 2 of what belongs to it.")
    assert (Student.objects.filter(pk=john.pk).exists(), HealthRecord.objects.count()) == (True, 2)

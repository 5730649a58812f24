import io
import re

import pypdf
import pytest
from playwright.sync_api import Page, expect

from core.models import UserRole
from tests.chart.needs import needy_student
from tests.factories.core import PASSWORD, StudentFactory, UserFactory, home_school


def log_in(page, live_server):
    nurse = UserFactory.create(role=UserRole.NURSE, school=home_school())
    page.goto(live_server.url)
    page.locator("#id_username").fill(nurse.email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("form#login-form button[type=submit]").click()
    page.wait_for_url(f"{live_server.url}/admin/")


def printed(page):
    """The pages as Chromium prints them."""
    page.evaluate("document.fonts.ready")
    return [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))).pages]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_card_prints_on_one_page_with_all_of_twelve_long_allergies(page: Page, live_server, browser, has_scripts):
    student = needy_student(12, first_name="Nguyễn", last_name="Łukasz")
    log_in(page, live_server)
    sheet = browser.new_context(java_script_enabled=has_scripts, storage_state=page.context.storage_state()).new_page()

    sheet.goto(f"{live_server.url}/admin/core/student/{student.pk}/card/")
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(sheet.pdf(prefer_css_page_size=True))).pages]
    sheet.context.close()

    assert len(pages) == 1
    assert [number for number in range(12) if f"Allergen{number:03}" not in pages[0]] == []
    assert "Nguyễn Łukasz" in pages[0]
    assert "CONFIDENTIAL" in pages[0]


@pytest.mark.django_db(transaction=True)
def test_cards_of_a_class_are_made_from_the_list_one_to_a_page(page: Page, live_server):
    for allergies in (0, 1, 12, 60, 150):
        needy_student(allergies, grade="5", last_name=f"Child{allergies:03}")
    StudentFactory.create(grade="6", last_name="Older")
    log_in(page, live_server)

    page.goto(f"{live_server.url}/admin/core/student/?grade__exact=5")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("print_cards")
    page.locator("button[name=index]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Emergency cards (5)")

    pages = printed(page)
    assert [re.findall(r"Child\d+", text)[:1] for text in pages] == [
        [f"Child{allergies:03}"] for allergies in (0, 1, 12, 60, 150)
    ]
    assert [f"Allergen{number:03}" in pages[4] for number in range(150)] == [True] * 150
    page.emulate_media(media="print")
    parts = "[...document.querySelectorAll('.card-body, .card-foot')]"
    assert page.evaluate(f"{parts}.filter(part => part.scrollHeight > part.clientHeight + 1).length") == 0

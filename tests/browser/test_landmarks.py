from playwright.sync_api import Page, expect

from core.models import UserRole
from tests.browser.visits import log_in


def test_the_first_stop_of_the_tab_key_leads_past_the_menu(page: Page, demo_district):
    log_in(page, demo_district, UserRole.NURSE)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('[role=main]') !== null")
    expect(page.get_by_role("main")).to_have_count(1)

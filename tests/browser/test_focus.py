"""Where one types first, nobody needs the mouse: also if the page is slow to show itself."""

import time

import pytest
from playwright.sync_api import Page, Route, expect

from core.models import UserRole
from tests.factories.core import PASSWORD, UserFactory, home_school

pytestmark = pytest.mark.any_database


def late(route: Route) -> None:
    """Alpine, which shows the page, comes a while after it."""
    time.sleep(0.5)
    route.continue_()


def test_the_first_field_is_ready_for_typing(page: Page, live_server, transactional_db):
    nurse = UserFactory.create(role=UserRole.NURSE, school=home_school())
    page.route("**/alpine/alpine*.js", late)

    page.goto(f"{live_server.url}/admin/login/")
    expect(page.locator("#id_username")).to_be_focused()
    page.keyboard.type(nurse.email)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")

    page.goto(f"{live_server.url}/admin/emergency/find/")
    expect(page.get_by_label("Student number")).to_be_focused()

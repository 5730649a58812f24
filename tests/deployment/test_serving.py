"""The entry point as a production has it, seen by a browser through a proxy with TLS."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator

import pyotp
import pytest
from playwright.sync_api import Page, expect

from demo.logins import DEMO_PASSWORD, login_of
from tests.browser.conftest import CHROMIUM
from tests.deployment.clusters import free_port
from tests.deployment.serving import FORWARDED, HOST, Installation, Served, until
from tests.deployment.visitor import Visitor
from tests.scratch import ROOT

pytestmark = pytest.mark.slow

CADDY = shutil.which("caddy")


@pytest.fixture(scope="session")
def site(web: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the proxy of deploy/Caddyfile in front of the server, with a certificate of its own making."""
    if CADDY is None:
        pytest.skip("caddy is not installed")
    port, plain, folder = free_port(), free_port(), tmp_path_factory.mktemp("caddy")
    # As the file is, but for the port: 443 and 80 are not ours to take.
    text = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    configuration = folder / "Caddyfile"
    configuration.write_text(text.replace("\tadmin off\n", f"\tadmin off\n\thttp_port {plain}\n\tskip_install_trust\n"))
    process = subprocess.Popen(
        [CADDY, "run", "--config", configuration, "--adapter", "caddyfile"],
        env={
            "HOME": str(folder),
            "SITE_ADDRESS": f"https://localhost:{port}",
            "SITE_TLS": "internal",
            "WEB_ADDRESS": f"127.0.0.1:{web.port}",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _listens(port), 20)
        yield f"https://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """The certificate is made for the test, and no browser knows who signed it."""
    return {**browser_context_args, "ignore_https_errors": True}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_a_nurse_logs_in_and_opens_a_chart_through_the_proxy(site: str, page: Page) -> None:
    wrong: list[str] = []
    page.on("response", lambda answer: wrong.append(answer.url) if answer.status >= 400 else None)
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)

    page.goto(f"{site}/")
    page.wait_for_url(re.compile("/admin/login/"))
    page.locator("#id_username").fill(login_of("NURSE"))
    page.locator("#id_password").fill(DEMO_PASSWORD)
    page.locator("#id_password").press("Enter")
    page.wait_for_url(re.compile("/admin/$"))
    page.goto(f"{site}/admin/core/student/")
    page.locator("a[href$='/chart/']").first.click()
    page.wait_for_url(re.compile("/chart/$"))

    expect(page.locator("article.chart-page")).to_be_visible()
    assert wrong == []
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert set(cookies) == {"__Host-sessionid", "__Host-csrftoken"}
    assert all(cookie["secure"] and cookie["httpOnly"] for cookie in cookies.values())


def test_both_steps_of_a_log_in_are_shown_to_whichever_process_answers(web: Served) -> None:
    """What was sealed and signed by one of the server's processes is opened by the other."""
    page = "/admin/account/second-factor/"
    own = Visitor(web.port, HOST)
    own.log_in(login_of("COUNSELOR"))
    own.post(page, own.get(page).form("action") | {"action": "begin"})
    shown = own.get(page)
    secret = re.sub(r"\s", "", re.findall(r'<code class="account-secret">([^<]+)</code>', shown.body)[0])
    done = own.post(page, shown.form("code") | {"action": "confirm", "code": pyotp.TOTP(secret).now()})
    assert "Your authenticator app is set up." in done.body

    again = Visitor(web.port, HOST)
    fields = again.get("/admin/login/").form("username")
    first = again.post("/admin/login/", fields | {"username": login_of("COUNSELOR"), "password": DEMO_PASSWORD})
    assert (first.status, first.leads_to) == (302, "/admin/login/second-factor/")
    assert again.get("/admin/").leads_to.startswith("/admin/login/")
    again.log_in(login_of("COUNSELOR"), secret=secret)
    assert again.get("/admin/").status == 200


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_probes_are_not_for_visitors(site: str, page: Page) -> None:
    for path in ("/healthz", "/readyz"):
        assert page.request.get(f"{site}{path}").status == 404


def test_every_static_file_of_a_page_has_a_hash_and_may_be_kept_for_ever(web: Served) -> None:
    visitor = Visitor(web.port, HOST)
    visitor.log_in(login_of("ADMIN"))
    found: set[str] = set()
    for path in ("/admin/", "/admin/core/student/", "/admin/core/student/add/", "/admin/audit/auditlog/"):
        found |= set(re.findall(r'(?:src|href)="(/static/[^"]+)"', visitor.get(path).body))

    assert len(found) > 10
    for path in sorted(found):
        status, headers, body = web.get(path, **FORWARDED, **{"Accept-Encoding": "gzip"})
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", path), path
        assert status == 200
        assert headers["cache-control"] == "max-age=315360000, public, immutable"
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
        if path.endswith((".css", ".js")) and len(body) > 500:
            assert headers["content-encoding"] == "gzip"
            assert headers["vary"] == "Accept-Encoding"


def test_the_visitors_address_reaches_the_audit_log(installation: Installation, web: Served) -> None:
    visitor = Visitor(web.port, HOST, address="198.51.100.23")
    visitor.log_in(login_of("VIEWER"))

    found = installation.cluster.execute(
        "postgres", "SELECT count(*) FROM audit_logs WHERE action = 'LOGIN' AND host(ip_address) = '198.51.100.23'"
    )
    assert found == [(1,)]


def test_a_page_that_fails_says_nothing_of_why(web: Served) -> None:
    status, _, body = web.get("/admin/nothing-here/", **FORWARDED)

    assert status in (302, 404)
    assert b"Traceback" not in body
    assert b"DEBUG" not in body


def test_sessions_of_the_web_are_known_by_name_and_are_few(installation: Installation, web: Served) -> None:
    found = installation.cluster.execute(
        "postgres",
        "SELECT usename, application_name, count(*) FROM pg_stat_activity WHERE usename IS NOT NULL "
        "AND usename = 'whitecross_web' GROUP BY 1, 2",
    )

    assert [(user, name) for user, name, _ in found] == [("whitecross_web", "white-cross web")]
    assert found[0][2] <= 8


def test_the_container_asks_for_health_by_the_same_entry_point(installation: Installation, web: Served) -> None:
    environment = installation.environment("web") | {"WEB_BIND": f"0.0.0.0:{web.port}"}
    lives = Installation(installation.cluster, installation.static, {"WEB_BIND": environment["WEB_BIND"]})
    nobody = Installation(installation.cluster, installation.static, {"WEB_BIND": f"127.0.0.1:{free_port()}"})

    assert lives.run("web", "healthy") == ""
    assert nobody.run("web", "healthy", status=1) == "No answer: Connection refused\n"


def test_settings_that_cannot_be_read_are_one_line(installation: Installation) -> None:
    wrong = Installation(installation.cluster, installation.static, {"WEB_THREADS": "many"})

    assert wrong.run("web", "web", status=1) == "WEB_THREADS should be a whole number, not 'many'.\n"


def test_an_unknown_command_is_told_which_there_are(installation: Installation) -> None:
    assert "whitecross.serve migrate" in installation.run("web", "sell", status=2)


def test_the_settings_pass_the_checks_for_deployment(installation: Installation) -> None:
    assert "no issues" in installation.run("web", "check")


def test_the_web_refuses_to_migrate(installation: Installation) -> None:
    """It reads which migrations there are neither: that is the roles'."""
    assert "lacks a privilege" in installation.run("web", "migrate", status=1)

"""One request, one transaction, one actor."""

import uuid

import pytest
from django.contrib.auth.hashers import make_password
from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from django.test import Client, RequestFactory, override_settings

from accounts.models import UserSession
from accounts.sessions import stored_key
from core.middleware import ActorMiddleware
from tests.acting import pages
from tests.acting.declared import declared
from tests.acting.pages import TRACE
from tests.factories.core import PASSWORD, SchoolFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.acting.pages")]


@pytest.fixture
def nurse():
    return UserFactory.create(school=SchoolFactory.create())


@pytest.fixture
def visitor(nurse):
    """A browser in which the nurse is logged in."""
    client = Client(raise_request_exception=False, HTTP_USER_AGENT="Firefox", REMOTE_ADDR="203.0.113.7")
    client.force_login(nurse)
    return client


@pytest.fixture(autouse=True)
def nothing_is_left():
    """After a request the tests' own user acts again."""
    yield
    assert declared() == dict.fromkeys(declared(), "") | {"role": "none"}


def go_away(response) -> None:
    """Close a response as a server does whose client is gone; the tests' own connection stays."""
    request_finished.disconnect(close_old_connections)
    try:
        response.close()
    finally:
        request_finished.connect(close_old_connections)


def written(code: str) -> bool:
    return UserSession.objects.filter(session_key=stored_key(code), session_data=TRACE).exists()


def test_the_user_acts(visitor, nurse):
    said = visitor.get("/who/").json()

    assert said["role"] == "whitecross_nurse"
    assert said["actor_id"] == str(nurse.pk)
    assert said["schools"] == f"{{{nurse.school_id}}}"
    assert (said["source"], said["ip"], said["user_agent"], said["reason"]) == ("web", "203.0.113.7", "Firefox", "")


def test_without_a_login_nobody_acts():
    said = Client().get("/who/").json()

    assert (said["role"], said["actor_id"], said["schools"], said["source"]) == (
        "whitecross_anonymous",
        "",
        "{}",
        "web",
    )


def test_a_user_who_was_deactivated_is_nobody(visitor, nurse):
    nurse.is_active = False
    nurse.save()

    assert visitor.get("/who/").json()["role"] == "whitecross_anonymous"


def test_what_a_request_writes_stays(visitor):
    assert visitor.get("/writing/?code=A").status_code == 200

    assert written("A")


@pytest.mark.parametrize("kind", ["404", "403", "500"])
def test_a_view_that_raises_leaves_nothing(visitor, kind, django_capture_on_commit_callbacks):
    pages.called.clear()

    with django_capture_on_commit_callbacks(execute=True):
        response = visitor.get(f"/raising/?code=A&raise={kind}")

    assert response.status_code == int(kind)
    assert not written("A")
    assert pages.called == []


@pytest.mark.parametrize(("status", "stays"), [(200, True), (404, True), (500, False), (503, False)])
def test_an_answer_of_500_or_above_leaves_nothing(visitor, status, stays):
    assert visitor.get(f"/answering/?code=A&status={status}").status_code == status

    assert written("A") is stays


def test_a_page_is_rendered_by_the_same_actor(visitor):
    response = visitor.get("/rendering/?code=A")

    assert response.content == b"whitecross_nurse "
    assert written("A")


def test_an_error_while_rendering_leaves_nothing_of_the_request(visitor):
    response = visitor.get("/rendering/?code=A&break=1")

    assert response.status_code == 500
    assert not written("A")


class FailsOnTheWayOut:
    """A middleware that fails after the view."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        self.get_response(request)
        raise LookupError("on the way out")


def test_an_error_outside_the_view_leaves_nothing_of_the_request(visitor, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "tests.acting.test_requests.FailsOnTheWayOut"]

    response = visitor.get("/writing/?code=A")

    assert response.status_code == 500
    assert not written("A")


def test_the_session_outlives_a_view_that_raises(visitor):
    visitor.get("/raising/?code=A&raise=404")

    assert visitor.get("/who/").json()["role"] == "whitecross_nurse"
    assert UserSession.objects.count() == 1


def test_from_the_log_in_on_the_user_acts(nurse):
    said = Client().get(f"/login/?email={nurse.email}").json()

    assert said["before"]["role"] == "whitecross_anonymous"
    assert (said["after"]["role"], said["after"]["actor_id"]) == ("whitecross_nurse", str(nurse.pk))
    nurse.refresh_from_db()
    assert nurse.last_login is not None


def test_from_the_log_out_on_nobody_acts(visitor):
    said = visitor.get("/logout/").json()

    assert said["before"]["role"] == "whitecross_nurse"
    assert (said["after"]["role"], said["after"]["actor_id"]) == ("whitecross_anonymous", "")
    assert UserSession.objects.count() == 0


def test_the_admins_own_log_in_works_with_what_nobody_may_do(nurse):
    client = Client()

    page = client.get("/admin/login/")
    response = client.post("/admin/login/?next=/who/", {"username": nurse.email, "password": PASSWORD})

    assert page.status_code == 200
    assert (response.status_code, response.headers["Location"]) == (302, "/who/")
    assert client.get("/who/").json()["role"] == "whitecross_nurse"


@override_settings(
    PASSWORD_HASHERS=[
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
)
def test_a_hash_is_renewed_at_the_log_in(nurse):
    """With the rights of nobody: the user is not logged in before the password is checked."""
    type(nurse).objects.filter(pk=nurse.pk).update(password=make_password(PASSWORD, hasher="md5"))

    response = Client().post("/admin/login/?next=/who/", {"username": nurse.email, "password": PASSWORD})

    nurse.refresh_from_db()
    assert response.status_code == 302
    assert nurse.password.startswith("pbkdf2_sha256$")


def test_a_refusal_by_the_database_is_a_403_without_values(visitor):
    response = visitor.get("/forbidden/?code=A")

    assert response.status_code == 403
    assert b"Secretname" not in response.content
    assert not written("A")
    assert declared()["role"] == "none"


def test_a_view_that_goes_on_after_an_error_of_the_database_does_not_say_that_all_is_well(visitor):
    response = visitor.get("/swallowing/?code=A")

    assert response.status_code == 500
    assert not written("A")


@pytest.mark.parametrize("given", ["3f1c", "Root=1-67891233-abcdef012345678912345678", "a" * 128])
def test_a_sane_request_id_is_kept(visitor, given):
    response = visitor.get("/who/", headers={"X-Request-ID": given})

    assert response.headers["X-Request-ID"] == given
    assert (response.json()["request_id"], response.json()["id"]) == (given, given)


@pytest.mark.parametrize("given", ["", "a" * 129, "a b", "x\ny", "<script>", "ä"])
def test_any_other_request_id_is_replaced(visitor, given):
    response = visitor.get("/who/", headers={"X-Request-ID": given})

    new = response.headers["X-Request-ID"]
    assert str(uuid.UUID(new)) == new
    assert (response.json()["request_id"], response.json()["id"]) == (new, new)


@pytest.mark.parametrize(
    ("address", "expected"),
    [("203.0.113.7", "203.0.113.7"), ("2001:db8::1", "2001:db8::1"), ("fe80::1%eth0", "fe80::1"), ("", ""), ("x", "")],
)
def test_the_address_is_that_of_the_connection(visitor, address, expected):
    said = visitor.get("/who/", REMOTE_ADDR=address, headers={"X-Forwarded-For": "198.51.100.9"}).json()

    assert said["ip"] == expected


def test_an_odd_user_agent_does_no_harm(visitor):
    said = visitor.get("/who/", HTTP_USER_AGENT="a\x00b\n" + "c" * 1000).json()

    assert said["user_agent"] == "a b " + "c" * 496


def test_a_stream_is_made_by_the_same_actor(visitor):
    response = visitor.get("/stream/?code=A")

    assert declared()["role"] == "none"
    assert b"".join(response.streaming_content).decode().splitlines() == [
        *["whitecross_nurse 203.0.113.7 True"] * 3,
        "written",
    ]
    assert written("A")


def test_a_stream_that_breaks_leaves_nothing(visitor):
    response = visitor.get("/stream/?code=A&break=1")

    with pytest.raises(LookupError, match="while streaming"):
        list(response.streaming_content)

    assert not written("A")


def test_a_stream_whose_reader_goes_away_is_closed(visitor, nurse):
    def view(request):
        request.actor.declare(nurse.pk)
        return pages.streaming(request)

    response = ActorMiddleware(view)(RequestFactory().get("/stream/?code=A"))
    content = iter(response)

    first = next(content)
    during = declared()["role"]
    go_away(response)

    assert first.startswith(b"whitecross_nurse")
    assert during == "whitecross_nurse"
    assert list(content) == []
    assert not written("A")


def test_a_stream_that_nobody_reads_does_nothing(visitor):
    go_away(visitor.get("/stream/?code=A"))

    assert not written("A")


def test_an_async_stream_is_refused(visitor):
    assert visitor.get("/stream-async/").status_code == 500


def test_the_middleware_stands_before_the_sessions(settings):
    # Before it stands only what needs no actor.
    assert [name for name in settings.MIDDLEWARE if "whitenoise" not in name][:9] == [
        "whitecross.probes.ProbeMiddleware",
        "core.request_log.RequestLogMiddleware",
        "django.middleware.csp.ContentSecurityPolicyMiddleware",
        "core.content_security.PolicyByKindMiddleware",
        "whitecross.response_headers.ResponseHeadersMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "core.middleware.ActorMiddleware",
        "audit.middleware.DenialMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
    ]


@pytest.mark.django_db(transaction=True)
class TestForReal:
    """Without a transaction of the test's around the request."""

    def test_a_request_is_one_transaction(self, visitor):
        assert visitor.get("/writing/?code=A").status_code == 200
        assert visitor.get("/rendering/?code=B&break=1").status_code == 500

        assert written("A")
        assert not written("B")
        assert not connection.in_atomic_block

    def test_a_lost_connection_does_not_hide_the_error(self, nurse):
        client = Client()
        client.force_login(nurse)

        with pytest.raises(LookupError, match="the original error"):
            client.get("/cut/")

        assert client.get("/who/").json()["role"] == "whitecross_nurse"

    def test_a_page_after_a_lost_connection_is_a_500(self, visitor):
        assert visitor.get("/cut/").status_code == 500
        assert visitor.get("/who/").status_code == 200

    def test_on_commit_runs_after_the_actor(self, visitor):
        with pytest.MonkeyPatch.context() as patch:
            said = []
            patch.setattr(pages, "write", lambda request: transaction.on_commit(lambda: said.append(declared())))
            visitor.get("/writing/")

        assert said[0]["role"] == "none"

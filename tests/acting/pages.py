"""Pages that do in a request what a test asks for. Each leaves a trace by the code in the query string."""

from collections.abc import AsyncIterator, Iterator

from django.contrib import admin
from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import include, path

from accounts.sessions import stored_key
from accounts.urls import public_urls
from core.models import User
from tests.acting.declared import declared, execute

TRACE = "a page was here"


def write(request: HttpRequest) -> None:
    """Leave a trace in the one table that everybody may write, whoever they are."""
    key = stored_key(request.GET["code"])
    execute(f"SELECT write_session(NULL, '{key}', '{TRACE}', now() + interval '1 hour', NULL, '')")


def who(request: HttpRequest) -> HttpResponse:
    server_process = execute("SELECT pg_backend_pid()")[0][0]
    return JsonResponse(declared() | {"id": request.__dict__["request_id"], "pid": server_process})


def writing(request: HttpRequest) -> HttpResponse:
    write(request)
    return HttpResponse("written")


def raising(request: HttpRequest) -> HttpResponse:
    write(request)
    transaction.on_commit(lambda: called.append("on_commit"))
    kinds = {"404": Http404, "403": PermissionDenied, "500": LookupError}
    raise kinds[request.GET["raise"]]


called: list[str] = []


def answering(request: HttpRequest) -> HttpResponse:
    write(request)
    return HttpResponse(status=int(request.GET["status"]))


class Breaks:
    def __str__(self) -> str:
        raise LookupError("while rendering")


def rendering(request: HttpRequest) -> HttpResponse:
    """A deferred page, which acts only when it is rendered."""
    write(request)
    template = engines["django"].from_string("{{ role }} {{ broken }}")
    broken = Breaks() if "break" in request.GET else ""
    return TemplateResponse(request, template, {"role": lambda: declared()["role"], "broken": broken})


def logging_in(request: HttpRequest) -> HttpResponse:
    before = declared()
    user = User.objects.get(email=request.GET["email"])
    login(request, user, backend="core.authentication.RoleBackend")
    return JsonResponse({"before": before, "after": declared()})


def logging_out(request: HttpRequest) -> HttpResponse:
    before = declared()
    logout(request)
    return JsonResponse({"before": before, "after": declared()})


def forbidden_by_the_database(request: HttpRequest) -> HttpResponse:
    write(request)
    execute("UPDATE districts SET name = 'Secretname'")
    return HttpResponse("never")


def swallowing(request: HttpRequest) -> HttpResponse:
    """Goes on after the database had refused a statement."""
    write(request)
    try:
        execute("SELECT 1 / 0")
    except Exception:
        return HttpResponse("all is well")
    return HttpResponse("never")


def cutting_the_line(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    connection.connection.close()
    raise LookupError("the original error")


def streaming(request: HttpRequest) -> StreamingHttpResponse:
    def content() -> Iterator[str]:
        for _ in range(3):
            said = declared()
            yield f"{said['role']} {said['ip']} {connection.in_atomic_block}\n"
        if "break" in request.GET:
            write(request)
            raise LookupError("while streaming")
        if "code" in request.GET:
            write(request)
            yield "written\n"

    return StreamingHttpResponse(content())


async def _slowly() -> AsyncIterator[bytes]:
    yield b"never"


def streaming_async(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(_slowly())


urlpatterns = [
    path("who/", who),
    path("writing/", writing),
    path("raising/", raising),
    path("answering/", answering),
    path("rendering/", rendering),
    path("login/", logging_in),
    path("logout/", logging_out),
    path("forbidden/", forbidden_by_the_database),
    path("swallowing/", swallowing),
    path("cut/", cutting_the_line),
    path("stream/", streaming),
    path("stream-async/", streaming_async),
    path("admin/login/", include("accounts.login.urls")),
    path("account/", include(public_urls)),
    path("admin/", admin.site.urls),
]

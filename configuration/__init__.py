"""Settings: declared in code by the app that reads them, set in the database for the system, a district, a school or a
user, and read by `configuration.get`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from configuration.declaring import Setting


def get(
    setting: "Setting | str", *, school: Any = None, district: Any = None, user: Any = None, using: str = "default"
) -> Any:
    """The value that holds for a user, school or district: see `configuration.resolving.get`."""
    from configuration.resolving import get as resolve  # noqa: PLC0415 - this module is read before there are models

    return resolve(setting, school=school, district=district, user=user, using=using)

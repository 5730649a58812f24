"""How long a class of records is kept: one setting for each, declared by the app that has the class."""

from configuration.declaring import Setting, declare
from configuration.models import ConfigCategory, ConfigScope, ConfigValueType

_WHAT_IT_DOES = (
    "Years after which purge_records may erase what was deleted. While nothing is set, nothing is erased. "
    "Set to nothing for a school or district, it keeps its records whatever is set more widely."
)


def retention_of(table: str, name: str, reason: str) -> Setting:
    """Declare `retention.<table>` in years, for a class of records that `core.purging` erases."""
    return declare(
        Setting(
            f"retention.{table}",
            ConfigValueType.NUMBER,
            None,
            ConfigCategory.SECURITY,
            "Retention",
            name=f"{name} are kept" if name.endswith("s") else f"{name} is kept",
            help_text=f"{_WHAT_IT_DOES} {reason}",
            minimum=0,
            maximum=150,
            unit="years",
            scopes=(ConfigScope.DISTRICT, ConfigScope.SCHOOL),
            tags=("retention",),
        )
    )

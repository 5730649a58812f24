"""The mark of the demo, which is set once."""

from configuration.declaring import Setting, declare
from configuration.models import ConfigCategory, ConfigValueType

MARK = declare(
    Setting(
        "demo.seed",
        ConfigValueType.STRING,
        None,
        ConfigCategory.GENERAL,
        "Demo",
        name="Demo district",
        help_text=(
            "Says that this database holds the demo district: seed, number of students, day. Written by seed_demo."
        ),
        is_editable=False,
        tags=("demo",),
    )
)

"""The settings that the audit log reads."""

from configuration.declaring import Setting, declare
from configuration.models import ConfigCategory, ConfigValueType

RETENTION = declare(
    Setting(
        "retention.audit_logs",
        ConfigValueType.NUMBER,
        None,
        ConfigCategory.SECURITY,
        "Retention",
        name="Audit log is kept",
        help_text=(
            "Months after which maintain_audit_log may drop a sealed month of the log. While nothing is set, nothing "
            "is ever dropped. Where HIPAA applies, documentation is kept for six years (72 months, 45 CFR "
            "164.316(b)(2)); under FERPA the record of disclosures lives as long as the record it is about "
            "(34 CFR 99.32)."
        ),
        minimum=1,
        maximum=1800,
        whole=True,
        unit="months",
        tags=("retention",),
    )
)

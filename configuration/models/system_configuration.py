from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from core.database.audit_fields import AuditedModel
from core.database.constraints import calendar, check, not_before
from core.database.enums import DatabaseEnum, EnumField


class ConfigCategory(DatabaseEnum):
    GENERAL = "GENERAL", "General"
    SECURITY = "SECURITY", "Security"
    NOTIFICATION = "NOTIFICATION", "Notification"
    HEALTHCARE = "HEALTHCARE", "Health care"
    MEDICATION = "MEDICATION", "Medication"
    APPOINTMENTS = "APPOINTMENTS", "Appointments"
    UI = "UI", "User interface"
    QUERY = "QUERY", "Queries"
    FILE_UPLOAD = "FILE_UPLOAD", "File upload"
    RATE_LIMITING = "RATE_LIMITING", "Rate limiting"
    SESSION = "SESSION", "Session"
    EMAIL = "EMAIL", "E-mail"
    SMS = "SMS", "Text messages"


class ConfigValueType(DatabaseEnum):
    STRING = "STRING", "Text"
    NUMBER = "NUMBER", "Number"
    BOOLEAN = "BOOLEAN", "Yes or no"
    JSON = "JSON", "JSON"
    ARRAY = "ARRAY", "List"
    DATE = "DATE", "Date"
    TIME = "TIME", "Time of day"
    DATETIME = "DATETIME", "Date and time"
    EMAIL = "EMAIL", "E-mail address"
    URL = "URL", "Web address"
    COLOR = "COLOR", "Color"
    ENUM = "ENUM", "One of a list"


class ConfigScope(DatabaseEnum):
    SYSTEM = "SYSTEM", "System"
    DISTRICT = "DISTRICT", "District"
    SCHOOL = "SCHOOL", "School"
    USER = "USER", "User"


class SystemConfiguration(AuditedModel):
    """A setting of the system, or what a district, school or user has in its place."""

    key = models.CharField(max_length=200, db_comment="Name by which programs ask for the setting")
    value = models.TextField(db_comment="The value, as text of its type")
    value_type = EnumField(ConfigValueType, db_default=ConfigValueType.STRING, db_comment="Type of the value")
    default_value = models.TextField(null=True, blank=True, db_comment="Value when nothing else is said")
    category = EnumField(ConfigCategory, db_default=ConfigCategory.GENERAL, db_comment="Area the setting belongs to")
    sub_category = models.CharField(max_length=100, null=True, blank=True, db_comment="Finer area")
    display_name = models.CharField(max_length=200, null=True, blank=True, db_comment="Name for people")
    description = models.TextField(null=True, blank=True, db_comment="What the setting does")
    valid_values = ArrayField(
        models.CharField(max_length=200),
        default=list,
        db_default=[],
        blank=True,
        db_comment="The values allowed, if listed",
    )
    min_value = models.DecimalField(
        max_digits=20, decimal_places=6, null=True, blank=True, db_comment="Least number allowed"
    )
    max_value = models.DecimalField(
        max_digits=20, decimal_places=6, null=True, blank=True, db_comment="Greatest number allowed"
    )
    validation_rules = models.JSONField(
        default=dict, db_default={}, blank=True, db_comment="Further rules by name, such as a pattern"
    )
    scope = EnumField(ConfigScope, db_default=ConfigScope.SYSTEM, db_comment="For whom the value holds")
    scope_id = models.UUIDField(
        null=True, blank=True, db_comment="District, school or user for which it holds; null for the system"
    )
    tags = ArrayField(
        models.CharField(max_length=50),
        default=list,
        db_default=[],
        blank=True,
        db_comment="Words to find the setting by",
    )
    sort_order = models.IntegerField(db_default=0, db_comment="Place on the settings page")
    is_editable = models.BooleanField("editable", db_default=True, db_comment="Whether the value may be changed")
    is_public = models.BooleanField("public", db_default=False, db_comment="Whether it may be read before log-in")
    is_active = models.BooleanField("in force", db_default=True, db_comment="Whether the value is in force")
    requires_restart = models.BooleanField(db_default=False, db_comment="Whether a change waits for a restart")

    class Meta:
        db_table = "system_configurations"
        db_table_comment = "Settings of the system, its districts, schools and users"
        ordering = ["category", "sort_order", "key"]
        verbose_name = "setting"
        constraints = [
            models.UniqueConstraint(
                fields=["key", "scope", "scope_id"],
                name="system_configurations_unique",
                nulls_distinct=False,
                violation_error_message="This setting already has a value there.",
            ),
            check(
                "system_configurations_scope",
                Q(scope=ConfigScope.SYSTEM, scope_id=None) | (~Q(scope=ConfigScope.SYSTEM) & Q(scope_id__isnull=False)),
                "A value for the system belongs to nobody; any other names its district, school or user.",
            ),
            not_before(
                "system_configurations_range", "max_value", "min_value", "The greatest value cannot be below the least."
            ),
            calendar("system_configurations", "created_at", "updated_at"),
        ]
        indexes = [
            # Which security settings are there? (settings page)
            models.Index(fields=["category", "sub_category"], name="idx_configurations_category"),
            # What has this school set for itself? (reading the settings)
            models.Index(fields=["scope", "scope_id"], name="idx_configurations_scope"),
            # Which settings are tagged "retention"? (settings page)
            GinIndex(fields=["tags"], name="idx_configurations_tags"),
        ]

    def __str__(self) -> str:
        return self.display_name or self.key

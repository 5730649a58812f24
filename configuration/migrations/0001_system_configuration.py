"""Phase 2: settings and the history of their changes.

Lock: none, all tables are new. Undone by dropping what it made.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models.functions import Now

from core.database.enums import EnumField
from core.database.functions import WithinCalendar
from core.database.operations import AUDIT_COLUMNS, KEY, CreateEnum, StampRows, Together

CONFIG_VALUE_TYPE = (
    "STRING",
    "NUMBER",
    "BOOLEAN",
    "JSON",
    "ARRAY",
    "DATE",
    "TIME",
    "DATETIME",
    "EMAIL",
    "URL",
    "COLOR",
    "ENUM",
)
CONFIG_SCOPE = ("SYSTEM", "DISTRICT", "SCHOOL", "USER")
CONFIG_CATEGORY = (
    "GENERAL",
    "SECURITY",
    "NOTIFICATION",
    "HEALTHCARE",
    "MEDICATION",
    "APPOINTMENTS",
    "UI",
    "QUERY",
    "FILE_UPLOAD",
    "RATE_LIMITING",
    "SESSION",
    "EMAIL",
    "SMS",
)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("core", "0001_base_schema"), ("incidents", "0001_incident_management")]

    operations = [
        CreateEnum("ConfigValueType", CONFIG_VALUE_TYPE),
        CreateEnum("ConfigScope", CONFIG_SCOPE),
        CreateEnum("ConfigCategory", CONFIG_CATEGORY),
        Together(
            [
                migrations.CreateModel(
                    name="SystemConfiguration",
                    fields=[
                        KEY,
                        (
                            "key",
                            models.CharField(db_comment="Name by which programs ask for the setting", max_length=200),
                        ),
                        ("value", models.TextField(db_comment="The value, as text of its type")),
                        (
                            "value_type",
                            EnumField(
                                "ConfigValueType",
                                db_comment="Type of the value",
                                db_default="STRING",
                                values=CONFIG_VALUE_TYPE,
                            ),
                        ),
                        (
                            "default_value",
                            models.TextField(blank=True, db_comment="Value when nothing else is said", null=True),
                        ),
                        (
                            "category",
                            EnumField(
                                "ConfigCategory",
                                db_comment="Area the setting belongs to",
                                db_default="GENERAL",
                                values=CONFIG_CATEGORY,
                            ),
                        ),
                        (
                            "sub_category",
                            models.CharField(blank=True, db_comment="Finer area", max_length=100, null=True),
                        ),
                        (
                            "display_name",
                            models.CharField(blank=True, db_comment="Name for people", max_length=200, null=True),
                        ),
                        ("description", models.TextField(blank=True, db_comment="What the setting does", null=True)),
                        (
                            "valid_values",
                            ArrayField(
                                base_field=models.CharField(max_length=200),
                                blank=True,
                                db_comment="The values allowed, if listed",
                                db_default=[],
                                default=list,
                            ),
                        ),
                        (
                            "min_value",
                            models.DecimalField(
                                blank=True,
                                db_comment="Least number allowed",
                                decimal_places=6,
                                max_digits=20,
                                null=True,
                            ),
                        ),
                        (
                            "max_value",
                            models.DecimalField(
                                blank=True,
                                db_comment="Greatest number allowed",
                                decimal_places=6,
                                max_digits=20,
                                null=True,
                            ),
                        ),
                        (
                            "validation_rules",
                            models.JSONField(
                                blank=True,
                                db_comment="Further rules by name, such as a pattern",
                                db_default={},
                                default=dict,
                            ),
                        ),
                        (
                            "scope",
                            EnumField(
                                "ConfigScope",
                                db_comment="For whom the value holds",
                                db_default="SYSTEM",
                                values=CONFIG_SCOPE,
                            ),
                        ),
                        (
                            "scope_id",
                            models.UUIDField(
                                blank=True,
                                db_comment="District, school or user for which it holds; null for the system",
                                null=True,
                            ),
                        ),
                        (
                            "tags",
                            ArrayField(
                                base_field=models.CharField(max_length=50),
                                blank=True,
                                db_comment="Words to find the setting by",
                                db_default=[],
                                default=list,
                            ),
                        ),
                        ("sort_order", models.IntegerField(db_comment="Place on the settings page", db_default=0)),
                        (
                            "is_editable",
                            models.BooleanField(
                                db_comment="Whether the value may be changed", db_default=True, verbose_name="editable"
                            ),
                        ),
                        (
                            "is_public",
                            models.BooleanField(
                                db_comment="Whether it may be read before log-in",
                                db_default=False,
                                verbose_name="public",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="Whether the value is in force", db_default=True, verbose_name="in force"
                            ),
                        ),
                        (
                            "requires_restart",
                            models.BooleanField(db_comment="Whether a change waits for a restart", db_default=False),
                        ),
                        *AUDIT_COLUMNS,
                    ],
                    options={
                        "db_table": "system_configurations",
                        "db_table_comment": "Settings of the system, its districts, schools and users",
                        "ordering": ["category", "sort_order", "key"],
                        "indexes": [
                            models.Index(fields=["category", "sub_category"], name="idx_configurations_category"),
                            models.Index(fields=["scope", "scope_id"], name="idx_configurations_scope"),
                            GinIndex(fields=["tags"], name="idx_configurations_tags"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("key", "scope", "scope_id"),
                                name="system_configurations_unique",
                                nulls_distinct=False,
                                violation_error_message="This setting already has a value there.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("scope", "SYSTEM"), ("scope_id", None)),
                                    models.Q(models.Q(("scope", "SYSTEM"), _negated=True), ("scope_id__isnull", False)),
                                    _connector="OR",
                                ),
                                name="system_configurations_scope",
                                violation_error_message="A value for the system belongs to nobody; any other names its district, school or user.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("max_value__gte", models.F("min_value"))),
                                name="system_configurations_range",
                                violation_error_message="The greatest value cannot be below the least.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(WithinCalendar("created_at", "updated_at")),
                                name="system_configurations_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ConfigurationHistory",
                    fields=[
                        KEY,
                        (
                            "configuration",
                            models.ForeignKey(
                                db_comment="Setting that was changed",
                                db_index=False,
                                on_delete=models.DO_NOTHING,
                                related_name="history",
                                to="configuration.systemconfiguration",
                            ),
                        ),
                        ("config_key", models.CharField(db_comment="Its key at that time", max_length=200)),
                        (
                            "old_value",
                            models.TextField(blank=True, db_comment="Value before; null for a new setting", null=True),
                        ),
                        ("new_value", models.TextField(db_comment="Value after")),
                        (
                            "changed_by",
                            models.ForeignKey(
                                blank=True,
                                db_column="changed_by",
                                db_comment="User who changed it; null for the system itself",
                                db_index=False,
                                null=True,
                                on_delete=models.DO_NOTHING,
                                related_name="configuration_changes",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "changed_by_name",
                            models.CharField(
                                blank=True, db_comment="That user's name at that time", max_length=200, null=True
                            ),
                        ),
                        ("change_reason", models.TextField(blank=True, db_comment="Why it was changed", null=True)),
                        (
                            "ip_address",
                            models.GenericIPAddressField(
                                blank=True,
                                db_comment="Address the change came from",
                                null=True,
                                verbose_name="IP address",
                            ),
                        ),
                        (
                            "user_agent",
                            models.TextField(blank=True, db_comment="Program the change came from", null=True),
                        ),
                        (
                            "created_at",
                            models.DateTimeField(db_comment="When it was changed", db_default=Now(), editable=False),
                        ),
                    ],
                    options={
                        "verbose_name_plural": "configuration history",
                        "db_table": "configuration_history",
                        "db_table_comment": "Changes of settings; rows are added, never changed",
                        "ordering": ["-created_at"],
                        "indexes": [
                            models.Index(fields=["config_key", "created_at"], name="idx_config_history_key"),
                            models.Index(fields=["changed_by", "created_at"], name="idx_config_history_user"),
                            models.Index(fields=["configuration", "created_at"], name="idx_config_history_config"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(WithinCalendar("created_at")),
                                name="configuration_history_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            )
                        ],
                    },
                ),
            ],
        ),
        StampRows(["system_configurations"]),
    ]

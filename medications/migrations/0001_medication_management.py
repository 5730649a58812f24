"""Phase 1: medications in stock, what students are to be given, and every dose.

Lock: none, all tables are new. Undone by dropping what it made.
"""

from django.conf import settings
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models

from core.database.functions import SearchWords, WithinCalendar
from core.database.operations import AUDIT_COLUMNS, KEY, SOFT_DELETE_COLUMNS, SOFT_DELETE_MANAGERS, StampRows, Together


class Migration(migrations.Migration):
    initial = True
    dependencies = [("core", "0001_base_schema"), ("health", "0001_health_records_core")]

    operations = [
        Together(
            [
                migrations.CreateModel(
                    name="Medication",
                    fields=[
                        KEY,
                        ("name", models.CharField(db_comment="Name on the package", max_length=200)),
                        (
                            "generic_name",
                            models.CharField(blank=True, db_comment="Name of the substance", max_length=200, null=True),
                        ),
                        (
                            "category",
                            models.CharField(
                                blank=True, db_comment="Kind: analgesic, inhaler, ...", max_length=100, null=True
                            ),
                        ),
                        ("description", models.TextField(blank=True, db_comment="What it is for", null=True)),
                        (
                            "dosage_form",
                            models.CharField(
                                blank=True, db_comment="Tablet, inhaler, injection, ...", max_length=100, null=True
                            ),
                        ),
                        (
                            "strength",
                            models.CharField(
                                blank=True,
                                db_comment="Amount of substance per unit, with its unit",
                                max_length=50,
                                null=True,
                            ),
                        ),
                        (
                            "ndc_code",
                            models.CharField(
                                blank=True,
                                db_comment="National Drug Code",
                                max_length=13,
                                null=True,
                                verbose_name="NDC",
                            ),
                        ),
                        (
                            "manufacturer",
                            models.CharField(blank=True, db_comment="Manufacturer", max_length=200, null=True),
                        ),
                        (
                            "lot_number",
                            models.CharField(blank=True, db_comment="Lot of the stock", max_length=50, null=True),
                        ),
                        ("stock_quantity", models.IntegerField(db_comment="Units in stock", db_default=0)),
                        ("minimum_stock", models.IntegerField(db_comment="Units below which to reorder", db_default=0)),
                        (
                            "expiration_date",
                            models.DateField(blank=True, db_comment="Last day the stock may be used", null=True),
                        ),
                        (
                            "requires_refrigeration",
                            models.BooleanField(db_comment="Whether it must be kept cold", db_default=False),
                        ),
                        (
                            "controlled_substance",
                            models.BooleanField(
                                db_comment="Whether it is scheduled under the Controlled Substances Act",
                                db_default=False,
                            ),
                        ),
                        (
                            "dea_schedule",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("I", "Schedule I"),
                                    ("II", "Schedule II"),
                                    ("III", "Schedule III"),
                                    ("IV", "Schedule IV"),
                                    ("V", "Schedule V"),
                                ],
                                db_comment="Schedule of a controlled substance, I to V",
                                max_length=3,
                                null=True,
                                verbose_name="DEA schedule",
                            ),
                        ),
                        (
                            "requires_witness",
                            models.BooleanField(
                                db_comment="Whether a second person must witness each dose", db_default=False
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="Whether it may be given now", db_default=True, verbose_name="in use"
                            ),
                        ),
                        ("notes", models.TextField(blank=True, db_comment="Notes", null=True)),
                        (
                            "search_vector",
                            models.GeneratedField(
                                db_comment="Words of the names, for the search",
                                db_persist=True,
                                expression=SearchWords("name", "generic_name"),
                                output_field=SearchVectorField(),
                            ),
                        ),
                        *AUDIT_COLUMNS,
                    ],
                    options={
                        "db_table": "medications",
                        "db_table_comment": "Medications in stock",
                        "ordering": ["name", "strength"],
                        "indexes": [
                            models.Index(fields=["name"], name="idx_medications_name"),
                            models.Index(fields=["is_active"], name="idx_medications_active"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("stock_quantity__gte", 0)),
                                name="medications_stock_range",
                                violation_error_message="The stock cannot be below 0.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("minimum_stock__gte", 0)),
                                name="medications_minimum_range",
                                violation_error_message="The minimum stock cannot be below 0.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "ndc_code__regex",
                                        "^([0-9]{4}-[0-9]{4}-[0-9]{2}|[0-9]{5}-[0-9]{3}-[0-9]{2}|[0-9]{5}-[0-9]{4}-[0-9]{1,2}|[0-9]{10,11})$",
                                    )
                                ),
                                name="medications_ndc_form",
                                violation_error_message="The NDC should be like 49281-0400-10, or 10 or 11 digits.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("dea_schedule", "I"),
                                    ("dea_schedule", "II"),
                                    ("dea_schedule", "III"),
                                    ("dea_schedule", "IV"),
                                    ("dea_schedule", "V"),
                                    _connector="OR",
                                ),
                                name="medications_dea_list",
                                violation_error_message="The DEA schedule should be I, II, III, IV or V.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("dea_schedule", None), ("controlled_substance", True), _connector="OR"
                                ),
                                name="medications_dea_only",
                                violation_error_message="A DEA schedule can be given only for a controlled substance.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(WithinCalendar("expiration_date", "created_at", "updated_at")),
                                name="medications_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="StudentMedication",
                    fields=[
                        KEY,
                        (
                            "student",
                            models.ForeignKey(
                                db_comment="PHI: student the record is about",
                                db_index=False,
                                on_delete=models.DB_CASCADE,
                                to="core.student",
                            ),
                        ),
                        (
                            "medication",
                            models.ForeignKey(
                                db_comment="PHI: medication to be given",
                                db_index=False,
                                on_delete=models.DO_NOTHING,
                                to="medications.medication",
                            ),
                        ),
                        (
                            "dosage",
                            models.CharField(db_comment="PHI: amount of one dose, with its unit", max_length=100),
                        ),
                        (
                            "frequency",
                            models.CharField(db_comment="PHI: how often, or on what occasion", max_length=100),
                        ),
                        (
                            "route",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: how it is given: by mouth, inhaled, ...",
                                max_length=50,
                                null=True,
                            ),
                        ),
                        ("start_date", models.DateField(db_comment="PHI: first day of the order")),
                        (
                            "end_date",
                            models.DateField(
                                blank=True, db_comment="PHI: last day of the order; null while open", null=True
                            ),
                        ),
                        ("prescribed_by", models.CharField(db_comment="PHI: who prescribed it", max_length=200)),
                        (
                            "prescribed_by_npi",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: National Provider Identifier of the prescriber, 10 digits",
                                max_length=10,
                                null=True,
                                verbose_name="prescriber's NPI",
                            ),
                        ),
                        (
                            "prescription_number",
                            models.CharField(
                                blank=True, db_comment="PHI: number of the prescription", max_length=100, null=True
                            ),
                        ),
                        (
                            "refills_remaining",
                            models.IntegerField(
                                blank=True, db_comment="PHI: refills the prescription has left", null=True
                            ),
                        ),
                        ("instructions", models.TextField(blank=True, db_comment="PHI: how to give it", null=True)),
                        (
                            "side_effects",
                            models.TextField(blank=True, db_comment="PHI: side effects to watch for", null=True),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="Whether the order stands", db_default=True, verbose_name="prescribed"
                            ),
                        ),
                        (
                            "requires_parent_consent",
                            models.BooleanField(
                                db_comment="Whether a guardian must consent before the first dose", db_default=True
                            ),
                        ),
                        (
                            "consent_obtained",
                            models.BooleanField(db_comment="Whether a guardian consented", db_default=False),
                        ),
                        ("consent_date", models.DateField(blank=True, db_comment="PHI: day of the consent", null=True)),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "student_medications",
                        "db_table_comment": "Medications that students are to be given (PHI)",
                        "ordering": ["-is_active", "-start_date"],
                        "default_related_name": "student_medications",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["medication"], name="idx_student_meds_medication"),
                            models.Index(fields=["is_active"], name="idx_student_meds_active"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("end_date__gte", models.F("start_date"))),
                                name="student_medications_dates",
                                violation_error_message="The order cannot end before it starts.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("prescribed_by_npi__regex", "^[0-9]{10}$")),
                                name="student_medications_npi",
                                violation_error_message="The prescriber's NPI should have 10 digits.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("refills_remaining__gte", 0)),
                                name="student_medications_refills",
                                violation_error_message="There cannot be fewer than 0 refills.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("consent_date", None), ("consent_obtained", True), _connector="OR"),
                                name="student_medications_consent",
                                violation_error_message="A day of consent can be given only once consent was obtained.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar(
                                        "start_date",
                                        "end_date",
                                        "consent_date",
                                        "created_at",
                                        "updated_at",
                                        "deleted_at",
                                    )
                                ),
                                name="student_medications_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="student_medications_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
                migrations.CreateModel(
                    name="MedicationLog",
                    fields=[
                        KEY,
                        (
                            "student_medication",
                            models.ForeignKey(
                                db_comment="PHI: order under which the dose was given",
                                db_index=False,
                                on_delete=models.DB_CASCADE,
                                to="medications.studentmedication",
                            ),
                        ),
                        (
                            "nurse",
                            models.ForeignKey(
                                db_comment="Nurse who gave the dose or saw that it was not",
                                db_index=False,
                                on_delete=models.DO_NOTHING,
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "witnessed_by",
                            models.ForeignKey(
                                blank=True,
                                db_column="witnessed_by",
                                db_comment="Second person who witnessed the dose",
                                db_index=False,
                                null=True,
                                on_delete=models.DO_NOTHING,
                                related_name="witnessed_medication_logs",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "scheduled_for",
                            models.DateTimeField(
                                blank=True,
                                db_comment="PHI: when the dose was due; null for one given as needed",
                                null=True,
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("PENDING", "Pending"),
                                    ("ADMINISTERED", "Given"),
                                    ("MISSED", "Missed"),
                                    ("CANCELLED", "Cancelled"),
                                    ("REFUSED", "Refused"),
                                ],
                                db_comment="PHI: what became of the dose",
                                db_default="ADMINISTERED",
                                max_length=20,
                            ),
                        ),
                        (
                            "time_given",
                            models.DateTimeField(
                                blank=True, db_comment="PHI: when the dose was given; null for one not given", null=True
                            ),
                        ),
                        (
                            "dosage_given",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: amount given with its unit; null for one not given",
                                max_length=100,
                                null=True,
                            ),
                        ),
                        (
                            "reason_not_given",
                            models.TextField(blank=True, db_comment="PHI: why the dose was not given", null=True),
                        ),
                        (
                            "reason_for_administration",
                            models.TextField(blank=True, db_comment="PHI: why a dose as needed was given", null=True),
                        ),
                        (
                            "student_response",
                            models.TextField(blank=True, db_comment="PHI: how the student responded", null=True),
                        ),
                        (
                            "adverse_reaction",
                            models.BooleanField(db_comment="PHI: whether the dose did harm", db_default=False),
                        ),
                        ("reaction_details", models.TextField(blank=True, db_comment="PHI: which harm", null=True)),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "medication_logs",
                        "db_table_comment": "Doses given to students, and doses not given (PHI)",
                        "ordering": [models.OrderBy(models.F("time_given"), descending=True, nulls_last=True)],
                        "default_related_name": "medication_logs",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(
                                fields=["student_medication", "time_given"], name="idx_medication_logs_order_time"
                            ),
                            models.Index(fields=["witnessed_by"], name="idx_medication_logs_witness"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("deleted_at", None), ("status", "ADMINISTERED")),
                                fields=("student_medication", "scheduled_for"),
                                name="medication_logs_one_per_slot",
                                violation_error_message="This dose was given already.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status", "PENDING"),
                                    ("status", "ADMINISTERED"),
                                    ("status", "MISSED"),
                                    ("status", "CANCELLED"),
                                    ("status", "REFUSED"),
                                    _connector="OR",
                                ),
                                name="medication_logs_status_list",
                                violation_error_message="The status is not on the list.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("dosage_given__isnull", False), ("time_given__isnull", False)),
                                    models.Q(("status", "ADMINISTERED"), _negated=True),
                                    _connector="OR",
                                ),
                                name="medication_logs_given_what",
                                violation_error_message="A dose that was given needs the time and the amount.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("time_given", None), ("status", "ADMINISTERED"), _connector="OR"),
                                name="medication_logs_time_only",
                                violation_error_message="Only a dose that was given has a time.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reason_not_given__isnull", False),
                                    ("status", "ADMINISTERED"),
                                    ("status", "PENDING"),
                                    _connector="OR",
                                ),
                                name="medication_logs_reason",
                                violation_error_message="A dose that was not given needs a reason.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("witnessed_by", models.F("nurse")), _negated=True),
                                    ("witnessed_by", None),
                                    _connector="OR",
                                ),
                                name="medication_logs_witness_other",
                                violation_error_message="The witness should be another person than the nurse.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("reaction_details", None), ("adverse_reaction", True), _connector="OR"
                                ),
                                name="medication_logs_reaction_only",
                                violation_error_message="A reaction can be described only where there was one.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar(
                                        "scheduled_for", "time_given", "created_at", "updated_at", "deleted_at"
                                    )
                                ),
                                name="medication_logs_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="medication_logs_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
            ],
        ),
        StampRows(["medications", "student_medications", "medication_logs"]),
    ]

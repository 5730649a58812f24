"""Phase 3: vaccinations, screenings, growth, vital signs; more about records, allergies and conditions.

Lock: health_records, allergies and chronic_conditions against reading and writing, for a moment. No row is read or
rewritten: every new column is nullable or has a constant default, the new constraints are validated by the next
migration, and the indexes are built there. Undone by dropping what it made.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models

from core.database.enums import EnumField
from core.database.functions import WithinCalendar
from core.database.operations import (
    AUDIT_COLUMNS,
    KEY,
    SOFT_DELETE_COLUMNS,
    SOFT_DELETE_MANAGERS,
    AddChecksNotValid,
    CreateEnum,
    StampRows,
    Together,
)
from health.functions import BodyMassIndex

ALLERGY_TYPE = ("FOOD", "MEDICATION", "ENVIRONMENTAL", "INSECT", "LATEX", "ANIMAL", "CHEMICAL", "SEASONAL", "OTHER")
CONDITION_SEVERITY = ("MILD", "MODERATE", "SEVERE", "CRITICAL")
VACCINE_TYPE = (
    "COVID_19",
    "FLU",
    "MEASLES",
    "MUMPS",
    "RUBELLA",
    "MMR",
    "POLIO",
    "HEPATITIS_A",
    "HEPATITIS_B",
    "VARICELLA",
    "TETANUS",
    "DIPHTHERIA",
    "PERTUSSIS",
    "TDAP",
    "DTaP",
    "HIB",
    "PNEUMOCOCCAL",
    "ROTAVIRUS",
    "MENINGOCOCCAL",
    "HPV",
    "OTHER",
)
ADMINISTRATION_SITE = (
    "ARM_LEFT",
    "ARM_RIGHT",
    "THIGH_LEFT",
    "THIGH_RIGHT",
    "DELTOID_LEFT",
    "DELTOID_RIGHT",
    "BUTTOCK_LEFT",
    "BUTTOCK_RIGHT",
    "ORAL",
    "NASAL",
    "OTHER",
)
ADMINISTRATION_ROUTE = ("INTRAMUSCULAR", "SUBCUTANEOUS", "INTRADERMAL", "ORAL", "INTRANASAL", "INTRAVENOUS", "OTHER")
VACCINE_COMPLIANCE_STATUS = ("COMPLIANT", "OVERDUE", "PARTIALLY_COMPLIANT", "EXEMPT", "NON_COMPLIANT")
SCREENING_TYPE = (
    "VISION",
    "HEARING",
    "SCOLIOSIS",
    "DENTAL",
    "BMI",
    "BLOOD_PRESSURE",
    "DEVELOPMENTAL",
    "SPEECH",
    "MENTAL_HEALTH",
    "TUBERCULOSIS",
    "LEAD",
    "ANEMIA",
    "OTHER",
)
SCREENING_OUTCOME = ("PASS", "REFER", "FAIL", "INCONCLUSIVE", "INCOMPLETE")
FOLLOW_UP_STATUS = ("PENDING", "SCHEDULED", "COMPLETED", "CANCELLED", "OVERDUE", "NOT_NEEDED")
CONSCIOUSNESS_LEVEL = ("ALERT", "VERBAL", "PAIN", "UNRESPONSIVE", "DROWSY", "CONFUSED", "LETHARGIC")


class Migration(migrations.Migration):
    dependencies = [("health", "0001_health_records_core"), ("configuration", "0001_system_configuration")]

    operations = [
        CreateEnum("AllergyType", ALLERGY_TYPE),
        CreateEnum("ConditionSeverity", CONDITION_SEVERITY),
        CreateEnum("VaccineType", VACCINE_TYPE),
        CreateEnum("AdministrationSite", ADMINISTRATION_SITE),
        CreateEnum("AdministrationRoute", ADMINISTRATION_ROUTE),
        CreateEnum("VaccineComplianceStatus", VACCINE_COMPLIANCE_STATUS),
        CreateEnum("ScreeningType", SCREENING_TYPE),
        CreateEnum("ScreeningOutcome", SCREENING_OUTCOME),
        CreateEnum("FollowUpStatus", FOLLOW_UP_STATUS),
        CreateEnum("ConsciousnessLevel", CONSCIOUSNESS_LEVEL),
        Together(
            [
                migrations.AddField(
                    model_name="HealthRecord",
                    name="provider",
                    field=models.CharField(
                        blank=True, db_comment="PHI: name of the provider seen", max_length=200, null=True
                    ),
                ),
                migrations.AddField(
                    model_name="HealthRecord",
                    name="provider_npi",
                    field=models.CharField(
                        blank=True,
                        db_comment="PHI: National Provider Identifier of the provider, 10 digits",
                        max_length=10,
                        null=True,
                        verbose_name="provider's NPI",
                    ),
                ),
                migrations.AddField(
                    model_name="HealthRecord",
                    name="facility",
                    field=models.CharField(
                        blank=True, db_comment="PHI: place where it happened", max_length=200, null=True
                    ),
                ),
                migrations.AddField(
                    model_name="HealthRecord",
                    name="facility_npi",
                    field=models.CharField(
                        blank=True,
                        db_comment="PHI: National Provider Identifier of the facility, 10 digits",
                        max_length=10,
                        null=True,
                        verbose_name="facility's NPI",
                    ),
                ),
                migrations.AddField(
                    model_name="HealthRecord",
                    name="diagnosis",
                    field=models.TextField(blank=True, db_comment="PHI: diagnosis in words", null=True),
                ),
                migrations.AddField(
                    model_name="HealthRecord",
                    name="diagnosis_code",
                    field=models.CharField(
                        blank=True, db_comment="PHI: diagnosis, ICD-10-CM code", max_length=20, null=True
                    ),
                ),
                migrations.AddField(
                    model_name="HealthRecord",
                    name="treatment",
                    field=models.TextField(blank=True, db_comment="PHI: what was done", null=True),
                ),
                migrations.AddField(
                    model_name="HealthRecord",
                    name="metadata",
                    field=models.JSONField(
                        blank=True, db_comment="PHI: further facts from the source of the record", null=True
                    ),
                ),
                AddChecksNotValid(
                    model_name="HealthRecord",
                    constraints=[
                        models.CheckConstraint(
                            condition=models.Q(("provider_npi__regex", "^[0-9]{10}$")),
                            name="health_records_provider_npi",
                            violation_error_message="The provider's NPI should have 10 digits.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("facility_npi__regex", "^[0-9]{10}$")),
                            name="health_records_facility_npi",
                            violation_error_message="The facility's NPI should have 10 digits.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("diagnosis_code__regex", "^[A-Z][0-9][0-9AB](\\.[0-9A-Z]{1,4})?$")),
                            name="health_records_diagnosis_form",
                            violation_error_message="The diagnosis code should be an ICD-10-CM code with its point, such as J45.909.",
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="allergy_type",
                    field=EnumField(
                        "AllergyType", db_comment="PHI: kind of allergen", db_default="OTHER", values=ALLERGY_TYPE
                    ),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="symptoms",
                    field=models.TextField(blank=True, db_comment="PHI: first signs to watch for", null=True),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="reactions",
                    field=ArrayField(
                        base_field=models.CharField(max_length=100),
                        blank=True,
                        db_comment="PHI: the reaction as a list of terms (hives, wheezing, ...)",
                        db_default=[],
                        default=list,
                    ),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="treatment",
                    field=models.TextField(blank=True, db_comment="PHI: what helps", null=True),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="emergency_protocol",
                    field=models.TextField(
                        blank=True, db_comment="PHI: what to do in an emergency, in order", null=True
                    ),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="onset_date",
                    field=models.DateField(blank=True, db_comment="PHI: day of the first reaction", null=True),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="verified",
                    field=models.BooleanField(
                        db_comment="Whether a member of staff has checked the evidence", db_default=False
                    ),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="verified_by",
                    field=models.ForeignKey(
                        blank=True,
                        db_column="verified_by",
                        db_comment="User who checked the evidence",
                        db_index=False,
                        null=True,
                        on_delete=models.DO_NOTHING,
                        related_name="verified_allergies",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="verification_date",
                    field=models.DateField(blank=True, db_comment="Day the evidence was checked", null=True),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="epi_pen_required",
                    field=models.BooleanField(
                        db_comment="PHI: whether an epinephrine auto-injector must be at hand",
                        db_default=False,
                        verbose_name="EpiPen required",
                    ),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="epi_pen_location",
                    field=models.CharField(
                        blank=True,
                        db_comment="PHI: where the auto-injector is kept",
                        max_length=255,
                        null=True,
                        verbose_name="EpiPen location",
                    ),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="epi_pen_expiration",
                    field=models.DateField(
                        blank=True,
                        db_comment="PHI: last day the auto-injector may be used",
                        null=True,
                        verbose_name="EpiPen expires",
                    ),
                ),
                migrations.AddField(
                    model_name="Allergy",
                    name="health_record",
                    field=models.ForeignKey(
                        blank=True,
                        db_comment="PHI: event at which the allergy was found",
                        db_index=False,
                        null=True,
                        on_delete=models.DB_SET_NULL,
                        to="health.healthrecord",
                    ),
                ),
                AddChecksNotValid(
                    model_name="Allergy",
                    constraints=[
                        models.CheckConstraint(
                            condition=models.Q(("verified_by", None), ("verified", True), _connector="OR"),
                            name="allergies_verified_by_only",
                            violation_error_message="Who verified the allergy can be named only once it is verified.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("verification_date", None), ("verified", True), _connector="OR"),
                            name="allergies_verified_date_only",
                            violation_error_message="The day of verification can be given only once the allergy is verified.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                WithinCalendar(
                                    "onset_date",
                                    "diagnosed_date",
                                    "epi_pen_expiration",
                                    "verification_date",
                                    "created_at",
                                    "updated_at",
                                    "deleted_at",
                                )
                            ),
                            name="allergies_calendar",
                            violation_error_message="A date should lie in the years 1900 to 2199.",
                        ),
                    ],
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="icd_code",
                    field=models.CharField(
                        blank=True,
                        db_comment="PHI: the condition, ICD-10-CM code",
                        max_length=20,
                        null=True,
                        verbose_name="ICD-10-CM code",
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="diagnosed_by",
                    field=models.CharField(
                        blank=True, db_comment="PHI: who made the diagnosis", max_length=200, null=True
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="severity",
                    field=EnumField(
                        "ConditionSeverity",
                        db_comment="PHI: how grave the condition is",
                        db_default="MODERATE",
                        values=CONDITION_SEVERITY,
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="medications",
                    field=ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        db_comment="PHI: names of medications taken for the condition",
                        db_default=[],
                        default=list,
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="treatments",
                    field=models.TextField(blank=True, db_comment="PHI: treatments under way", null=True),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="accommodations_required",
                    field=models.BooleanField(
                        db_comment="PHI: whether the school must make accommodations", db_default=False
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="accommodation_details",
                    field=models.TextField(blank=True, db_comment="PHI: which accommodations", null=True),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="emergency_protocol",
                    field=models.TextField(
                        blank=True, db_comment="PHI: what to do in an emergency, in order", null=True
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="action_plan",
                    field=models.TextField(blank=True, db_comment="PHI: what to do when symptoms appear", null=True),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="review_frequency",
                    field=models.CharField(
                        blank=True, db_comment="PHI: how often the condition is reviewed", max_length=50, null=True
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="restrictions",
                    field=ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        db_comment="PHI: what the student must not do or eat",
                        db_default=[],
                        default=list,
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="precautions",
                    field=ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        db_comment="PHI: what staff should see to",
                        db_default=[],
                        default=list,
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="triggers",
                    field=ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        db_comment="PHI: what brings symptoms on",
                        db_default=[],
                        default=list,
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="care_plan",
                    field=models.TextField(
                        blank=True, db_comment="PHI: individualized health care plan (IHP)", null=True
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="last_review_date",
                    field=models.DateField(blank=True, db_comment="PHI: day of the last review", null=True),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="requires_iep",
                    field=models.BooleanField(
                        db_comment="PHI: whether an individualized education program is due",
                        db_default=False,
                        verbose_name="requires an IEP",
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="requires_504",
                    field=models.BooleanField(
                        db_comment="PHI: whether a Section 504 plan is due",
                        db_default=False,
                        verbose_name="requires a 504 plan",
                    ),
                ),
                migrations.AddField(
                    model_name="ChronicCondition",
                    name="health_record",
                    field=models.ForeignKey(
                        blank=True,
                        db_comment="PHI: event at which the condition was found",
                        db_index=False,
                        null=True,
                        on_delete=models.DB_SET_NULL,
                        to="health.healthrecord",
                    ),
                ),
                AddChecksNotValid(
                    model_name="ChronicCondition",
                    constraints=[
                        models.CheckConstraint(
                            condition=models.Q(("icd_code__regex", "^[A-Z][0-9][0-9AB](\\.[0-9A-Z]{1,4})?$")),
                            name="chronic_conditions_icd_form",
                            violation_error_message="The ICD-10-CM code should have its point, such as J45.909.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("last_review_date__gte", models.F("diagnosed_date"))),
                            name="chronic_conditions_last_review",
                            violation_error_message="The last review cannot lie before the diagnosis.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("next_review_date__gte", models.F("last_review_date"))),
                            name="chronic_conditions_next_review",
                            violation_error_message="The next review cannot lie before the last one.",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                WithinCalendar(
                                    "diagnosed_date",
                                    "last_review_date",
                                    "next_review_date",
                                    "created_at",
                                    "updated_at",
                                    "deleted_at",
                                )
                            ),
                            name="chronic_conditions_calendar",
                            violation_error_message="A date should lie in the years 1900 to 2199.",
                        ),
                    ],
                ),
                migrations.CreateModel(
                    name="Vaccination",
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
                            "vaccine_name",
                            models.CharField(
                                db_comment="PHI: name of the vaccine", max_length=200, verbose_name="vaccine"
                            ),
                        ),
                        (
                            "vaccine_type",
                            EnumField(
                                "VaccineType",
                                blank=True,
                                db_comment="PHI: what it protects from",
                                null=True,
                                values=VACCINE_TYPE,
                            ),
                        ),
                        (
                            "manufacturer",
                            models.CharField(
                                blank=True, db_comment="Manufacturer of the vaccine", max_length=100, null=True
                            ),
                        ),
                        (
                            "lot_number",
                            models.CharField(
                                blank=True, db_comment="PHI: lot the dose came from", max_length=50, null=True
                            ),
                        ),
                        (
                            "cvx_code",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: the vaccine, CDC CVX code, 1 to 3 digits",
                                max_length=3,
                                null=True,
                                verbose_name="CVX code",
                            ),
                        ),
                        (
                            "ndc_code",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: the package, National Drug Code",
                                max_length=13,
                                null=True,
                                verbose_name="NDC",
                            ),
                        ),
                        (
                            "dose_number",
                            models.IntegerField(
                                blank=True, db_comment="PHI: which dose of the series this is", null=True
                            ),
                        ),
                        (
                            "total_doses",
                            models.IntegerField(blank=True, db_comment="How many doses the series has", null=True),
                        ),
                        (
                            "series_complete",
                            models.BooleanField(db_comment="PHI: whether the series is complete", db_default=False),
                        ),
                        (
                            "administration_date",
                            models.DateField(
                                blank=True,
                                db_comment="PHI: day the dose was given; null for an exemption",
                                null=True,
                                verbose_name="given on",
                            ),
                        ),
                        (
                            "administered_by",
                            models.CharField(
                                blank=True,
                                db_comment="Who gave the dose; null for an exemption",
                                max_length=200,
                                null=True,
                            ),
                        ),
                        (
                            "administered_by_role",
                            models.CharField(blank=True, db_comment="Role of who gave it", max_length=50, null=True),
                        ),
                        (
                            "facility",
                            models.CharField(
                                blank=True, db_comment="PHI: place where it was given", max_length=200, null=True
                            ),
                        ),
                        (
                            "site_of_administration",
                            EnumField(
                                "AdministrationSite",
                                blank=True,
                                db_comment="PHI: part of the body where it was given",
                                null=True,
                                values=ADMINISTRATION_SITE,
                            ),
                        ),
                        (
                            "route_of_administration",
                            EnumField(
                                "AdministrationRoute",
                                blank=True,
                                db_comment="PHI: how it was given",
                                null=True,
                                values=ADMINISTRATION_ROUTE,
                            ),
                        ),
                        (
                            "dosage_amount",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: amount given with its unit, such as 0.5 mL",
                                max_length=50,
                                null=True,
                            ),
                        ),
                        (
                            "expiration_date",
                            models.DateField(blank=True, db_comment="Last day the lot may be used", null=True),
                        ),
                        (
                            "next_due_date",
                            models.DateField(blank=True, db_comment="PHI: day the next dose is due", null=True),
                        ),
                        (
                            "reactions",
                            models.TextField(blank=True, db_comment="PHI: reactions to the dose, in words", null=True),
                        ),
                        (
                            "adverse_events",
                            models.JSONField(
                                blank=True, db_comment="PHI: adverse events as reported to VAERS", null=True
                            ),
                        ),
                        (
                            "exemption_status",
                            models.BooleanField(
                                db_comment="PHI: whether the student is exempt from this vaccine",
                                db_default=False,
                                verbose_name="exempt",
                            ),
                        ),
                        (
                            "exemption_reason",
                            models.TextField(blank=True, db_comment="PHI: ground of the exemption", null=True),
                        ),
                        (
                            "exemption_document",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: path of the exemption in the file store",
                                max_length=500,
                                null=True,
                            ),
                        ),
                        (
                            "compliance_status",
                            EnumField(
                                "VaccineComplianceStatus",
                                db_comment="PHI: whether the student meets the requirement for this vaccine",
                                db_default="COMPLIANT",
                                values=VACCINE_COMPLIANCE_STATUS,
                            ),
                        ),
                        (
                            "vfc_eligibility",
                            models.BooleanField(
                                db_comment="PHI: whether eligible for Vaccines for Children",
                                db_default=False,
                                verbose_name="VFC eligible",
                            ),
                        ),
                        (
                            "vis_provided",
                            models.BooleanField(
                                db_comment="Whether the Vaccine Information Statement was handed out",
                                db_default=False,
                                verbose_name="VIS provided",
                            ),
                        ),
                        (
                            "vis_date",
                            models.DateField(
                                blank=True,
                                db_comment="Edition of the statement handed out",
                                null=True,
                                verbose_name="VIS date",
                            ),
                        ),
                        (
                            "consent_obtained",
                            models.BooleanField(db_comment="Whether a guardian consented", db_default=False),
                        ),
                        (
                            "consent_by",
                            models.CharField(blank=True, db_comment="PHI: who consented", max_length=200, null=True),
                        ),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        (
                            "health_record",
                            models.ForeignKey(
                                blank=True,
                                db_comment="PHI: event at which the dose was given",
                                db_index=False,
                                null=True,
                                on_delete=models.DB_SET_NULL,
                                to="health.healthrecord",
                            ),
                        ),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "vaccinations",
                        "db_table_comment": "Vaccinations and exemptions of students (PHI)",
                        "ordering": [models.OrderBy(models.F("administration_date"), descending=True, nulls_last=True)],
                        "default_related_name": "vaccinations",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["expiration_date"], name="idx_vaccinations_expiration"),
                            models.Index(
                                models.F("student"),
                                models.OrderBy(models.F("administration_date"), descending=True),
                                name="idx_vaccinations_student",
                            ),
                            models.Index(fields=["health_record"], name="idx_vaccinations_health_record"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(
                                        ("administered_by__isnull", False), ("administration_date__isnull", False)
                                    ),
                                    ("exemption_status", True),
                                    _connector="OR",
                                ),
                                name="vaccinations_given_or_exempt",
                                violation_error_message="Say when and by whom the dose was given, or mark the student as exempt.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("cvx_code__regex", "^[0-9]{1,3}$")),
                                name="vaccinations_cvx_form",
                                violation_error_message="The CVX code should have 1 to 3 digits.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "ndc_code__regex",
                                        "^([0-9]{4}-[0-9]{4}-[0-9]{2}|[0-9]{5}-[0-9]{3}-[0-9]{2}|[0-9]{5}-[0-9]{4}-[0-9]{1,2}|[0-9]{10,11})$",
                                    )
                                ),
                                name="vaccinations_ndc_form",
                                violation_error_message="The NDC should be like 49281-0400-10, or 10 or 11 digits.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("dose_number__gte", 1)),
                                name="vaccinations_dose_range",
                                violation_error_message="The first dose is number 1.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total_doses__gte", 1)),
                                name="vaccinations_total_range",
                                violation_error_message="A series has at least 1 dose.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total_doses__gte", models.F("dose_number"))),
                                name="vaccinations_dose_of_total",
                                violation_error_message="The number of the dose cannot exceed the doses of the series.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("next_due_date__gte", models.F("administration_date"))),
                                name="vaccinations_due_after_dose",
                                violation_error_message="The next dose cannot be due before this one was given.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("exemption_reason", None), ("exemption_status", True), _connector="OR"
                                ),
                                name="vaccinations_reason_only",
                                violation_error_message="A ground can be given only for an exemption.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("vis_date", None), ("vis_provided", True), _connector="OR"),
                                name="vaccinations_vis_only",
                                violation_error_message="The edition can be given only for a statement that was handed out.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("consent_by", None), ("consent_obtained", True), _connector="OR"),
                                name="vaccinations_consent_only",
                                violation_error_message="Who consented can be named only once consent was obtained.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar(
                                        "administration_date",
                                        "expiration_date",
                                        "next_due_date",
                                        "vis_date",
                                        "created_at",
                                        "updated_at",
                                        "deleted_at",
                                    )
                                ),
                                name="vaccinations_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="vaccinations_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
                migrations.CreateModel(
                    name="Screening",
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
                            "screening_type",
                            EnumField("ScreeningType", db_comment="PHI: what was screened for", values=SCREENING_TYPE),
                        ),
                        ("screening_date", models.DateField(db_comment="PHI: day of the screening")),
                        ("screened_by", models.CharField(db_comment="Who screened", max_length=200)),
                        (
                            "screened_by_role",
                            models.CharField(blank=True, db_comment="Role of who screened", max_length=50, null=True),
                        ),
                        (
                            "outcome",
                            EnumField(
                                "ScreeningOutcome",
                                db_comment="PHI: what the screening came to",
                                db_default="PASS",
                                values=SCREENING_OUTCOME,
                            ),
                        ),
                        ("results", models.JSONField(blank=True, db_comment="PHI: readings by name", null=True)),
                        (
                            "test_details",
                            models.JSONField(blank=True, db_comment="PHI: how the test was done", null=True),
                        ),
                        (
                            "equipment_used",
                            models.CharField(blank=True, db_comment="Instrument used", max_length=200, null=True),
                        ),
                        (
                            "right_eye",
                            models.CharField(
                                blank=True, db_comment="PHI: acuity of the right eye, 20/20", max_length=20, null=True
                            ),
                        ),
                        (
                            "left_eye",
                            models.CharField(
                                blank=True, db_comment="PHI: acuity of the left eye, 20/20", max_length=20, null=True
                            ),
                        ),
                        (
                            "right_ear",
                            models.CharField(
                                blank=True, db_comment="PHI: hearing of the right ear", max_length=50, null=True
                            ),
                        ),
                        (
                            "left_ear",
                            models.CharField(
                                blank=True, db_comment="PHI: hearing of the left ear", max_length=50, null=True
                            ),
                        ),
                        (
                            "passed_criteria",
                            models.BooleanField(
                                blank=True, db_comment="PHI: whether the state's criteria were met", null=True
                            ),
                        ),
                        (
                            "referral_required",
                            models.BooleanField(db_comment="PHI: whether a provider should look", db_default=False),
                        ),
                        (
                            "referral_to",
                            models.CharField(
                                blank=True, db_comment="PHI: provider referred to", max_length=200, null=True
                            ),
                        ),
                        (
                            "referral_date",
                            models.DateField(blank=True, db_comment="PHI: day of the referral", null=True),
                        ),
                        ("referral_reason", models.TextField(blank=True, db_comment="PHI: why referred", null=True)),
                        (
                            "follow_up_required",
                            models.BooleanField(db_comment="PHI: whether something is left to do", db_default=False),
                        ),
                        (
                            "follow_up_date",
                            models.DateField(blank=True, db_comment="PHI: day by which it should be done", null=True),
                        ),
                        (
                            "follow_up_status",
                            EnumField(
                                "FollowUpStatus",
                                blank=True,
                                db_comment="PHI: where the follow-up stands",
                                null=True,
                                values=FOLLOW_UP_STATUS,
                            ),
                        ),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        (
                            "health_record",
                            models.ForeignKey(
                                blank=True,
                                db_comment="PHI: event the screening belongs to",
                                db_index=False,
                                null=True,
                                on_delete=models.DB_SET_NULL,
                                to="health.healthrecord",
                            ),
                        ),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "screenings",
                        "db_table_comment": "Health screenings of students (PHI)",
                        "ordering": ["-screening_date"],
                        "default_related_name": "screenings",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["student", "screening_date"], name="idx_screenings_student"),
                            models.Index(fields=["screening_type", "outcome"], name="idx_screenings_type_outcome"),
                            models.Index(
                                fields=["referral_required", "follow_up_required"], name="idx_screenings_referral"
                            ),
                            models.Index(fields=["follow_up_date"], name="idx_screenings_follow_up"),
                            models.Index(fields=["health_record"], name="idx_screenings_health_record"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("referral_date__gte", models.F("screening_date"))),
                                name="screenings_referral_date",
                                violation_error_message="The referral cannot lie before the screening.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("follow_up_date__gte", models.F("screening_date"))),
                                name="screenings_follow_up_date",
                                violation_error_message="The follow-up cannot lie before the screening.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar(
                                        "screening_date",
                                        "referral_date",
                                        "follow_up_date",
                                        "created_at",
                                        "updated_at",
                                        "deleted_at",
                                    )
                                ),
                                name="screenings_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="screenings_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
                migrations.CreateModel(
                    name="GrowthMeasurement",
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
                        ("measurement_date", models.DateField(db_comment="PHI: day of the measurement")),
                        ("measured_by", models.CharField(db_comment="Who measured", max_length=200)),
                        (
                            "measured_by_role",
                            models.CharField(blank=True, db_comment="Role of who measured", max_length=50, null=True),
                        ),
                        (
                            "height",
                            models.DecimalField(
                                blank=True,
                                db_comment="PHI: height without shoes, in height_unit",
                                decimal_places=2,
                                max_digits=6,
                                null=True,
                            ),
                        ),
                        (
                            "height_unit",
                            models.CharField(
                                choices=[("cm", "cm"), ("inches", "in")],
                                db_comment="Unit of the height",
                                db_default="cm",
                                max_length=10,
                            ),
                        ),
                        (
                            "weight",
                            models.DecimalField(
                                blank=True,
                                db_comment="PHI: weight, in weight_unit",
                                decimal_places=2,
                                max_digits=6,
                                null=True,
                            ),
                        ),
                        (
                            "weight_unit",
                            models.CharField(
                                choices=[("kg", "kg"), ("lbs", "lb")],
                                db_comment="Unit of the weight",
                                db_default="kg",
                                max_length=10,
                            ),
                        ),
                        (
                            "bmi",
                            models.GeneratedField(
                                db_comment="PHI: body mass index in kg/m2, from height and weight in their units",
                                db_persist=True,
                                expression=BodyMassIndex("height", "height_unit", "weight", "weight_unit"),
                                output_field=models.DecimalField(decimal_places=2, max_digits=7),
                                verbose_name="BMI",
                            ),
                        ),
                        (
                            "head_circumference",
                            models.DecimalField(
                                blank=True,
                                db_comment="PHI: head circumference in cm",
                                decimal_places=2,
                                max_digits=6,
                                null=True,
                                verbose_name="head circumference (cm)",
                            ),
                        ),
                        (
                            "height_percentile",
                            models.DecimalField(
                                blank=True,
                                db_comment="PHI: percentile of the height for age and sex",
                                decimal_places=2,
                                max_digits=5,
                                null=True,
                                verbose_name="height percentile",
                            ),
                        ),
                        (
                            "weight_percentile",
                            models.DecimalField(
                                blank=True,
                                db_comment="PHI: percentile of the weight for age and sex",
                                decimal_places=2,
                                max_digits=5,
                                null=True,
                                verbose_name="weight percentile",
                            ),
                        ),
                        (
                            "bmi_percentile",
                            models.DecimalField(
                                blank=True,
                                db_comment="PHI: percentile of the BMI for age and sex",
                                decimal_places=2,
                                max_digits=5,
                                null=True,
                                verbose_name="BMI percentile",
                            ),
                        ),
                        (
                            "growth_percentiles",
                            models.JSONField(
                                blank=True, db_comment="PHI: percentiles and z-scores by reference", null=True
                            ),
                        ),
                        (
                            "nutritional_status",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: weight category by the percentile of the BMI",
                                max_length=50,
                                null=True,
                            ),
                        ),
                        ("concerns", models.TextField(blank=True, db_comment="PHI: concerns about growth", null=True)),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        (
                            "health_record",
                            models.ForeignKey(
                                blank=True,
                                db_comment="PHI: event at which the student was measured",
                                db_index=False,
                                null=True,
                                on_delete=models.DB_SET_NULL,
                                to="health.healthrecord",
                            ),
                        ),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "growth_measurements",
                        "db_table_comment": "Height and weight of students (PHI)",
                        "ordering": ["-measurement_date"],
                        "default_related_name": "growth_measurements",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["student", "measurement_date"], name="idx_growth_student_date"),
                            models.Index(fields=["measurement_date"], name="idx_growth_date"),
                            models.Index(fields=["health_record"], name="idx_growth_health_record"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("height_unit", "cm"), ("height_unit", "inches"), _connector="OR"),
                                name="growth_height_unit_list",
                                violation_error_message="Height is in cm or inches.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weight_unit", "kg"), ("weight_unit", "lbs"), _connector="OR"),
                                name="growth_weight_unit_list",
                                violation_error_message="Weight is in kg or lbs.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("height", None),
                                    models.Q(("height__gte", 30), ("height__lte", 250), ("height_unit", "cm")),
                                    models.Q(("height__gte", 12), ("height__lte", 100), ("height_unit", "inches")),
                                    _connector="OR",
                                ),
                                name="growth_height_range",
                                violation_error_message="The height should be 30 to 250 cm, or 12 to 100 inches.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("weight", None),
                                    models.Q(("weight__gte", 1), ("weight__lte", 400), ("weight_unit", "kg")),
                                    models.Q(("weight__gte", 2), ("weight__lte", 880), ("weight_unit", "lbs")),
                                    _connector="OR",
                                ),
                                name="growth_weight_range",
                                violation_error_message="The weight should be 1 to 400 kg, or 2 to 880 lbs.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("head_circumference__gte", 20), ("head_circumference__lte", 80)),
                                name="growth_head_range",
                                violation_error_message="The head should measure 20 to 80 cm.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("height_percentile__gte", 0), ("height_percentile__lte", 100)),
                                name="growth_height_percentile",
                                violation_error_message="The height percentile is 0 to 100.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("weight_percentile__gte", 0), ("weight_percentile__lte", 100)),
                                name="growth_weight_percentile",
                                violation_error_message="The weight percentile is 0 to 100.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("bmi_percentile__gte", 0), ("bmi_percentile__lte", 100)),
                                name="growth_bmi_percentile",
                                violation_error_message="The BMI percentile is 0 to 100.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar("measurement_date", "created_at", "updated_at", "deleted_at")
                                ),
                                name="growth_measurements_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="growth_measurements_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
                migrations.CreateModel(
                    name="VitalSigns",
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
                            "measurement_date",
                            models.DateTimeField(
                                db_comment="PHI: when the signs were taken", verbose_name="measured at"
                            ),
                        ),
                        ("measured_by", models.CharField(db_comment="Who took the signs", max_length=200)),
                        (
                            "measured_by_role",
                            models.CharField(blank=True, db_comment="Role of who took them", max_length=50, null=True),
                        ),
                        (
                            "temperature",
                            models.DecimalField(
                                blank=True,
                                db_comment="PHI: temperature, in temperature_unit",
                                decimal_places=2,
                                max_digits=5,
                                null=True,
                            ),
                        ),
                        (
                            "temperature_unit",
                            models.CharField(
                                choices=[("F", "°F"), ("C", "°C")], db_comment="F or C", db_default="F", max_length=1
                            ),
                        ),
                        (
                            "temperature_site",
                            models.CharField(
                                blank=True, db_comment="PHI: where the temperature was taken", max_length=50, null=True
                            ),
                        ),
                        (
                            "blood_pressure_systolic",
                            models.IntegerField(
                                blank=True,
                                db_comment="PHI: systolic blood pressure in mmHg",
                                null=True,
                                verbose_name="systolic (mmHg)",
                            ),
                        ),
                        (
                            "blood_pressure_diastolic",
                            models.IntegerField(
                                blank=True,
                                db_comment="PHI: diastolic blood pressure in mmHg",
                                null=True,
                                verbose_name="diastolic (mmHg)",
                            ),
                        ),
                        (
                            "blood_pressure_position",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: sitting, standing or lying",
                                max_length=50,
                                null=True,
                                verbose_name="position",
                            ),
                        ),
                        (
                            "heart_rate",
                            models.IntegerField(
                                blank=True,
                                db_comment="PHI: heart beats per minute",
                                null=True,
                                verbose_name="heart rate (per minute)",
                            ),
                        ),
                        (
                            "heart_rhythm",
                            models.CharField(
                                blank=True, db_comment="PHI: rhythm of the heart", max_length=50, null=True
                            ),
                        ),
                        (
                            "respiratory_rate",
                            models.IntegerField(
                                blank=True,
                                db_comment="PHI: breaths per minute",
                                null=True,
                                verbose_name="breaths (per minute)",
                            ),
                        ),
                        (
                            "oxygen_saturation",
                            models.IntegerField(
                                blank=True,
                                db_comment="PHI: oxygen saturation in percent (SpO2)",
                                null=True,
                                verbose_name="oxygen saturation (%)",
                            ),
                        ),
                        (
                            "oxygen_supplemental",
                            models.BooleanField(
                                db_comment="PHI: whether oxygen was being given",
                                db_default=False,
                                verbose_name="on oxygen",
                            ),
                        ),
                        (
                            "pain_level",
                            models.IntegerField(
                                blank=True,
                                db_comment="PHI: pain, 0 (none) to 10 (worst)",
                                null=True,
                                verbose_name="pain (0-10)",
                            ),
                        ),
                        (
                            "pain_location",
                            models.CharField(blank=True, db_comment="PHI: where it hurts", max_length=200, null=True),
                        ),
                        (
                            "consciousness",
                            EnumField(
                                "ConsciousnessLevel",
                                blank=True,
                                db_comment="PHI: level of consciousness (AVPU and finer)",
                                null=True,
                                values=CONSCIOUSNESS_LEVEL,
                            ),
                        ),
                        (
                            "glucose_level",
                            models.DecimalField(
                                blank=True,
                                db_comment="PHI: blood glucose in mg/dL",
                                decimal_places=2,
                                max_digits=6,
                                null=True,
                                verbose_name="glucose (mg/dL)",
                            ),
                        ),
                        (
                            "peak_flow",
                            models.IntegerField(
                                blank=True,
                                db_comment="PHI: peak expiratory flow in L/min",
                                null=True,
                                verbose_name="peak flow (L/min)",
                            ),
                        ),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        (
                            "health_record",
                            models.ForeignKey(
                                blank=True,
                                db_comment="PHI: event at which the signs were taken",
                                db_index=False,
                                null=True,
                                on_delete=models.DB_SET_NULL,
                                to="health.healthrecord",
                            ),
                        ),
                        (
                            "appointment",
                            models.ForeignKey(
                                blank=True,
                                db_comment="PHI: appointment at which the signs were taken",
                                db_index=False,
                                null=True,
                                on_delete=models.DB_SET_NULL,
                                to="health.appointment",
                            ),
                        ),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "verbose_name": "vital signs",
                        "verbose_name_plural": "vital signs",
                        "db_table": "vital_signs",
                        "db_table_comment": "Vital signs of students (PHI)",
                        "ordering": ["-measurement_date"],
                        "default_related_name": "vital_signs",
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["student", "measurement_date"], name="idx_vital_signs_student_date"),
                            models.Index(fields=["measurement_date"], name="idx_vital_signs_date"),
                            models.Index(fields=["appointment"], name="idx_vital_signs_appointment"),
                            models.Index(fields=["health_record"], name="idx_vital_signs_health_record"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("temperature_unit", "F"), ("temperature_unit", "C"), _connector="OR"
                                ),
                                name="vital_signs_temp_unit_list",
                                violation_error_message="Temperature is in F or C.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("temperature", None),
                                    models.Q(
                                        ("temperature__gte", 77), ("temperature__lte", 115), ("temperature_unit", "F")
                                    ),
                                    models.Q(
                                        ("temperature__gte", 25), ("temperature__lte", 46), ("temperature_unit", "C")
                                    ),
                                    _connector="OR",
                                ),
                                name="vital_signs_temp_range",
                                violation_error_message="The temperature should be 77 to 115 °F, or 25 to 46 °C.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("blood_pressure_systolic__gte", 1), ("blood_pressure_systolic__lte", 350)
                                ),
                                name="vital_signs_systolic_range",
                                violation_error_message="The systolic pressure should be 1 to 350 mmHg.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("blood_pressure_diastolic__gte", 1), ("blood_pressure_diastolic__lte", 250)
                                ),
                                name="vital_signs_diastolic_range",
                                violation_error_message="The diastolic pressure should be 1 to 250 mmHg.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("blood_pressure_systolic__gt", models.F("blood_pressure_diastolic"))
                                ),
                                name="vital_signs_pressure_order",
                                violation_error_message="The systolic pressure should be above the diastolic one.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("heart_rate__gte", 0), ("heart_rate__lte", 350)),
                                name="vital_signs_heart_range",
                                violation_error_message="The heart rate should be 0 to 350 a minute.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("respiratory_rate__gte", 0), ("respiratory_rate__lte", 150)),
                                name="vital_signs_breath_range",
                                violation_error_message="Breaths should be 0 to 150 a minute.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("oxygen_saturation__gte", 0), ("oxygen_saturation__lte", 100)),
                                name="vital_signs_oxygen_range",
                                violation_error_message="The saturation should be 0 to 100 percent.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("pain_level__gte", 0), ("pain_level__lte", 10)),
                                name="vital_signs_pain_range",
                                violation_error_message="The pain level should be 0 to 10.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("glucose_level__gte", 1), ("glucose_level__lte", 2000)),
                                name="vital_signs_glucose_range",
                                violation_error_message="Glucose should be 1 to 2000 mg/dL.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("peak_flow__gte", 1), ("peak_flow__lte", 1000)),
                                name="vital_signs_peak_flow_range",
                                violation_error_message="The peak flow should be 1 to 1000 L/min.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar("measurement_date", "created_at", "updated_at", "deleted_at")
                                ),
                                name="vital_signs_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="vital_signs_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
            ],
        ),
        StampRows(["vaccinations", "screenings", "growth_measurements", "vital_signs"]),
    ]

from django.db import models

from core.database.constraints import CVX, NDC, at_least, calendar, check, matches, not_before, only_if
from core.database.enums import DatabaseEnum, EnumField
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord
from health.models.health_record import HealthRecord


class VaccineType(DatabaseEnum):
    COVID_19 = "COVID_19", "COVID-19"
    FLU = "FLU", "Influenza"
    MEASLES = "MEASLES", "Measles"
    MUMPS = "MUMPS", "Mumps"
    RUBELLA = "RUBELLA", "Rubella"
    MMR = "MMR", "MMR"
    POLIO = "POLIO", "Polio"
    HEPATITIS_A = "HEPATITIS_A", "Hepatitis A"
    HEPATITIS_B = "HEPATITIS_B", "Hepatitis B"
    VARICELLA = "VARICELLA", "Varicella"
    TETANUS = "TETANUS", "Tetanus"
    DIPHTHERIA = "DIPHTHERIA", "Diphtheria"
    PERTUSSIS = "PERTUSSIS", "Pertussis"
    TDAP = "TDAP", "Tdap"
    DTAP = "DTaP", "DTaP"
    HIB = "HIB", "Hib"
    PNEUMOCOCCAL = "PNEUMOCOCCAL", "Pneumococcal"
    ROTAVIRUS = "ROTAVIRUS", "Rotavirus"
    MENINGOCOCCAL = "MENINGOCOCCAL", "Meningococcal"
    HPV = "HPV", "HPV"
    OTHER = "OTHER", "Other"


class AdministrationSite(DatabaseEnum):
    ARM_LEFT = "ARM_LEFT", "Left arm"
    ARM_RIGHT = "ARM_RIGHT", "Right arm"
    THIGH_LEFT = "THIGH_LEFT", "Left thigh"
    THIGH_RIGHT = "THIGH_RIGHT", "Right thigh"
    DELTOID_LEFT = "DELTOID_LEFT", "Left deltoid"
    DELTOID_RIGHT = "DELTOID_RIGHT", "Right deltoid"
    BUTTOCK_LEFT = "BUTTOCK_LEFT", "Left buttock"
    BUTTOCK_RIGHT = "BUTTOCK_RIGHT", "Right buttock"
    ORAL = "ORAL", "Mouth"
    NASAL = "NASAL", "Nose"
    OTHER = "OTHER", "Other"


class AdministrationRoute(DatabaseEnum):
    INTRAMUSCULAR = "INTRAMUSCULAR", "Intramuscular"
    SUBCUTANEOUS = "SUBCUTANEOUS", "Subcutaneous"
    INTRADERMAL = "INTRADERMAL", "Intradermal"
    ORAL = "ORAL", "Oral"
    INTRANASAL = "INTRANASAL", "Intranasal"
    INTRAVENOUS = "INTRAVENOUS", "Intravenous"
    OTHER = "OTHER", "Other"


class VaccineComplianceStatus(DatabaseEnum):
    COMPLIANT = "COMPLIANT", "Compliant"
    OVERDUE = "OVERDUE", "Overdue"
    PARTIALLY_COMPLIANT = "PARTIALLY_COMPLIANT", "Partially compliant"
    EXEMPT = "EXEMPT", "Exempt"
    NON_COMPLIANT = "NON_COMPLIANT", "Not compliant"


class Vaccination(StudentRecord):
    """A dose of a vaccine a student has had, or the exemption from it."""

    vaccine_name = models.CharField("vaccine", max_length=200, db_comment="PHI: name of the vaccine")
    vaccine_type = EnumField(VaccineType, null=True, blank=True, db_comment="PHI: what it protects from")
    manufacturer = models.CharField(max_length=100, null=True, blank=True, db_comment="Manufacturer of the vaccine")
    lot_number = models.CharField(max_length=50, null=True, blank=True, db_comment="PHI: lot the dose came from")
    cvx_code = models.CharField(
        "CVX code", max_length=3, null=True, blank=True, db_comment="PHI: the vaccine, CDC CVX code, 1 to 3 digits"
    )
    ndc_code = models.CharField(
        "NDC", max_length=13, null=True, blank=True, db_comment="PHI: the package, National Drug Code"
    )
    dose_number = models.IntegerField(null=True, blank=True, db_comment="PHI: which dose of the series this is")
    total_doses = models.IntegerField(null=True, blank=True, db_comment="How many doses the series has")
    series_complete = models.BooleanField(db_default=False, db_comment="PHI: whether the series is complete")
    # A date, not a moment: immunization cards give no more, and a moment would shift by a day with the time zone.
    administration_date = models.DateField(
        "given on", null=True, blank=True, db_comment="PHI: day the dose was given; null for an exemption"
    )
    administered_by = models.CharField(
        max_length=200, null=True, blank=True, db_comment="Who gave the dose; null for an exemption"
    )
    administered_by_role = models.CharField(max_length=50, null=True, blank=True, db_comment="Role of who gave it")
    facility = models.CharField(max_length=200, null=True, blank=True, db_comment="PHI: place where it was given")
    site_of_administration = EnumField(
        AdministrationSite, null=True, blank=True, db_comment="PHI: part of the body where it was given"
    )
    route_of_administration = EnumField(AdministrationRoute, null=True, blank=True, db_comment="PHI: how it was given")
    dosage_amount = models.CharField(
        max_length=50, null=True, blank=True, db_comment="PHI: amount given with its unit, such as 0.5 mL"
    )
    expiration_date = models.DateField(null=True, blank=True, db_comment="Last day the lot may be used")
    next_due_date = models.DateField(null=True, blank=True, db_comment="PHI: day the next dose is due")
    reactions = models.TextField(null=True, blank=True, db_comment="PHI: reactions to the dose, in words")
    adverse_events = models.JSONField(null=True, blank=True, db_comment="PHI: adverse events as reported to VAERS")
    exemption_status = models.BooleanField(
        "exempt", db_default=False, db_comment="PHI: whether the student is exempt from this vaccine"
    )
    exemption_reason = models.TextField(null=True, blank=True, db_comment="PHI: ground of the exemption")
    exemption_document = models.CharField(
        max_length=500, null=True, blank=True, db_comment="PHI: path of the exemption in the file store"
    )
    compliance_status = EnumField(
        VaccineComplianceStatus,
        db_default=VaccineComplianceStatus.COMPLIANT,
        db_comment="PHI: whether the student meets the requirement for this vaccine",
    )
    vfc_eligibility = models.BooleanField(
        "VFC eligible", db_default=False, db_comment="PHI: whether eligible for Vaccines for Children"
    )
    vis_provided = models.BooleanField(
        "VIS provided", db_default=False, db_comment="Whether the Vaccine Information Statement was handed out"
    )
    vis_date = models.DateField("VIS date", null=True, blank=True, db_comment="Edition of the statement handed out")
    consent_obtained = models.BooleanField(db_default=False, db_comment="Whether a guardian consented")
    consent_by = models.CharField(max_length=200, null=True, blank=True, db_comment="PHI: who consented")
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")
    health_record = models.ForeignKey(
        HealthRecord,
        on_delete=models.DB_SET_NULL,
        null=True,
        blank=True,
        db_index=False,
        db_comment="PHI: event at which the dose was given",
    )

    class Meta(StudentRecord.Meta):
        db_table = "vaccinations"
        db_table_comment = "Vaccinations and exemptions of students (PHI)"
        default_related_name = "vaccinations"
        ordering = [models.F("administration_date").desc(nulls_last=True)]
        constraints = [
            check(
                "vaccinations_given_or_exempt",
                models.Q(administration_date__isnull=False, administered_by__isnull=False)
                | models.Q(exemption_status=True),
                "Say when and by whom the dose was given, or mark the student as exempt.",
            ),
            matches("vaccinations_cvx_form", "cvx_code", CVX, "The CVX code should have 1 to 3 digits."),
            matches(
                "vaccinations_ndc_form", "ndc_code", NDC, "The NDC should be like 49281-0400-10, or 10 or 11 digits."
            ),
            at_least("vaccinations_dose_range", "dose_number", 1, "The first dose is number 1."),
            at_least("vaccinations_total_range", "total_doses", 1, "A series has at least 1 dose."),
            not_before(
                "vaccinations_dose_of_total",
                "total_doses",
                "dose_number",
                "The number of the dose cannot exceed the doses of the series.",
            ),
            not_before(
                "vaccinations_due_after_dose",
                "next_due_date",
                "administration_date",
                "The next dose cannot be due before this one was given.",
            ),
            only_if(
                "vaccinations_reason_only",
                "exemption_reason",
                models.Q(exemption_status=True),
                "A ground can be given only for an exemption.",
            ),
            only_if(
                "vaccinations_vis_only",
                "vis_date",
                models.Q(vis_provided=True),
                "The edition can be given only for a statement that was handed out.",
            ),
            only_if(
                "vaccinations_consent_only",
                "consent_by",
                models.Q(consent_obtained=True),
                "Who consented can be named only once consent was obtained.",
            ),
            calendar(
                "vaccinations",
                "administration_date",
                "expiration_date",
                "next_due_date",
                "vis_date",
                "created_at",
                "updated_at",
                "deleted_at",
            ),
            soft_delete_constraint("vaccinations"),
        ]
        indexes = [
            # Which lots on hand expire? (stock check, recall of a lot's age)
            models.Index(fields=["expiration_date"], name="idx_vaccinations_expiration"),
            # Which vaccines has this student had, latest first? (student page; deleting a student)
            models.Index(models.F("student"), models.F("administration_date").desc(), name="idx_vaccinations_student"),
            # Who is not compliant for MMR? (compliance report, outbreak list)
            models.Index(
                models.F("vaccine_type"),
                models.F("compliance_status"),
                models.F("administration_date").desc(),
                name="idx_vaccinations_compliance",
            ),
            # Whose next dose is due this month? (reminders). The plan's condition on today cannot stand in an index.
            models.Index(
                fields=["next_due_date", "student"],
                name="idx_vaccinations_due",
                condition=models.Q(next_due_date__isnull=False),
            ),
            # Which doses were given at this event? (health record page; deleting a record)
            models.Index(fields=["health_record"], name="idx_vaccinations_health_record"),
            # Which vaccines were given lately, anywhere? (vaccinations page of an administrator)
            models.Index(models.F("administration_date").desc(nulls_last=True), name="idx_vaccinations_given"),
            # Is this the latest entry about the student's vaccine? (compliance now). The school stands in it as row
            # security asks for it: without it each look would go through all entries of the school as well.
            models.Index(
                models.F("student"),
                models.F("school"),
                models.F("administration_date").desc(),
                name="idx_vaccinations_standing",
                condition=models.Q(deleted_at=None),
            ),
            # Which vaccines were given at this school, latest first? (vaccinations page)
            models.Index(
                models.F("school"),
                models.F("administration_date").desc(nulls_last=True),
                name="idx_vaccinations_school",
            ),
        ]

    def __str__(self) -> str:
        return self.vaccine_name

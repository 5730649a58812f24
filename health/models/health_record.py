from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.database.constraints import ICD_10_CM, NPI, calendar, check, matches
from core.database.enums import DatabaseEnum, EnumField
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord


class HealthRecordType(DatabaseEnum):
    CHECKUP = "CHECKUP", "Check-up"
    VACCINATION = "VACCINATION", "Vaccination"
    ILLNESS = "ILLNESS", "Illness"
    INJURY = "INJURY", "Injury"
    SCREENING = "SCREENING", "Screening"
    PHYSICAL_EXAM = "PHYSICAL_EXAM", "Physical exam"
    MENTAL_HEALTH = "MENTAL_HEALTH", "Mental health"
    DENTAL = "DENTAL", "Dental"
    VISION = "VISION", "Vision"
    HEARING = "HEARING", "Hearing"
    EXAMINATION = "EXAMINATION", "Examination"
    ALLERGY_DOCUMENTATION = "ALLERGY_DOCUMENTATION", "Allergy documentation"
    CHRONIC_CONDITION_REVIEW = "CHRONIC_CONDITION_REVIEW", "Chronic condition review"
    GROWTH_ASSESSMENT = "GROWTH_ASSESSMENT", "Growth assessment"
    VITAL_SIGNS_CHECK = "VITAL_SIGNS_CHECK", "Vital signs check"
    EMERGENCY_VISIT = "EMERGENCY_VISIT", "Emergency visit"
    FOLLOW_UP = "FOLLOW_UP", "Follow-up"
    CONSULTATION = "CONSULTATION", "Consultation"
    DIAGNOSTIC_TEST = "DIAGNOSTIC_TEST", "Diagnostic test"
    PROCEDURE = "PROCEDURE", "Procedure"
    HOSPITALIZATION = "HOSPITALIZATION", "Hospitalization"
    SURGERY = "SURGERY", "Surgery"
    COUNSELING = "COUNSELING", "Counseling"
    THERAPY = "THERAPY", "Therapy"
    NUTRITION = "NUTRITION", "Nutrition"
    MEDICATION_REVIEW = "MEDICATION_REVIEW", "Medication review"
    IMMUNIZATION = "IMMUNIZATION", "Immunization"
    LAB_RESULT = "LAB_RESULT", "Lab result"
    RADIOLOGY = "RADIOLOGY", "Radiology"
    OTHER = "OTHER", "Other"


class HealthRecord(StudentRecord):
    """A visit, examination, result or other event in a student's health."""

    record_type = EnumField(HealthRecordType, db_comment="PHI: what kind of event this is")
    title = models.CharField(max_length=200, db_comment="PHI: the event in a few words")
    description = models.TextField(db_comment="PHI: what happened and what was found")
    record_date = models.DateTimeField(db_comment="PHI: when it happened")
    provider = models.CharField(max_length=200, null=True, blank=True, db_comment="PHI: name of the provider seen")
    provider_npi = models.CharField(
        "provider's NPI",
        max_length=10,
        null=True,
        blank=True,
        db_comment="PHI: National Provider Identifier of the provider, 10 digits",
    )
    facility = models.CharField(max_length=200, null=True, blank=True, db_comment="PHI: place where it happened")
    facility_npi = models.CharField(
        "facility's NPI",
        max_length=10,
        null=True,
        blank=True,
        db_comment="PHI: National Provider Identifier of the facility, 10 digits",
    )
    diagnosis = models.TextField(null=True, blank=True, db_comment="PHI: diagnosis in words")
    diagnosis_code = models.CharField(max_length=20, null=True, blank=True, db_comment="PHI: diagnosis, ICD-10-CM code")
    treatment = models.TextField(null=True, blank=True, db_comment="PHI: what was done")
    follow_up_required = models.BooleanField(db_default=False, db_comment="PHI: whether something is left to do")
    follow_up_date = models.DateField(null=True, blank=True, db_comment="PHI: day by which it should be done")
    follow_up_completed = models.BooleanField(db_default=False, db_comment="PHI: whether it was done")
    attachments = ArrayField(
        models.CharField(max_length=500),
        default=list,
        db_default=[],
        blank=True,
        db_comment="PHI: paths of documents in the file store",
    )
    metadata = models.JSONField(null=True, blank=True, db_comment="PHI: further facts from the source of the record")
    is_confidential = models.BooleanField(
        "confidential", db_default=False, db_comment="PHI: whether only nurses and counselors may see it"
    )
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")

    class Meta(StudentRecord.Meta):
        db_table = "health_records"
        db_table_comment = "Events in the health of students (PHI)"
        default_related_name = "health_records"
        ordering = ["-record_date"]
        constraints = [
            matches("health_records_provider_npi", "provider_npi", NPI, "The provider's NPI should have 10 digits."),
            matches("health_records_facility_npi", "facility_npi", NPI, "The facility's NPI should have 10 digits."),
            matches(
                "health_records_diagnosis_form",
                "diagnosis_code",
                ICD_10_CM,
                "The diagnosis code should be an ICD-10-CM code with its point, such as J45.909.",
            ),
            check(
                "health_records_follow_up",
                models.Q(follow_up_completed=False) | models.Q(follow_up_required=True),
                "A follow-up can be completed only where one is required.",
            ),
            calendar("health_records", "record_date", "follow_up_date", "created_at", "updated_at", "deleted_at"),
            soft_delete_constraint("health_records"),
        ]
        indexes = [
            # Which vaccinations (injuries, ...) were there last month, latest first? (lists and reports by type)
            models.Index(fields=["record_type", "record_date"], name="idx_health_records_type_date"),
            # What did this user write? (review of one's work)
            models.Index(fields=["created_by"], name="idx_health_records_author"),
            # Which follow-ups are due? (nurse's home page)
            models.Index(fields=["follow_up_required", "follow_up_date"], name="idx_health_records_follow_up"),
            # What happened to this student, latest first? (student page; deleting a student)
            models.Index(
                models.F("student"),
                models.F("record_date").desc(),
                models.F("record_type"),
                name="idx_health_records_student",
            ),
            # Which students have confidential records? (counselor's page)
            models.Index(
                fields=["is_confidential", "student"],
                name="idx_health_records_confident",
                condition=models.Q(is_confidential=True),
            ),
            # What did this provider do? (questions of a provider or payer)
            models.Index(
                models.F("provider_npi"),
                models.F("record_date").desc(),
                name="idx_health_records_provider",
                condition=models.Q(provider_npi__isnull=False),
            ),
            # What happened last, anywhere? (health records page of an administrator). An enum is compared by a function
            # that might leak, so under row security no index that begins with the type is taken for its order.
            models.Index(models.F("record_date").desc(), name="idx_health_records_date"),
            # Which follow-ups at this school are overdue? (nurse's home page)
            models.Index(
                fields=["school", "follow_up_date"],
                name="idx_health_records_overdue",
                condition=models.Q(deleted_at=None, follow_up_required=True, follow_up_completed=False),
            ),
            # Which records are the last of this school, or of these ten? (health records page). It covers all that the
            # page asks before it knows which fifty to show.
            models.Index(
                fields=["school", "-record_date", "-id"], include=["deleted_at"], name="idx_health_records_list"
            ),
        ]

    def __str__(self) -> str:
        return self.title

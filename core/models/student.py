from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from core.database.audit_fields import AuditedModel
from core.database.constraints import calendar, check, matches, one_of
from core.database.enums import DatabaseEnum, EnumField
from core.database.functions import SearchWords, Today
from core.database.soft_delete import SoftDeleteModel, soft_delete_constraint
from core.models.district import District
from core.models.school import School
from core.models.user import User


class Gender(DatabaseEnum):
    MALE = "MALE", "Male"
    FEMALE = "FEMALE", "Female"
    OTHER = "OTHER", "Other"
    PREFER_NOT_TO_SAY = "PREFER_NOT_TO_SAY", "Prefer not to say"


class Grade(models.TextChoices):
    PRE_KINDERGARTEN = "PK", "Pre-kindergarten"
    TRANSITIONAL_KINDERGARTEN = "TK", "Transitional kindergarten"
    KINDERGARTEN = "K", "Kindergarten"
    FIRST = "1", "Grade 1"
    SECOND = "2", "Grade 2"
    THIRD = "3", "Grade 3"
    FOURTH = "4", "Grade 4"
    FIFTH = "5", "Grade 5"
    SIXTH = "6", "Grade 6"
    SEVENTH = "7", "Grade 7"
    EIGHTH = "8", "Grade 8"
    NINTH = "9", "Grade 9"
    TENTH = "10", "Grade 10"
    ELEVENTH = "11", "Grade 11"
    TWELFTH = "12", "Grade 12"
    UNGRADED = "UG", "Ungraded"


class Student(AuditedModel, SoftDeleteModel):
    """A child or young person enrolled in a school, whose health the school looks after."""

    student_number = models.CharField(max_length=50, db_comment="PHI: number the school knows the student by")
    first_name = models.CharField(max_length=100, db_comment="PHI: given name")
    last_name = models.CharField(max_length=100, db_comment="PHI: family name")
    date_of_birth = models.DateField(db_comment="PHI: date of birth")
    grade = models.CharField(
        max_length=10, choices=Grade, db_comment="PHI: grade; PK, TK, K, 1 to 12, or UG (ungraded)"
    )
    gender = EnumField(Gender, db_comment="PHI: gender as stated by the family")
    photo = models.CharField(
        max_length=500, null=True, blank=True, db_comment="PHI: path of the photograph in the file store"
    )
    medical_record_num = models.CharField(
        "medical record number",
        max_length=50,
        null=True,
        blank=True,
        db_comment="PHI: number of the student's medical record with the provider",
    )
    is_active = models.BooleanField("enrolled", db_default=True, db_comment="Whether the student is enrolled now")
    enrollment_date = models.DateField(db_default=Today(), db_comment="PHI: first day at the school")

    nurse = models.ForeignKey(
        User,
        on_delete=models.DB_SET_NULL,
        null=True,
        blank=True,
        related_name="students",
        db_index=False,
        db_comment="Nurse who looks after the student",
    )
    # A school or district with students cannot vanish: the constraint refuses.
    school = models.ForeignKey(
        School,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="students",
        db_index=False,
        db_comment="PHI: school the student attends; null while a place is sought",
    )
    # Filled from the school by the trigger students_district, never by hand.
    district = models.ForeignKey(
        District,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        related_name="students",
        db_index=False,
        db_comment="District of the school; filled by a trigger",
    )
    search_vector = models.GeneratedField(
        expression=SearchWords("first_name", "last_name", "student_number"),
        output_field=SearchVectorField(),
        db_persist=True,
        db_comment="PHI: words of the name and number, for the search",
    )

    class Meta(SoftDeleteModel.Meta):
        db_table = "students"
        db_table_comment = "Students and what identifies them (PHI)"
        ordering = ["last_name", "first_name"]
        constraints = [
            # Districts number their own students; what another district's are, nobody finds out by trying.
            models.UniqueConstraint(
                fields=["student_number", "district"],
                condition=models.Q(deleted_at=None),
                nulls_distinct=False,
                name="students_number_in_district",
                violation_error_message="Another student of the district has this student number.",
            ),
            models.UniqueConstraint(
                fields=["medical_record_num", "district"],
                condition=models.Q(deleted_at=None, medical_record_num__isnull=False),
                nulls_distinct=False,
                name="students_record_num_district",
                violation_error_message="Another student of the district has this medical record number.",
            ),
            matches(
                "students_record_num_form",
                "medical_record_num",
                r"^[A-Z0-9]{2,4}-?[A-Z0-9]{4,8}$",
                "The medical record number should be 2 to 4 capitals or digits, a hyphen if any, and 4 to 8 more.",
            ),
            one_of("students_grade_list", "grade", Grade, "The grade should be PK, TK, K, 1 to 12, or UG."),
            check(
                "students_enrolled_after_birth",
                models.Q(enrollment_date__gt=models.F("date_of_birth")),
                "The student should be enrolled after being born: check both dates.",
            ),
            calendar("students", "date_of_birth", "enrollment_date", "created_at", "updated_at", "deleted_at"),
            soft_delete_constraint("students"),
        ]
        indexes = [
            # Whom does this nurse look after, enrolled or not? (nurse page; a nurse who goes)
            models.Index(fields=["nurse"], name="idx_students_nurse_all"),
            # Which students does a district have? (district reports; deleting a district)
            models.Index(fields=["district"], name="idx_students_district"),
            # Who is enrolled, who has left? (filter of the students page)
            models.Index(fields=["is_active"], name="idx_students_active"),
            # The students in order of name (the students page)
            models.Index(fields=["last_name", "first_name"], name="idx_students_name"),
            # Who was born on this day? (search)
            models.Index(fields=["date_of_birth"], name="idx_students_birth"),
            # Who attends this school now? (roster)
            models.Index(fields=["school"], name="idx_students_school", condition=models.Q(is_active=True)),
            # Whom does this nurse look after now? (caseload)
            models.Index(fields=["nurse"], name="idx_students_nurse", condition=models.Q(is_active=True)),
            # Who is in grade 6 now? (rosters and screening lists by grade)
            models.Index(fields=["grade", "is_active"], name="idx_students_grade_active"),
            # Who is "smi jo", who has number 1042? (search and autocomplete of students)
            GinIndex(fields=["search_vector"], name="idx_students_search"),
            # The students of a school by grade and nurse (dashboard; deleting a school)
            models.Index(fields=["school", "grade", "is_active", "nurse"], name="idx_students_health_overview"),
        ]

    def __str__(self) -> str:
        return f"{self.last_name}, {self.first_name}"

    def clean(self) -> None:
        super().clean()
        # As the trigger will fill it: numbers are unique in the district of the school.
        if self.school is not None:
            self.district_id = self.school.district_id

"""Phase 1: districts, schools, users, students, contacts, and the functions every table uses.

Lock: none, all tables are new. Undone by dropping what it made.
"""

from django.conf import settings
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models
from django.db.models.functions import Lower

from core.database.enums import EnumField
from core.database.functions import SearchWords, Today, WithinCalendar
from core.database.operations import (
    AUDIT_COLUMNS,
    KEY,
    SOFT_DELETE_COLUMNS,
    SOFT_DELETE_MANAGERS,
    CreateEnum,
    CreateFunction,
    CreateTrigger,
    CreateUuidV7,
    SetForeignKeyRule,
    StampRows,
    Together,
)

USER_ROLE = ("ADMIN", "NURSE", "SCHOOL_ADMIN", "DISTRICT_ADMIN", "VIEWER", "COUNSELOR")
GENDER = ("MALE", "FEMALE", "OTHER", "PREFER_NOT_TO_SAY")
CONTACT_TYPE = ("GUARDIAN", "PARENT", "EMERGENCY", "PROVIDER", "VENDOR", "STAFF", "OTHER")

# Every change of a row moves updated_at, whoever makes it.
STAMP_ROW = """
CREATE OR REPLACE FUNCTION stamp_row() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at := statement_timestamp();
    RETURN NEW;
END
$$
"""

# A student's district is the one of the school; nobody enters it.
FILL_STUDENT_DISTRICT = """
CREATE OR REPLACE FUNCTION fill_student_district() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.school_id IS NOT NULL THEN
        SELECT schools.district_id INTO NEW.district_id FROM schools WHERE schools.id = NEW.school_id;
    END IF;
    RETURN NEW;
END
$$
"""

# A school that passes to another district takes its students along.
MOVE_STUDENTS_DISTRICT = """
CREATE OR REPLACE FUNCTION move_students_district() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE students SET district_id = NEW.district_id WHERE students.school_id = NEW.id;
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        CreateUuidV7(),
        CreateFunction(STAMP_ROW),
        CreateFunction(FILL_STUDENT_DISTRICT),
        CreateFunction(MOVE_STUDENTS_DISTRICT),
        CreateEnum("UserRole", USER_ROLE),
        CreateEnum("Gender", GENDER),
        CreateEnum("ContactType", CONTACT_TYPE),
        Together(
            [
                migrations.CreateModel(
                    name="User",
                    fields=[
                        KEY,
                        ("email", models.EmailField(db_comment="Log-in name, in lower case", max_length=255)),
                        (
                            "password",
                            models.CharField(db_comment="Hash of the password, never the password", max_length=255),
                        ),
                        ("first_name", models.CharField(db_comment="Given name", max_length=100)),
                        ("last_name", models.CharField(db_comment="Family name", max_length=100)),
                        (
                            "role",
                            EnumField(
                                "UserRole",
                                db_comment="What the user may do; the least by default",
                                db_default="VIEWER",
                                values=USER_ROLE,
                            ),
                        ),
                        (
                            "phone",
                            models.CharField(
                                blank=True, db_comment="Telephone number at work", max_length=20, null=True
                            ),
                        ),
                        (
                            "school",
                            models.ForeignKey(
                                blank=True,
                                db_comment="Home school; further ones are in school_assignments",
                                db_index=False,
                                null=True,
                                on_delete=models.DO_NOTHING,
                                related_name="staff",
                                to="core.school",
                            ),
                        ),
                        (
                            "district",
                            models.ForeignKey(
                                blank=True,
                                db_comment="District the user works for",
                                db_index=False,
                                null=True,
                                on_delete=models.DO_NOTHING,
                                related_name="staff",
                                to="core.district",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="False for a user who has left", db_default=True, verbose_name="may log in"
                            ),
                        ),
                        (
                            "is_superuser",
                            models.BooleanField(
                                db_comment="Bound by no role; for setting up, not for daily work",
                                db_default=False,
                                verbose_name="superuser",
                            ),
                        ),
                        (
                            "last_login",
                            models.DateTimeField(
                                blank=True, db_comment="When the user last logged in", editable=False, null=True
                            ),
                        ),
                        (
                            "email_verified",
                            models.BooleanField(
                                db_comment="Whether the user has shown to read this address",
                                db_default=False,
                                verbose_name="e-mail verified",
                            ),
                        ),
                        (
                            "password_changed_at",
                            models.DateTimeField(
                                blank=True, db_comment="When the password was last changed", editable=False, null=True
                            ),
                        ),
                        (
                            "must_change_password",
                            models.BooleanField(
                                db_comment="Whether the next log-in asks for a new password", db_default=False
                            ),
                        ),
                        (
                            "search_vector",
                            models.GeneratedField(
                                db_comment="Words of the name and address, for the search",
                                db_persist=True,
                                expression=SearchWords("first_name", "last_name", "email"),
                                output_field=SearchVectorField(),
                            ),
                        ),
                        *AUDIT_COLUMNS,
                    ],
                    options={
                        "db_table": "users",
                        "db_table_comment": "Staff who work with the records",
                        "ordering": ["last_name", "first_name"],
                        "indexes": [
                            models.Index(fields=["school"], name="idx_users_home_school"),
                            models.Index(fields=["district"], name="idx_users_home_district"),
                            models.Index(fields=["is_active"], name="idx_users_active"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("email",),
                                name="users_email_unique",
                                violation_error_message="Another user logs in with this e-mail address.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("email", Lower("email"))),
                                name="users_email_lower",
                                violation_error_message="The e-mail address should be in lower case, so that one person is one account.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("email__regex", "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$")),
                                name="users_email_form",
                                violation_error_message="The e-mail address should look like name@example.org.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "phone__regex",
                                        "^(\\+[0-9][0-9 ().-]{5,17}[0-9]|(1[ .-]?)?(\\([0-9]{3}\\) ?|[0-9]{3}[ .-]?)?[0-9]{3}[ .-]?[0-9]{4}( ?(x|ext\\.?) ?[0-9]{1,6})?)$",
                                    )
                                ),
                                name="users_phone_form",
                                violation_error_message="The telephone number should be like 614-555-0142, 614-555-0142 x12 or +44 20 7946 0958.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar("last_login", "password_changed_at", "created_at", "updated_at")
                                ),
                                name="users_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="District",
                    fields=[
                        KEY,
                        ("name", models.CharField(db_comment="Name as people say it", max_length=200)),
                        ("code", models.CharField(db_comment="Short unique code, as on state forms", max_length=50)),
                        ("address", models.TextField(blank=True, db_comment="Street address", null=True)),
                        ("city", models.CharField(blank=True, db_comment="City", max_length=100, null=True)),
                        (
                            "state",
                            models.CharField(
                                blank=True, db_comment="State, two capital letters (USPS)", max_length=2, null=True
                            ),
                        ),
                        (
                            "zip_code",
                            models.CharField(
                                blank=True,
                                db_comment="ZIP code, 5 digits or ZIP+4",
                                max_length=10,
                                null=True,
                                verbose_name="ZIP code",
                            ),
                        ),
                        (
                            "phone",
                            models.CharField(blank=True, db_comment="Main telephone number", max_length=20, null=True),
                        ),
                        (
                            "email",
                            models.EmailField(blank=True, db_comment="Main e-mail address", max_length=255, null=True),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="Whether it is in operation", db_default=True, verbose_name="in use"
                            ),
                        ),
                        *AUDIT_COLUMNS,
                    ],
                    options={
                        "db_table": "districts",
                        "db_table_comment": "School districts",
                        "ordering": ["name"],
                        "indexes": [models.Index(fields=["is_active"], name="idx_districts_active")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("code",),
                                name="districts_code_unique",
                                violation_error_message="This code is taken; it must be unique.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__regex", "^[A-Z]{2}$")),
                                name="districts_state_form",
                                violation_error_message="The state should be two capital letters, such as OH.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("zip_code__regex", "^[0-9]{5}(-[0-9]{4})?$")),
                                name="districts_zip_form",
                                violation_error_message="The ZIP code should be 12345 or 12345-6789.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "phone__regex",
                                        "^(\\+[0-9][0-9 ().-]{5,17}[0-9]|(1[ .-]?)?(\\([0-9]{3}\\) ?|[0-9]{3}[ .-]?)?[0-9]{3}[ .-]?[0-9]{4}( ?(x|ext\\.?) ?[0-9]{1,6})?)$",
                                    )
                                ),
                                name="districts_phone_form",
                                violation_error_message="The telephone number should be like 614-555-0142, 614-555-0142 x12 or +44 20 7946 0958.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("email__regex", "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$")),
                                name="districts_email_form",
                                violation_error_message="The e-mail address should look like name@example.org.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(WithinCalendar("created_at", "updated_at")),
                                name="districts_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="School",
                    fields=[
                        KEY,
                        ("name", models.CharField(db_comment="Name as people say it", max_length=200)),
                        ("code", models.CharField(db_comment="Short unique code, as on state forms", max_length=50)),
                        ("address", models.TextField(blank=True, db_comment="Street address", null=True)),
                        ("city", models.CharField(blank=True, db_comment="City", max_length=100, null=True)),
                        (
                            "state",
                            models.CharField(
                                blank=True, db_comment="State, two capital letters (USPS)", max_length=2, null=True
                            ),
                        ),
                        (
                            "zip_code",
                            models.CharField(
                                blank=True,
                                db_comment="ZIP code, 5 digits or ZIP+4",
                                max_length=10,
                                null=True,
                                verbose_name="ZIP code",
                            ),
                        ),
                        (
                            "phone",
                            models.CharField(blank=True, db_comment="Main telephone number", max_length=20, null=True),
                        ),
                        (
                            "email",
                            models.EmailField(blank=True, db_comment="Main e-mail address", max_length=255, null=True),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="Whether it is in operation", db_default=True, verbose_name="in use"
                            ),
                        ),
                        (
                            "district",
                            models.ForeignKey(
                                db_comment="District that runs the school",
                                db_index=False,
                                on_delete=models.DB_CASCADE,
                                related_name="schools",
                                to="core.district",
                            ),
                        ),
                        (
                            "principal",
                            models.CharField(blank=True, db_comment="Name of the principal", max_length=200, null=True),
                        ),
                        (
                            "total_enrollment",
                            models.IntegerField(
                                blank=True,
                                db_comment="Number of students enrolled, as reported to the state",
                                null=True,
                            ),
                        ),
                        *AUDIT_COLUMNS,
                    ],
                    options={
                        "db_table": "schools",
                        "db_table_comment": "Schools of the districts",
                        "ordering": ["name"],
                        "indexes": [
                            models.Index(fields=["district"], name="idx_schools_district"),
                            models.Index(fields=["is_active"], name="idx_schools_active"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("code",),
                                name="schools_code_unique",
                                violation_error_message="This code is taken; it must be unique.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__regex", "^[A-Z]{2}$")),
                                name="schools_state_form",
                                violation_error_message="The state should be two capital letters, such as OH.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("zip_code__regex", "^[0-9]{5}(-[0-9]{4})?$")),
                                name="schools_zip_form",
                                violation_error_message="The ZIP code should be 12345 or 12345-6789.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "phone__regex",
                                        "^(\\+[0-9][0-9 ().-]{5,17}[0-9]|(1[ .-]?)?(\\([0-9]{3}\\) ?|[0-9]{3}[ .-]?)?[0-9]{3}[ .-]?[0-9]{4}( ?(x|ext\\.?) ?[0-9]{1,6})?)$",
                                    )
                                ),
                                name="schools_phone_form",
                                violation_error_message="The telephone number should be like 614-555-0142, 614-555-0142 x12 or +44 20 7946 0958.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("email__regex", "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$")),
                                name="schools_email_form",
                                violation_error_message="The e-mail address should look like name@example.org.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("total_enrollment__gte", 0)),
                                name="schools_enrollment_range",
                                violation_error_message="The enrollment cannot be below 0.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(WithinCalendar("created_at", "updated_at")),
                                name="schools_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SchoolAssignment",
                    fields=[
                        KEY,
                        (
                            "user",
                            models.ForeignKey(
                                db_comment="User who covers the school",
                                db_index=False,
                                on_delete=models.DB_CASCADE,
                                related_name="school_assignments",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "school",
                            models.ForeignKey(
                                db_comment="School that is covered",
                                db_index=False,
                                on_delete=models.DB_CASCADE,
                                related_name="school_assignments",
                                to="core.school",
                            ),
                        ),
                        ("start_date", models.DateField(db_comment="First day of the cover", db_default=Today())),
                        (
                            "end_date",
                            models.DateField(
                                blank=True, db_comment="Last day of the cover; null while it lasts", null=True
                            ),
                        ),
                        *AUDIT_COLUMNS,
                    ],
                    options={
                        "db_table": "school_assignments",
                        "db_table_comment": "Further schools that users cover beside their home school",
                        "ordering": ["user", "school"],
                        "indexes": [models.Index(fields=["school"], name="idx_school_assign_school")],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("user", "school", "start_date"),
                                name="school_assignments_unique",
                                violation_error_message="This user already covers this school from that day on.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("end_date__gte", models.F("start_date"))),
                                name="school_assignments_dates",
                                violation_error_message="The cover cannot end before it starts.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar("start_date", "end_date", "created_at", "updated_at")
                                ),
                                name="school_assignments_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Student",
                    fields=[
                        KEY,
                        (
                            "student_number",
                            models.CharField(db_comment="PHI: number the school knows the student by", max_length=50),
                        ),
                        ("first_name", models.CharField(db_comment="PHI: given name", max_length=100)),
                        ("last_name", models.CharField(db_comment="PHI: family name", max_length=100)),
                        ("date_of_birth", models.DateField(db_comment="PHI: date of birth")),
                        (
                            "grade",
                            models.CharField(
                                choices=[
                                    ("PK", "Pre-kindergarten"),
                                    ("TK", "Transitional kindergarten"),
                                    ("K", "Kindergarten"),
                                    ("1", "Grade 1"),
                                    ("2", "Grade 2"),
                                    ("3", "Grade 3"),
                                    ("4", "Grade 4"),
                                    ("5", "Grade 5"),
                                    ("6", "Grade 6"),
                                    ("7", "Grade 7"),
                                    ("8", "Grade 8"),
                                    ("9", "Grade 9"),
                                    ("10", "Grade 10"),
                                    ("11", "Grade 11"),
                                    ("12", "Grade 12"),
                                    ("UG", "Ungraded"),
                                ],
                                db_comment="PHI: grade; PK, TK, K, 1 to 12, or UG (ungraded)",
                                max_length=10,
                            ),
                        ),
                        (
                            "gender",
                            EnumField("Gender", db_comment="PHI: gender as stated by the family", values=GENDER),
                        ),
                        (
                            "photo",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: path of the photograph in the file store",
                                max_length=500,
                                null=True,
                            ),
                        ),
                        (
                            "medical_record_num",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: number of the student's medical record with the provider",
                                max_length=50,
                                null=True,
                                verbose_name="medical record number",
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="Whether the student is enrolled now",
                                db_default=True,
                                verbose_name="enrolled",
                            ),
                        ),
                        (
                            "enrollment_date",
                            models.DateField(db_comment="PHI: first day at the school", db_default=Today()),
                        ),
                        (
                            "nurse",
                            models.ForeignKey(
                                blank=True,
                                db_comment="Nurse who looks after the student",
                                db_index=False,
                                null=True,
                                on_delete=models.DB_SET_NULL,
                                related_name="students",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "school",
                            models.ForeignKey(
                                blank=True,
                                db_comment="PHI: school the student attends; null while a place is sought",
                                db_index=False,
                                null=True,
                                on_delete=models.DO_NOTHING,
                                related_name="students",
                                to="core.school",
                            ),
                        ),
                        (
                            "district",
                            models.ForeignKey(
                                blank=True,
                                db_comment="District of the school; filled by a trigger",
                                db_index=False,
                                editable=False,
                                null=True,
                                on_delete=models.DO_NOTHING,
                                related_name="students",
                                to="core.district",
                            ),
                        ),
                        (
                            "search_vector",
                            models.GeneratedField(
                                db_comment="PHI: words of the name and number, for the search",
                                db_persist=True,
                                expression=SearchWords("first_name", "last_name", "student_number"),
                                output_field=SearchVectorField(),
                            ),
                        ),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "students",
                        "db_table_comment": "Students and what identifies them (PHI)",
                        "ordering": ["last_name", "first_name"],
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["nurse"], name="idx_students_nurse_all"),
                            models.Index(fields=["district"], name="idx_students_district"),
                            models.Index(fields=["is_active"], name="idx_students_active"),
                            models.Index(fields=["last_name", "first_name"], name="idx_students_name"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("deleted_at", None)),
                                fields=("student_number",),
                                name="students_number_live",
                                violation_error_message="Another student has this student number.",
                            ),
                            models.UniqueConstraint(
                                condition=models.Q(("deleted_at", None)),
                                fields=("medical_record_num",),
                                name="students_record_num_live",
                                violation_error_message="Another student has this medical record number.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("medical_record_num__regex", "^[A-Z0-9]{2,4}-?[A-Z0-9]{4,8}$")),
                                name="students_record_num_form",
                                violation_error_message="The medical record number should be 2 to 4 capitals or digits, a hyphen if any, and 4 to 8 more.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("grade", "PK"),
                                    ("grade", "TK"),
                                    ("grade", "K"),
                                    ("grade", "1"),
                                    ("grade", "2"),
                                    ("grade", "3"),
                                    ("grade", "4"),
                                    ("grade", "5"),
                                    ("grade", "6"),
                                    ("grade", "7"),
                                    ("grade", "8"),
                                    ("grade", "9"),
                                    ("grade", "10"),
                                    ("grade", "11"),
                                    ("grade", "12"),
                                    ("grade", "UG"),
                                    _connector="OR",
                                ),
                                name="students_grade_list",
                                violation_error_message="The grade should be PK, TK, K, 1 to 12, or UG.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("enrollment_date__gt", models.F("date_of_birth"))),
                                name="students_enrolled_after_birth",
                                violation_error_message="The student should be enrolled after being born: check both dates.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    WithinCalendar(
                                        "date_of_birth", "enrollment_date", "created_at", "updated_at", "deleted_at"
                                    )
                                ),
                                name="students_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="students_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
                migrations.CreateModel(
                    name="Contact",
                    fields=[
                        KEY,
                        ("first_name", models.CharField(db_comment="PHI: given name", max_length=100)),
                        ("last_name", models.CharField(db_comment="PHI: family name", max_length=100)),
                        (
                            "email",
                            models.EmailField(blank=True, db_comment="PHI: e-mail address", max_length=255, null=True),
                        ),
                        (
                            "phone",
                            models.CharField(blank=True, db_comment="PHI: telephone number", max_length=20, null=True),
                        ),
                        (
                            "type",
                            EnumField("ContactType", db_comment="What kind of contact this is", values=CONTACT_TYPE),
                        ),
                        (
                            "organization",
                            models.CharField(
                                blank=True, db_comment="Practice, firm or agency", max_length=200, null=True
                            ),
                        ),
                        ("title", models.CharField(blank=True, db_comment="Job title", max_length=100, null=True)),
                        (
                            "address",
                            models.CharField(blank=True, db_comment="PHI: street address", max_length=255, null=True),
                        ),
                        ("city", models.CharField(blank=True, db_comment="PHI: city", max_length=100, null=True)),
                        (
                            "state",
                            models.CharField(
                                blank=True, db_comment="State, two capital letters (USPS)", max_length=2, null=True
                            ),
                        ),
                        (
                            "zip",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: ZIP code",
                                max_length=10,
                                null=True,
                                verbose_name="ZIP code",
                            ),
                        ),
                        (
                            "student",
                            models.ForeignKey(
                                blank=True,
                                db_comment="PHI: student to whom the contact belongs, if to one",
                                db_index=False,
                                null=True,
                                on_delete=models.DB_CASCADE,
                                related_name="contacts",
                                to="core.student",
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                blank=True,
                                db_comment="Member of staff to whom the contact belongs, if to one",
                                db_index=False,
                                null=True,
                                on_delete=models.DO_NOTHING,
                                related_name="contacts",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        (
                            "relationship_type",
                            models.CharField(
                                blank=True,
                                db_comment="PHI: mother, pediatrician, ...",
                                max_length=50,
                                null=True,
                                verbose_name="relationship",
                            ),
                        ),
                        (
                            "custom_fields",
                            models.JSONField(
                                blank=True,
                                db_comment="PHI: further facts that a district keeps, by name",
                                db_default={},
                                default=dict,
                            ),
                        ),
                        (
                            "is_active",
                            models.BooleanField(
                                db_comment="Whether the contact is in use", db_default=True, verbose_name="in use"
                            ),
                        ),
                        ("notes", models.TextField(blank=True, db_comment="PHI: notes", null=True)),
                        *AUDIT_COLUMNS,
                        *SOFT_DELETE_COLUMNS,
                    ],
                    options={
                        "db_table": "contacts",
                        "db_table_comment": "Guardians, providers and other contacts (PHI)",
                        "ordering": ["last_name", "first_name"],
                        "base_manager_name": "all_objects",
                        "indexes": [
                            models.Index(fields=["email"], name="idx_contacts_email"),
                            models.Index(fields=["type"], name="idx_contacts_type"),
                            models.Index(fields=["student"], name="idx_contacts_student"),
                            models.Index(fields=["user"], name="idx_contacts_user"),
                            models.Index(fields=["is_active"], name="idx_contacts_active"),
                            models.Index(fields=["first_name", "last_name"], name="idx_contacts_name"),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("student", None), ("user", None), _connector="OR"),
                                name="contacts_one_relation",
                                violation_error_message="A contact belongs to a student or to a member of staff, not to both.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("email__regex", "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$")),
                                name="contacts_email_form",
                                violation_error_message="The e-mail address should look like name@example.org.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "phone__regex",
                                        "^(\\+[0-9][0-9 ().-]{5,17}[0-9]|(1[ .-]?)?(\\([0-9]{3}\\) ?|[0-9]{3}[ .-]?)?[0-9]{3}[ .-]?[0-9]{4}( ?(x|ext\\.?) ?[0-9]{1,6})?)$",
                                    )
                                ),
                                name="contacts_phone_form",
                                violation_error_message="The telephone number should be like 614-555-0142, 614-555-0142 x12 or +44 20 7946 0958.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("state__regex", "^[A-Z]{2}$")),
                                name="contacts_state_form",
                                violation_error_message="The state should be two capital letters, such as OH.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(("zip__regex", "^[0-9]{5}(-[0-9]{4})?$")),
                                name="contacts_zip_form",
                                violation_error_message="The ZIP code should be 12345 or 12345-6789.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(WithinCalendar("created_at", "updated_at", "deleted_at")),
                                name="contacts_calendar",
                                violation_error_message="A date should lie in the years 1900 to 2199.",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("deletion_id", None), ("deleted_at__isnull", False), _connector="OR"
                                ),
                                name="contacts_mark",
                                violation_error_message="A row that is not deleted cannot bear the mark of a deletion.",
                            ),
                        ],
                    },
                    managers=SOFT_DELETE_MANAGERS,
                ),
            ],
        ),
        SetForeignKeyRule("User", "school", "SET NULL"),
        SetForeignKeyRule("User", "district", "SET NULL"),
        StampRows(["districts", "schools", "users", "school_assignments", "students", "contacts"]),
        CreateTrigger(
            name="students_district",
            table="students",
            event="BEFORE INSERT OR UPDATE OF school_id, district_id",
            action="FOR EACH ROW EXECUTE FUNCTION fill_student_district()",
        ),
        CreateTrigger(
            name="schools_move_students",
            table="schools",
            event="AFTER UPDATE OF district_id",
            action="FOR EACH ROW WHEN (OLD.district_id <> NEW.district_id) EXECUTE FUNCTION move_students_district()",
        ),
    ]

from django.db import models

from core.database.audit_fields import AuditedModel
from core.database.constraints import STATE, ZIP_CODE, calendar, check, email, matches, phone
from core.database.enums import DatabaseEnum, EnumField
from core.database.functions import PhoneReversed
from core.database.soft_delete import SoftDeleteModel, soft_delete_constraint
from core.models.filed_by_school import FiledBySchool
from core.models.student import Student
from core.models.user import User


class ContactType(DatabaseEnum):
    GUARDIAN = "GUARDIAN", "Guardian"
    PARENT = "PARENT", "Parent"
    EMERGENCY = "EMERGENCY", "Emergency"
    PROVIDER = "PROVIDER", "Health care provider"
    VENDOR = "VENDOR", "Vendor"
    STAFF = "STAFF", "Staff"
    OTHER = "OTHER", "Other"


class Contact(FiledBySchool, AuditedModel, SoftDeleteModel):
    """A person or office one can reach: a guardian, a physician's practice, a vendor."""

    first_name = models.CharField(max_length=100, db_comment="PHI: given name")
    last_name = models.CharField(max_length=100, db_comment="PHI: family name")
    email = models.EmailField(max_length=255, null=True, blank=True, db_comment="PHI: e-mail address")
    phone = models.CharField(max_length=20, null=True, blank=True, db_comment="PHI: telephone number")
    type = EnumField(ContactType, db_comment="What kind of contact this is")
    organization = models.CharField(max_length=200, null=True, blank=True, db_comment="Practice, firm or agency")
    title = models.CharField(max_length=100, null=True, blank=True, db_comment="Job title")
    address = models.CharField(max_length=255, null=True, blank=True, db_comment="PHI: street address")
    city = models.CharField(max_length=100, null=True, blank=True, db_comment="PHI: city")
    state = models.CharField(max_length=2, null=True, blank=True, db_comment="State, two capital letters (USPS)")
    zip = models.CharField("ZIP code", max_length=10, null=True, blank=True, db_comment="PHI: ZIP code")

    student = models.ForeignKey(
        Student,
        on_delete=models.DB_CASCADE,
        null=True,
        blank=True,
        related_name="contacts",
        db_index=False,
        db_comment="PHI: student to whom the contact belongs, if to one",
    )
    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="contacts",
        db_index=False,
        db_comment="Member of staff to whom the contact belongs, if to one",
    )
    relationship_type = models.CharField(
        "relationship", max_length=50, null=True, blank=True, db_comment="PHI: mother, pediatrician, ..."
    )
    custom_fields = models.JSONField(
        db_default={}, blank=True, default=dict, db_comment="PHI: further facts that a district keeps, by name"
    )
    is_active = models.BooleanField("in use", db_default=True, db_comment="Whether the contact is in use")
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")

    class Meta(SoftDeleteModel.Meta):
        db_table = "contacts"
        db_table_comment = "Guardians, providers and other contacts (PHI)"
        ordering = ["last_name", "first_name"]
        constraints = [
            check(
                "contacts_one_relation",
                models.Q(student=None) | models.Q(user=None),
                "A contact belongs to a student or to a member of staff, not to both.",
            ),
            email("contacts_email_form", "email"),
            phone("contacts_phone_form", "phone"),
            matches("contacts_state_form", "state", STATE, "The state should be two capital letters, such as OH."),
            matches("contacts_zip_form", "zip", ZIP_CODE, "The ZIP code should be 12345 or 12345-6789."),
            calendar("contacts", "created_at", "updated_at", "deleted_at"),
            soft_delete_constraint("contacts"),
        ]
        indexes = [
            # Whose address is this? (a message came in)
            models.Index(fields=["email"], name="idx_contacts_email"),
            # Which providers (vendors, ...) are there? (filter of the contacts page)
            models.Index(fields=["type"], name="idx_contacts_type"),
            # Whom can one reach for this student? (student page; deleting a student)
            models.Index(fields=["student"], name="idx_contacts_student"),
            # Whom can one reach for this member of staff?
            models.Index(fields=["user"], name="idx_contacts_user"),
            # Which contacts are in use? (filter of the contacts page)
            models.Index(fields=["is_active"], name="idx_contacts_active"),
            # Who is called Ann Lee? (look-up by name)
            models.Index(fields=["first_name", "last_name"], name="idx_contacts_name"),
            # The contacts in order of name (the contacts page of an administrator)
            models.Index(fields=["last_name", "first_name"], name="idx_contacts_list"),
            # Whose telephone number ends like this? (search)
            models.Index(PhoneReversed("phone"), name="idx_contacts_phone"),
            # Whom can one reach at this school? (contacts page of a nurse)
            models.Index(fields=["school", "last_name", "first_name"], name="idx_contacts_school"),
        ]

    def __str__(self) -> str:
        return f"{self.last_name}, {self.first_name}"

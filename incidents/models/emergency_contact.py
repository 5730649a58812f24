from django.db import models
from django.db.models import Q

from core.database.constraints import between, calendar, email, one_of, phone
from core.database.functions import PhoneReversed
from core.database.soft_delete import soft_delete_constraint
from core.models.student_record import StudentRecord


class ContactMethod(models.TextChoices):
    SMS = "SMS", "Text message"
    EMAIL = "EMAIL", "E-mail"
    VOICE = "VOICE", "Call"
    ANY = "ANY", "Any"


class EmergencyContact(StudentRecord):
    """A person to call when something happens to a student, in the order of calling."""

    name = models.CharField(max_length=200, db_comment="PHI: full name")
    relationship = models.CharField(max_length=100, db_comment="PHI: mother, grandfather, neighbor, ...")
    primary_phone = models.CharField(max_length=20, db_comment="PHI: telephone number to call first")
    secondary_phone = models.CharField(
        max_length=20, null=True, blank=True, db_comment="PHI: telephone number to call next"
    )
    email = models.EmailField(max_length=255, null=True, blank=True, db_comment="PHI: e-mail address")
    address = models.TextField(null=True, blank=True, db_comment="PHI: address")
    preferred_contact_method = models.CharField(
        max_length=10,
        choices=ContactMethod,
        db_default=ContactMethod.ANY,
        db_comment="PHI: how the person would like to be reached",
    )
    priority = models.IntegerField("call order", db_default=1, db_comment="Place in the order of calling, 1 is first")
    can_pick_up = models.BooleanField(db_default=True, db_comment="PHI: whether the student may leave with this person")
    can_make_decisions = models.BooleanField(
        db_default=False, db_comment="PHI: whether the person may consent to treatment"
    )
    is_primary = models.BooleanField("primary", db_default=False, db_comment="Whether this is the main contact")
    is_active = models.BooleanField("in use", db_default=True, db_comment="Whether the person may be called")
    notes = models.TextField(null=True, blank=True, db_comment="PHI: notes")

    class Meta(StudentRecord.Meta):
        db_table = "emergency_contacts"
        db_table_comment = "Whom to call when something happens to a student (PHI)"
        default_related_name = "emergency_contacts"
        ordering = ["priority"]
        constraints = [
            between("emergency_contacts_priority", "priority", 1, 99, "The call order should be 1 to 99."),
            phone("emergency_contacts_phone_1", "primary_phone"),
            phone("emergency_contacts_phone_2", "secondary_phone"),
            email("emergency_contacts_email", "email"),
            one_of(
                "emergency_contacts_method",
                "preferred_contact_method",
                ContactMethod,
                "The preferred method should be SMS, EMAIL, VOICE or ANY.",
            ),
            calendar("emergency_contacts", "created_at", "updated_at", "deleted_at"),
            soft_delete_constraint("emergency_contacts"),
        ]
        indexes = [
            # Which contacts does this student have, in use or not? (student page; deleting a student)
            models.Index(fields=["student"], name="idx_emergency_student_all"),
            # Who is called first? (check of the lists)
            models.Index(fields=["priority"], name="idx_emergency_priority"),
            # Which contacts are in use? (filter of the page)
            models.Index(fields=["is_active"], name="idx_emergency_active"),
            # Whom do I call, in order, and who has nobody to call? (emergency card, check of the lists)
            models.Index(
                fields=["student", "priority"],
                name="idx_emergency_contacts_student",
                condition=Q(is_active=True),
            ),
            # Who is this student's main contact? (student page)
            models.Index(
                fields=["student", "is_primary"],
                name="idx_emergency_contacts_primary",
                condition=Q(is_primary=True, is_active=True),
            ),
            # The emergency contacts in order of name (their page)
            models.Index(fields=["name"], name="idx_emergency_name"),
            # Whose telephone number ends like this? (search)
            models.Index(PhoneReversed("primary_phone"), name="idx_emergency_phone_1"),
            # And whose second number? (search)
            models.Index(PhoneReversed("secondary_phone"), name="idx_emergency_phone_2"),
            # Who is called first at this school? (emergency contacts page)
            models.Index(fields=["school", "priority"], name="idx_emergency_school"),
        ]

    def __str__(self) -> str:
        return self.name

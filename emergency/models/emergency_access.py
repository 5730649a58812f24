import datetime

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from core.database.audit_fields import AuditedModel
from core.database.constraints import calendar, check, one_of
from core.models import District, Student, User
from core.models.filed_by_school import FiledBySchool


class ReviewOutcome(models.TextChoices):
    JUSTIFIED = "JUSTIFIED", "Justified"
    FOLLOW_UP = "FOLLOW_UP", "To be followed up"
    NOT_JUSTIFIED = "NOT_JUSTIFIED", "Not justified"


class EmergencyAccessQuerySet(models.QuerySet["EmergencyAccess"]):
    """Questions about emergency accesses, as of a moment."""

    def open_at(self, moment: datetime.datetime) -> "EmergencyAccessQuerySet":
        """Those that let their nurse see the student."""
        return self.filter(ended_at=None, expires_at__gt=moment)

    def to_review(self, moment: datetime.datetime) -> "EmergencyAccessQuerySet":
        """Those that are over and that nobody has signed off yet."""
        return self.filter(Q(ended_at__isnull=False) | Q(expires_at__lte=moment), reviewed_at=None)


class EmergencyAccess(FiledBySchool, AuditedModel):
    """A nurse saw a student of another school in an emergency: why, from when to when, and what the reviewer said.

    The database grants it (`open_emergency_access`), for half an hour by its own clock. A row changes twice at most,
    when it is ended and when it is reviewed. School and district are those of the student at the time, and stay.
    """

    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        related_name="emergency_accesses",
        db_index=False,
        verbose_name="nurse",
        db_comment="Nurse who was given the access",
    )
    student = models.ForeignKey(
        Student,
        on_delete=models.DB_CASCADE,
        related_name="emergency_accesses",
        db_index=False,
        db_comment="PHI: student who may be seen",
    )
    # Who reviews it, whatever becomes of the student; a district with such a past cannot vanish.
    district = models.ForeignKey(
        District,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        db_comment="District of the student at the time, which reviews it; filled by a trigger",
    )
    reason = models.TextField(db_comment="PHI: why it was needed, as the nurse stated it")
    granted_at = models.DateTimeField(
        db_default=TransactionNow(), editable=False, db_comment="When it began, by the clock of the database"
    )
    expires_at = models.DateTimeField(
        db_default=TransactionNow() + datetime.timedelta(minutes=30),
        editable=False,
        db_comment="When it ends by itself, 30 minutes after it began",
    )
    ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, db_comment="When the nurse ended it; null if it ran out, or is open"
    )
    outcome = models.CharField(
        max_length=20,
        choices=ReviewOutcome,
        null=True,
        blank=True,
        db_comment="What the reviewer found; null until it is reviewed",
    )
    review_note = models.TextField(
        "note", null=True, blank=True, db_comment="PHI: what the reviewer wrote; required unless it was justified"
    )
    # Whoever signed is never erased.
    reviewed_by = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        db_comment="Who reviewed it; never the nurse",
    )
    reviewed_at = models.DateTimeField(
        null=True, blank=True, editable=False, db_comment="When it was reviewed; set by a trigger"
    )

    objects = EmergencyAccessQuerySet.as_manager()

    class Meta:
        db_table = "emergency_accesses"
        db_table_comment = "Accesses to students of other schools in an emergency, and their review"
        verbose_name = "emergency access"
        verbose_name_plural = "emergency accesses"
        ordering = ["-granted_at"]
        constraints = [
            check(
                "emergency_accesses_reason",
                Q(reason__regex=r"(\S\s*){10}"),
                "Say in a few words why the access is needed: 10 letters or more.",
            ),
            check(
                "emergency_accesses_times",
                Q(expires_at=F("granted_at") + datetime.timedelta(minutes=30))
                & (Q(ended_at=None) | Q(ended_at__gte=F("granted_at"), ended_at__lte=F("expires_at"))),
                "An access lasts 30 minutes, and ends within them.",
            ),
            one_of("emergency_accesses_outcome", "outcome", ReviewOutcome, "The outcome is not on the list."),
            check(
                "emergency_accesses_review",
                Q(outcome=None, reviewed_at=None, reviewed_by=None, review_note=None)
                | Q(outcome__isnull=False, reviewed_at__isnull=False, reviewed_by__isnull=False),
                "A review has an outcome, and who signed it and when.",
            ),
            check(
                "emergency_accesses_note",
                Q(outcome=None)
                | Q(outcome=ReviewOutcome.JUSTIFIED)
                | Q(review_note__isnull=False, review_note__regex=r"\S"),
                "Say why it was not justified, or what is to be followed up.",
            ),
            check(
                "emergency_accesses_other",
                Q(reviewed_by=None) | ~Q(reviewed_by=F("user")),
                "Nobody reviews their own emergency access.",
            ),
            calendar(
                "emergency_accesses", "granted_at", "expires_at", "ended_at", "reviewed_at", "created_at", "updated_at"
            ),
        ]
        indexes = [
            # Which students may this nurse see in an emergency right now? (declare_actor, at every request of a nurse)
            models.Index(fields=["user", "expires_at"], name="idx_emergency_accesses_open", condition=Q(ended_at=None)),
            # Which accesses had this nurse, latest first? (a nurse's own list; which of them an audit entry belongs to)
            models.Index(models.F("user"), models.F("granted_at").desc(), name="idx_emergency_accesses_user"),
            # Who saw this student in an emergency? (erasing a student)
            models.Index(fields=["student"], name="idx_emergency_accesses_student"),
            # Which accesses had this district, latest first? (the reviewers' list)
            models.Index(models.F("district"), models.F("granted_at").desc(), name="idx_emergency_accesses_place"),
            # Which of them wait for a review? (home page of the district; the list's filter)
            models.Index(
                fields=["district", "expires_at"],
                name="idx_emergency_accesses_review",
                condition=Q(reviewed_at=None),
            ),
            # What did this user sign off? (the rule that nobody who signed is erased)
            models.Index(
                fields=["reviewed_by"],
                name="idx_emergency_accesses_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"Emergency access {'reviewed' if self.reviewed_at else 'not reviewed yet'}"

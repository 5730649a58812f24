"""Accesses in an emergency: the table, what keeps its rows as they are, and who may read them.

Lock: users, students, districts against writing, all of them at once, for the moment in which the foreign keys are
made. Undone by dropping the table and its functions; they are then locked against all others.
"""

import datetime

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import migrations, models
from django.db.models import F, Q

from core.database.functions import WithinCalendar
from core.database.operations import (
    AUDIT_COLUMNS,
    KEY,
    SCHOOL_OF_RECORD,
    AuditTables,
    CreateFunction,
    CreateTrigger,
    GrantTable,
    KnowSigners,
    LockTables,
    Policy,
    RefuseDelete,
    RefuseTruncate,
    SecureRows,
    StampNewRows,
    StampRows,
)

OUTCOMES = [("JUSTIFIED", "Justified"), ("FOLLOW_UP", "To be followed up"), ("NOT_JUSTIFIED", "Not justified")]

# By the clock of the database, whatever is said: through the web an access begins now, is ended now and is reviewed
# now, by whoever acts. What was granted, ended and signed stays, for the owner as well. Moving along with the student,
# as records do, is the one change that is passed over in silence.
KEEP_ACCESS = r"""
CREATE OR REPLACE FUNCTION keep_emergency_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    web_acts boolean := current_setting('role') LIKE 'whitecross\_%';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF web_acts THEN
            NEW.granted_at := statement_timestamp();
            NEW.expires_at := NEW.granted_at + interval '30 minutes';
            NEW.ended_at := NULL;
            NEW.outcome := NULL;
            NEW.review_note := NULL;
            NEW.reviewed_by_id := NULL;
            NEW.reviewed_at := NULL;
        END IF;
        SELECT s.school_id, s.district_id INTO NEW.school_id, NEW.district_id
        FROM students s WHERE s.id = NEW.student_id;
        RETURN NEW;
    END IF;
    NEW.school_id := OLD.school_id;
    NEW.district_id := OLD.district_id;
    IF (NEW.user_id, NEW.student_id, NEW.reason, NEW.granted_at, NEW.expires_at)
            IS DISTINCT FROM (OLD.user_id, OLD.student_id, OLD.reason, OLD.granted_at, OLD.expires_at)
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
        OR (OLD.reviewed_at IS NOT NULL AND (NEW.outcome, NEW.review_note, NEW.reviewed_by_id, NEW.reviewed_at)
            IS DISTINCT FROM (OLD.outcome, OLD.review_note, OLD.reviewed_by_id, OLD.reviewed_at))
    THEN
        RAISE EXCEPTION 'An emergency access stays as it was granted, ended and reviewed.'
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    IF NOT web_acts THEN
        RETURN NEW;
    END IF;
    IF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
        NEW.ended_at := least(statement_timestamp(), OLD.expires_at);
    END IF;
    IF OLD.reviewed_at IS NULL THEN
        NEW.reviewed_by_id := NULL;
        NEW.reviewed_at := NULL;
        IF NEW.outcome IS NOT NULL THEN
            IF coalesce(NEW.ended_at, NEW.expires_at) > statement_timestamp() THEN
                RAISE EXCEPTION 'An emergency access is reviewed when it is over.'
                    USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
            END IF;
            NEW.reviewed_by_id := nullif(current_setting('whitecross.actor_id', true), '')::uuid;
            NEW.reviewed_at := statement_timestamp();
        END IF;
    END IF;
    RETURN NEW;
END
$$
"""

# A nurse sees her own; a district those of its students; nobody sees those of the other nurses of a school.
POLICIES = [
    Policy(
        "emergency_accesses_own",
        to="whitecross_app",
        using="user_id = nullif(current_setting('whitecross.actor_id', true), '')::uuid",
    ),
    Policy(
        "emergency_accesses_district",
        to="whitecross_district",
        using="district_id = nullif(current_setting('whitecross.district_id', true), '')::uuid",
    ),
    Policy("emergency_accesses_all", to="whitecross_all", using="true"),
]


def _user(**options: object) -> models.ForeignKey:
    return models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.DO_NOTHING, db_index=False, **options)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("core", "0014_emergency_reach"), ("audit", "0006_know_old_signers")]

    operations = [
        CreateFunction(KEEP_ACCESS),
        migrations.CreateModel(
            name="EmergencyAccess",
            fields=[
                KEY,
                *AUDIT_COLUMNS,
                SCHOOL_OF_RECORD,
                (
                    "user",
                    _user(
                        related_name="emergency_accesses",
                        verbose_name="nurse",
                        db_comment="Nurse who was given the access",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        to="core.student",
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="emergency_accesses",
                        db_index=False,
                        db_comment="PHI: student who may be seen",
                    ),
                ),
                (
                    "district",
                    models.ForeignKey(
                        to="core.district",
                        on_delete=models.DO_NOTHING,
                        null=True,
                        blank=True,
                        editable=False,
                        related_name="+",
                        db_index=False,
                        db_comment="District of the student at the time, which reviews it; filled by a trigger",
                    ),
                ),
                ("reason", models.TextField(db_comment="PHI: why it was needed, as the nurse stated it")),
                (
                    "granted_at",
                    models.DateTimeField(
                        db_default=TransactionNow(),
                        editable=False,
                        db_comment="When it began, by the clock of the database",
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        db_default=TransactionNow() + datetime.timedelta(minutes=30),
                        editable=False,
                        db_comment="When it ends by itself, 30 minutes after it began",
                    ),
                ),
                (
                    "ended_at",
                    models.DateTimeField(
                        null=True,
                        blank=True,
                        editable=False,
                        db_comment="When the nurse ended it; null if it ran out, or is open",
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        max_length=20,
                        choices=OUTCOMES,
                        null=True,
                        blank=True,
                        db_comment="What the reviewer found; null until it is reviewed",
                    ),
                ),
                (
                    "review_note",
                    models.TextField(
                        "note",
                        null=True,
                        blank=True,
                        db_comment="PHI: what the reviewer wrote; required unless it was justified",
                    ),
                ),
                (
                    "reviewed_by",
                    _user(
                        null=True,
                        blank=True,
                        editable=False,
                        related_name="+",
                        db_comment="Who reviewed it; never the nurse",
                    ),
                ),
                (
                    "reviewed_at",
                    models.DateTimeField(
                        null=True,
                        blank=True,
                        editable=False,
                        db_comment="When it was reviewed; set by a trigger",
                    ),
                ),
            ],
            options={
                "db_table": "emergency_accesses",
                "db_table_comment": "Accesses to students of other schools in an emergency, and their review",
                "verbose_name": "emergency access",
                "verbose_name_plural": "emergency accesses",
                "ordering": ["-granted_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(reason__regex=r"(\S\s*){10}"),
                        name="emergency_accesses_reason",
                        violation_error_message="Say in a few words why the access is needed: 10 letters or more.",
                    ),
                    models.CheckConstraint(
                        condition=Q(expires_at=F("granted_at") + datetime.timedelta(minutes=30))
                        & (Q(ended_at=None) | Q(ended_at__gte=F("granted_at"), ended_at__lte=F("expires_at"))),
                        name="emergency_accesses_times",
                        violation_error_message="An access lasts 30 minutes, and ends within them.",
                    ),
                    models.CheckConstraint(
                        condition=Q(outcome="JUSTIFIED") | Q(outcome="FOLLOW_UP") | Q(outcome="NOT_JUSTIFIED"),
                        name="emergency_accesses_outcome",
                        violation_error_message="The outcome is not on the list.",
                    ),
                    models.CheckConstraint(
                        condition=Q(outcome=None, reviewed_at=None, reviewed_by=None, review_note=None)
                        | Q(outcome__isnull=False, reviewed_at__isnull=False, reviewed_by__isnull=False),
                        name="emergency_accesses_review",
                        violation_error_message="A review has an outcome, and who signed it and when.",
                    ),
                    models.CheckConstraint(
                        condition=Q(outcome=None)
                        | Q(outcome="JUSTIFIED")
                        | Q(review_note__isnull=False, review_note__regex=r"\S"),
                        name="emergency_accesses_note",
                        violation_error_message="Say why it was not justified, or what is to be followed up.",
                    ),
                    models.CheckConstraint(
                        condition=Q(reviewed_by=None) | ~Q(reviewed_by=F("user")),
                        name="emergency_accesses_other",
                        violation_error_message="Nobody reviews their own emergency access.",
                    ),
                    models.CheckConstraint(
                        condition=Q(
                            WithinCalendar(
                                "granted_at", "expires_at", "ended_at", "reviewed_at", "created_at", "updated_at"
                            )
                        ),
                        name="emergency_accesses_calendar",
                        violation_error_message="A date should lie in the years 1900 to 2199.",
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["user", "expires_at"], name="idx_emergency_accesses_open", condition=Q(ended_at=None)
                    ),
                    models.Index(F("user"), F("granted_at").desc(), name="idx_emergency_accesses_user"),
                    models.Index(fields=["student"], name="idx_emergency_accesses_student"),
                    models.Index(F("district"), F("granted_at").desc(), name="idx_emergency_accesses_place"),
                    models.Index(
                        fields=["district", "expires_at"],
                        name="idx_emergency_accesses_review",
                        condition=Q(reviewed_at=None),
                    ),
                    models.Index(
                        fields=["reviewed_by"],
                        name="idx_emergency_accesses_signed",
                    ),
                ],
            },
        ),
        CreateTrigger(
            "emergency_accesses_keep",
            "emergency_accesses",
            "BEFORE INSERT OR UPDATE",
            "FOR EACH ROW EXECUTE FUNCTION keep_emergency_access()",
        ),
        StampRows(["emergency_accesses"]),
        StampNewRows(["emergency_accesses"]),
        RefuseDelete(["emergency_accesses"]),
        RefuseTruncate(["emergency_accesses"]),
        AuditTables({"emergency_accesses": []}, by="audit_records"),
        KnowSigners(["emergency_accesses"]),
        GrantTable("emergency_accesses", {"admin": "vc", "nurse": "v", "district_admin": "vc"}),
        SecureRows("emergency_accesses", POLICIES),
        # The foreign keys are made behind the last operation, and dropped with the table.
        LockTables(
            ["users", "students", "districts"], undoing=["students", "users", "districts", "emergency_accesses"]
        ),
    ]

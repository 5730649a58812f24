"""The guard: who did what to which row is written down by the database, and stays written.

Lock: each table of ours against writing, for the moment in which its triggers are made. Undone by dropping what it
made, the log included.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex, GinIndex
from django.db import migrations, models

from core.database.enums import EnumField
from core.database.functions import ClockTimestamp, TransactionId
from core.database.operations import (
    KEY,
    AuditTables,
    CreateEnum,
    CreateFunction,
    CreateMonthlyPartitions,
    CreatePartitionedTable,
    CreateTrigger,
)

AUDIT_ACTION = (
    "CREATE",
    "VIEW",
    "LIST",
    "SEARCH",
    "UPDATE",
    "DELETE",
    "PURGE",
    "EXPORT",
    "IMPORT",
    "PRINT",
    "LOGIN",
    "LOGOUT",
    "AUTHENTICATION_FAILED",
    "AUTHORIZATION_FAILED",
)

# For the owner as well. Whoever owns a table can disable its triggers: that is what the seals are for.
GUARD_AUDIT = """
CREATE OR REPLACE FUNCTION guard_audit() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is only ever added to.'
        USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME,
              HINT = 'Entries past the time they are kept go with their whole partition: maintain_audit_log.';
END
$$
"""

# Who acts, read once per statement. The names begin with an underscore, as no column does. An address that is none (a
# proxy's "unknown") must not stop what is written.
CONTEXT = """
    _transaction bigint := pg_current_xact_id()::text::bigint;
    _actor uuid := nullif(current_setting('whitecross.actor_id', true), '')::uuid;
    _address inet;
    _stated_address text := current_setting('whitecross.ip', true);
    _agent text := nullif(current_setting('whitecross.user_agent', true), '');
    _request text := nullif(current_setting('whitecross.request_id', true), '');
    _reason text := nullif(current_setting('whitecross.reason', true), '');
    _source text := coalesce(nullif(current_setting('whitecross.source', true), ''),
                          current_setting('application_name'));
"""

READ_ADDRESS = """
    IF _stated_address <> '' THEN
        BEGIN
            _address := _stated_address::inet;
        EXCEPTION WHEN invalid_text_representation THEN
            _address := NULL;
        END;
    END IF;
"""

_ENTRY = (
    "INSERT INTO audit_logs (transaction_id, user_id, action, entity_type, entity_id, school_id, student_id, old_row, "
    "ip_address, user_agent, request_id, reason, source)"
)

# Once per statement, from its transition tables. What was made needs no image: the row itself has it. What was changed
# or erased is kept as it was. An update that leaves a row as it was is none: if even the earliest stamp of the new rows
# is later than the latest of the old ones then each row was changed, and nothing is compared. Else both images are, by
# a statement planned at that moment for the number of rows there are: a plan kept from an update of one row is a nested
# loop, which takes minutes for the ten thousand of the next update.
AUDIT_CHANGES = """
CREATE OR REPLACE FUNCTION audit_{shape}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off AS $$
DECLARE{context}
    _hidden text[] := coalesce(TG_ARGV, '{{}}');
    _purge text;
    _erased bigint;
BEGIN{read_address}
    IF TG_OP = 'INSERT' THEN
        {entry}
        SELECT _transaction, _actor, 'CREATE', TG_TABLE_NAME, r.id, {school}, {student}, NULL,
               _address, _agent, _request, _reason, _source
        FROM _new AS r;
    ELSIF TG_OP = 'UPDATE' THEN
        IF {all_changed} THEN
            {entry}
            SELECT _transaction, _actor, 'UPDATE', TG_TABLE_NAME, r.id, {school}, {student}, to_jsonb(r) - _hidden,
                   _address, _agent, _request, _reason, _source
            FROM _old AS r;
        ELSIF EXISTS (SELECT FROM _old) THEN
            EXECUTE $sql$
                {entry}
                SELECT $1, $2, 'UPDATE', $3, r.id, {school}, {student}, to_jsonb(r) - $4, $5, $6, $7, $8, $9
                FROM _old AS r LEFT JOIN _new AS n ON n.id = r.id
                WHERE n.id IS NULL OR r *<> n
            $sql$ USING _transaction, _actor, TG_TABLE_NAME, _hidden, _address, _agent, _request, _reason, _source;
        END IF;
    ELSE
        _purge := nullif(current_setting('whitecross.purge', true), '');
        IF _purge IS NULL THEN
            {entry}
            SELECT _transaction, _actor, 'DELETE', TG_TABLE_NAME, r.id, {school}, {student}, to_jsonb(r) - _hidden,
                   _address, _agent, _request, _reason, _source
            FROM _old AS r;
        ELSE
            SELECT count(*) INTO _erased FROM _old;
            IF _erased > 0 THEN
                INSERT INTO audit_logs (transaction_id, user_id, action, entity_type, row_count,
                                        ip_address, user_agent, request_id, reason, source)
                VALUES (_transaction, _actor, 'PURGE', TG_TABLE_NAME, _erased,
                        _address, _agent, _request, _purge, _source);
            END IF;
        END IF;
    END IF;
    RETURN NULL;
END
$$
"""

STAMPED = "(SELECT min(updated_at) FROM _new) > (SELECT max(updated_at) FROM _old)"


def audit_changes(shape: str, *, student: str, school: str, all_changed: str = STAMPED) -> CreateFunction:
    """The function for tables of one shape: where their rows say which student and school they are about."""
    return CreateFunction(
        AUDIT_CHANGES.format(
            shape=shape,
            student=student,
            school=school,
            all_changed=all_changed,
            entry=_ENTRY,
            context=CONTEXT,
            read_address=READ_ADDRESS,
        )
    )


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("core", "0007_stamps_and_deletion"),
        ("health", "0007_index_schools"),
        ("medications", "0005_index_schools"),
        ("incidents", "0005_index_schools"),
        ("configuration", "0001_system_configuration"),
    ]

    operations = [
        CreateEnum("AuditAction", AUDIT_ACTION),
        # Before the table, so that undoing drops it after the partitions whose triggers call it.
        CreateFunction(GUARD_AUDIT),
        CreatePartitionedTable(
            name="AuditLog",
            partition_by="created_at",
            fields=[
                KEY,
                (
                    "created_at",
                    models.DateTimeField(
                        db_comment="When it was done; decides the partition",
                        db_default=ClockTimestamp(),
                        editable=False,
                    ),
                ),
                (
                    "transaction_id",
                    models.BigIntegerField(
                        db_comment="Transaction that wrote it, with the epoch",
                        db_default=TransactionId(),
                        editable=False,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        db_comment="User who did it; null for the system itself and for whoever is not logged in",
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("action", EnumField("AuditAction", db_comment="What was done", values=AUDIT_ACTION)),
                (
                    "entity_type",
                    models.CharField(db_comment="Table of the row concerned", max_length=63, verbose_name="table"),
                ),
                (
                    "entity_id",
                    models.UUIDField(
                        blank=True, db_comment="PHI: key of the row concerned", null=True, verbose_name="key"
                    ),
                ),
                (
                    "school",
                    models.ForeignKey(
                        blank=True,
                        db_comment="PHI: school with which the row lay",
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to="core.school",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        blank=True,
                        db_comment="PHI: student whom the row is about",
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=models.DO_NOTHING,
                        related_name="+",
                        to="core.student",
                    ),
                ),
                (
                    "student_ids",
                    ArrayField(
                        base_field=models.UUIDField(),
                        blank=True,
                        db_comment="PHI: students whom a read showed",
                        null=True,
                        verbose_name="students shown",
                    ),
                ),
                (
                    "old_row",
                    models.JSONField(
                        blank=True,
                        db_comment="PHI: the row before it was changed or erased, without secrets and generated columns",
                        null=True,
                        verbose_name="row before",
                    ),
                ),
                (
                    "row_count",
                    models.BigIntegerField(
                        blank=True,
                        db_comment="How many rows were purged, shown or exported",
                        null=True,
                        verbose_name="rows",
                    ),
                ),
                (
                    "ip_address",
                    models.GenericIPAddressField(
                        blank=True, db_comment="Address the request came from", null=True, verbose_name="IP address"
                    ),
                ),
                ("user_agent", models.TextField(blank=True, db_comment="Program the request came from", null=True)),
                (
                    "request_id",
                    models.TextField(
                        blank=True,
                        db_comment="Mark of the request, as in the log of the web server",
                        null=True,
                        verbose_name="request ID",
                    ),
                ),
                (
                    "reason",
                    models.TextField(blank=True, db_comment="Why it was done, where one was given", null=True),
                ),
                (
                    "source",
                    models.TextField(blank=True, db_comment="What did it: the web, a command, a program", null=True),
                ),
            ],
            options={
                "db_table": "audit_logs",
                "db_table_comment": "Who did what to which row, and when; append-only, partitioned by month (PHI)",
                "ordering": ["-created_at"],
                "base_manager_name": "with_images",
                "indexes": [
                    models.Index(
                        models.F("user"),
                        models.F("created_at").desc(),
                        condition=models.Q(("user__isnull", False)),
                        name="idx_audit_logs_user",
                    ),
                    models.Index(
                        models.F("entity_type"),
                        models.F("entity_id"),
                        models.F("created_at").desc(),
                        name="idx_audit_logs_entity",
                    ),
                    BrinIndex(fields=["created_at", "transaction_id"], name="idx_audit_logs_date"),
                    BrinIndex(
                        autosummarize=True,
                        fields=["transaction_id", "id"],
                        name="idx_audit_logs_order",
                        pages_per_range=64,
                    ),
                    models.Index(
                        models.F("action"),
                        models.F("created_at").desc(),
                        condition=models.Q(("action", "EXPORT")),
                        name="idx_audit_logs_export",
                    ),
                    models.Index(
                        models.F("school"),
                        models.F("created_at").desc(),
                        condition=models.Q(("user__isnull", False)),
                        name="idx_audit_logs_school",
                    ),
                    GinIndex(
                        condition=models.Q(("student_ids__isnull", False)),
                        fields=["student_ids"],
                        name="idx_audit_logs_students",
                    ),
                ],
            },
            managers=[("objects", models.Manager()), ("with_images", models.Manager())],
        ),
        CreateTrigger(
            "audit_logs_keep",
            "audit_logs",
            "BEFORE UPDATE OR DELETE",
            "FOR EACH ROW EXECUTE FUNCTION guard_audit()",
        ),
        CreateTrigger(
            "audit_logs_truncate",
            "audit_logs",
            "BEFORE TRUNCATE",
            "FOR EACH STATEMENT EXECUTE FUNCTION guard_audit()",
        ),
        CreateMonthlyPartitions("audit_logs", ahead=3, guard="guard_audit"),
        audit_changes("records", student="r.student_id", school="r.school_id"),
        audit_changes("students", student="r.id", school="r.school_id"),
        audit_changes("staff", student="NULL::uuid", school="r.school_id"),
        audit_changes("schools", student="NULL::uuid", school="r.id"),
        audit_changes("settings", student="NULL::uuid", school="NULL::uuid"),
        # Rows without a stamp are always compared.
        audit_changes("unstamped", student="NULL::uuid", school="NULL::uuid", all_changed="false"),
        AuditTables(
            {
                "contacts": [],
                "health_records": [],
                "allergies": [],
                "chronic_conditions": [],
                "appointments": [],
                "vaccinations": [],
                "screenings": [],
                "growth_measurements": ["bmi"],
                "vital_signs": [],
                "student_medications": [],
                "medication_logs": [],
                "incident_reports": [],
                "emergency_contacts": [],
                "legal_holds": [],
            },
            by="audit_records",
        ),
        AuditTables({"students": ["search_vector"]}, by="audit_students"),
        AuditTables({"users": ["password", "search_vector"], "school_assignments": []}, by="audit_staff"),
        AuditTables({"schools": []}, by="audit_schools"),
        AuditTables(
            {"districts": [], "medications": ["search_vector"], "system_configurations": []}, by="audit_settings"
        ),
        AuditTables({"configuration_history": []}, by="audit_unstamped"),
    ]

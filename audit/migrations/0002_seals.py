"""The chain of seals that proves the audit log unchanged.

Lock: none, the table is new. Undone by dropping what it made, the seals with it: keep the dump.
"""

from django.db import migrations, models

from core.database.functions import WithinCalendar
from core.database.operations import KEY, CreateFunction, CreateTrigger

SEAL_KINDS = [
    ("SEAL", "Entries sealed"),
    ("RESTORE", "Order begun anew after a restore"),
    ("RETENTION", "Partition dropped past its age"),
]

REFUSE_SEAL_CHANGE = """
CREATE OR REPLACE FUNCTION refuse_seal_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'Seals of the audit log are added, never changed'
        USING ERRCODE = 'restrict_violation', HINT = 'Run seal_audit_log to add one, verify_audit_log to check them.';
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_audit_logs")]

    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                KEY,
                ("number", models.BigIntegerField(db_comment="Place in the chain: 1, 2, 3 and so on without a gap")),
                (
                    "kind",
                    models.CharField(
                        choices=SEAL_KINDS,
                        db_comment="What the link of the chain records",
                        db_default="SEAL",
                        max_length=20,
                    ),
                ),
                (
                    "format",
                    models.SmallIntegerField(
                        db_comment="How entries are digested and the hash is computed: audit/sealing.py", db_default=1
                    ),
                ),
                ("sealed_at", models.DateTimeField(db_comment="When the link was made")),
                (
                    "era",
                    models.IntegerField(
                        db_comment="Number of the order that entries stand in; a restore begins new ones", db_default=1
                    ),
                ),
                (
                    "since",
                    models.DateTimeField(
                        blank=True,
                        db_comment="Entries of this era were made after this moment; null for the first era",
                        null=True,
                    ),
                ),
                (
                    "after_transaction",
                    models.BigIntegerField(
                        db_comment="Its entries come after this transaction_id, in the order of (transaction_id, id)"
                    ),
                ),
                ("after_id", models.UUIDField(db_comment="And after this id, within that transaction")),
                (
                    "through_transaction",
                    models.BigIntegerField(db_comment="Its entries go up to this transaction_id"),
                ),
                ("through_id", models.UUIDField(db_comment="And up to this id, within that transaction")),
                (
                    "horizon",
                    models.BigIntegerField(
                        db_comment="Every transaction of this database below this had ended when the link was made"
                    ),
                ),
                (
                    "cluster",
                    models.BigIntegerField(
                        db_comment="System identifier of the PostgreSQL cluster in which it was made"
                    ),
                ),
                (
                    "entry_count",
                    models.BigIntegerField(db_comment="How many entries were sealed, or dropped with a partition"),
                ),
                (
                    "earliest",
                    models.DateTimeField(blank=True, db_comment="Moment of the earliest of its entries", null=True),
                ),
                (
                    "latest",
                    models.DateTimeField(blank=True, db_comment="Moment of the latest of its entries", null=True),
                ),
                (
                    "dropped_from",
                    models.DateTimeField(blank=True, db_comment="Start of the partition that was dropped", null=True),
                ),
                (
                    "dropped_before",
                    models.DateTimeField(blank=True, db_comment="End of the partition that was dropped", null=True),
                ),
                (
                    "entries",
                    models.BinaryField(
                        db_comment="For each entry in order its id (16 bytes), created_at (8) and the start of its SHA-256 (16)"
                    ),
                ),
                (
                    "previous_hash",
                    models.BinaryField(db_comment="Hash of the link before; 32 zero bytes for the first"),
                ),
                (
                    "hash",
                    models.BinaryField(db_comment="SHA-256 of previous_hash, the columns above and the entries"),
                ),
            ],
            options={
                "db_table": "audit_seals",
                "db_table_comment": "Chain of seals that proves the audit log unchanged; rows are added, never changed",
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("number",),
                        name="audit_seals_number",
                        violation_error_message="This seal was made already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__gte", 1)),
                        name="audit_seals_first",
                        violation_error_message="The first seal has the number 1.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("entry_count__gte", 0)),
                        name="audit_seals_count",
                        violation_error_message="A seal cannot have less than no entries.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "SEAL"), ("kind", "RESTORE"), ("kind", "RETENTION"), _connector="OR"
                        ),
                        name="audit_seals_kind",
                        violation_error_message="The kind of seal is not on the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("dropped_before__isnull", False),
                                ("dropped_from__isnull", False),
                                ("kind", "RETENTION"),
                            ),
                            models.Q(
                                models.Q(("kind", "RETENTION"), _negated=True),
                                ("dropped_before", None),
                                ("dropped_from", None),
                            ),
                            _connector="OR",
                        ),
                        name="audit_seals_dropped",
                        violation_error_message="A dropped partition is named by the record of its drop, and by no other.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            WithinCalendar("sealed_at", "since", "earliest", "latest", "dropped_from", "dropped_before")
                        ),
                        name="audit_seals_calendar",
                        violation_error_message="A date should lie in the years 1900 to 2199.",
                    ),
                ],
            },
        ),
        # Digests cannot be compressed; trying costs a third of the time that a seal takes to write.
        migrations.RunSQL(
            "ALTER TABLE audit_seals ALTER COLUMN entries SET STORAGE EXTERNAL",
            "ALTER TABLE audit_seals ALTER COLUMN entries SET STORAGE EXTENDED",
        ),
        CreateFunction(REFUSE_SEAL_CHANGE),
        CreateTrigger(
            "audit_seals_append_only",
            "audit_seals",
            "BEFORE UPDATE OR DELETE OR TRUNCATE",
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_seal_change()",
        ),
    ]

from django.db import models
from django.db.models import Q

from core.database.audit_fields import KeyedModel
from core.database.constraints import at_least, calendar, check, one_of


class SealKind(models.TextChoices):
    SEAL = "SEAL", "Entries sealed"
    RESTORE = "RESTORE", "Order begun anew after a restore"
    RETENTION = "RETENTION", "Partition dropped past its age"


class AuditSeal(KeyedModel):
    """A link of the chain that proves the audit log unchanged: the digests of a range of entries, under one hash."""

    number = models.BigIntegerField(db_comment="Place in the chain: 1, 2, 3 and so on without a gap")
    kind = models.CharField(
        max_length=20, choices=SealKind, db_default=SealKind.SEAL, db_comment="What the link of the chain records"
    )
    format = models.SmallIntegerField(
        db_default=1, db_comment="How entries are digested and the hash is computed: audit/sealing.py"
    )
    sealed_at = models.DateTimeField(db_comment="When the link was made")

    era = models.IntegerField(
        db_default=1, db_comment="Number of the order that entries stand in; a restore begins new ones"
    )
    since = models.DateTimeField(
        null=True, blank=True, db_comment="Entries of this era were made after this moment; null for the first era"
    )
    after_transaction = models.BigIntegerField(
        db_comment="Its entries come after this transaction_id, in the order of (transaction_id, id)"
    )
    after_id = models.UUIDField(db_comment="And after this id, within that transaction")
    through_transaction = models.BigIntegerField(db_comment="Its entries go up to this transaction_id")
    through_id = models.UUIDField(db_comment="And up to this id, within that transaction")
    horizon = models.BigIntegerField(
        db_comment="Every transaction of this database below this had ended when the link was made"
    )
    cluster = models.BigIntegerField(db_comment="System identifier of the PostgreSQL cluster in which it was made")

    entry_count = models.BigIntegerField(db_comment="How many entries were sealed, or dropped with a partition")
    earliest = models.DateTimeField(null=True, blank=True, db_comment="Moment of the earliest of its entries")
    latest = models.DateTimeField(null=True, blank=True, db_comment="Moment of the latest of its entries")
    dropped_from = models.DateTimeField(null=True, blank=True, db_comment="Start of the partition that was dropped")
    dropped_before = models.DateTimeField(null=True, blank=True, db_comment="End of the partition that was dropped")
    entries = models.BinaryField(
        db_comment="For each entry in order its id (16 bytes), created_at (8) and the start of its SHA-256 (16)"
    )

    previous_hash = models.BinaryField(db_comment="Hash of the link before; 32 zero bytes for the first")
    hash = models.BinaryField(db_comment="SHA-256 of previous_hash, the columns above and the entries")

    class Meta:
        db_table = "audit_seals"
        db_table_comment = "Chain of seals that proves the audit log unchanged; rows are added, never changed"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["number"], name="audit_seals_number", violation_error_message="This seal was made already."
            ),
            at_least("audit_seals_first", "number", 1, "The first seal has the number 1."),
            at_least("audit_seals_count", "entry_count", 0, "A seal cannot have less than no entries."),
            one_of("audit_seals_kind", "kind", SealKind, "The kind of seal is not on the list."),
            check(
                "audit_seals_dropped",
                Q(kind=SealKind.RETENTION, dropped_from__isnull=False, dropped_before__isnull=False)
                | (~Q(kind=SealKind.RETENTION) & Q(dropped_from=None, dropped_before=None)),
                "A dropped partition is named by the record of its drop, and by no other.",
            ),
            calendar("audit_seals", "sealed_at", "since", "earliest", "latest", "dropped_from", "dropped_before"),
        ]

    def __str__(self) -> str:
        return f"Seal {self.number}"

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from core.database.audit_fields import AuditedModel
from core.database.constraints import NDC, at_least, calendar, matches, one_of, only_if
from core.database.functions import SearchWords


class DeaSchedule(models.TextChoices):
    """Schedules of controlled substances, 21 CFR 1308."""

    SCHEDULE_I = "I", "Schedule I"
    SCHEDULE_II = "II", "Schedule II"
    SCHEDULE_III = "III", "Schedule III"
    SCHEDULE_IV = "IV", "Schedule IV"
    SCHEDULE_V = "V", "Schedule V"


class Medication(AuditedModel):
    """A medication in stock: what it is, how much there is, and how long it keeps. Not about any one student."""

    name = models.CharField(max_length=200, db_comment="Name on the package")
    generic_name = models.CharField(max_length=200, null=True, blank=True, db_comment="Name of the substance")
    category = models.CharField(max_length=100, null=True, blank=True, db_comment="Kind: analgesic, inhaler, ...")
    description = models.TextField(null=True, blank=True, db_comment="What it is for")
    dosage_form = models.CharField(max_length=100, null=True, blank=True, db_comment="Tablet, inhaler, injection, ...")
    strength = models.CharField(
        max_length=50, null=True, blank=True, db_comment="Amount of substance per unit, with its unit"
    )
    ndc_code = models.CharField("NDC", max_length=13, null=True, blank=True, db_comment="National Drug Code")
    manufacturer = models.CharField(max_length=200, null=True, blank=True, db_comment="Manufacturer")
    lot_number = models.CharField(max_length=50, null=True, blank=True, db_comment="Lot of the stock")
    stock_quantity = models.IntegerField(db_default=0, db_comment="Units in stock")
    minimum_stock = models.IntegerField(db_default=0, db_comment="Units below which to reorder")
    expiration_date = models.DateField(null=True, blank=True, db_comment="Last day the stock may be used")
    requires_refrigeration = models.BooleanField(db_default=False, db_comment="Whether it must be kept cold")
    controlled_substance = models.BooleanField(
        db_default=False, db_comment="Whether it is scheduled under the Controlled Substances Act"
    )
    dea_schedule = models.CharField(
        "DEA schedule",
        max_length=3,
        choices=DeaSchedule,
        null=True,
        blank=True,
        db_comment="Schedule of a controlled substance, I to V",
    )
    requires_witness = models.BooleanField(
        db_default=False, db_comment="Whether a second person must witness each dose"
    )
    is_active = models.BooleanField("in use", db_default=True, db_comment="Whether it may be given now")
    notes = models.TextField(null=True, blank=True, db_comment="Notes")
    search_vector = models.GeneratedField(
        expression=SearchWords("name", "generic_name"),
        output_field=SearchVectorField(),
        db_persist=True,
        db_comment="Words of the names, for the search",
    )

    class Meta:
        db_table = "medications"
        db_table_comment = "Medications in stock"
        ordering = ["name", "strength"]
        constraints = [
            at_least("medications_stock_range", "stock_quantity", 0, "The stock cannot be below 0."),
            at_least("medications_minimum_range", "minimum_stock", 0, "The minimum stock cannot be below 0."),
            matches(
                "medications_ndc_form", "ndc_code", NDC, "The NDC should be like 49281-0400-10, or 10 or 11 digits."
            ),
            one_of(
                "medications_dea_list", "dea_schedule", DeaSchedule, "The DEA schedule should be I, II, III, IV or V."
            ),
            only_if(
                "medications_dea_only",
                "dea_schedule",
                Q(controlled_substance=True),
                "A DEA schedule can be given only for a controlled substance.",
            ),
            calendar("medications", "expiration_date", "created_at", "updated_at"),
        ]
        indexes = [
            # The medications in order of name (the medications page)
            models.Index(fields=["name"], name="idx_medications_name"),
            # Which medications are in use? (filter of the medications page)
            models.Index(fields=["is_active"], name="idx_medications_active"),
            # Which inhalers are in use? (pickers by category)
            models.Index(fields=["category", "is_active"], name="idx_medications_category"),
            # What must be reordered? (nurse's home page)
            models.Index(
                fields=["stock_quantity", "minimum_stock"],
                name="idx_medications_stock",
                condition=Q(is_active=True, stock_quantity__lte=F("minimum_stock")),
            ),
            # What expires within 30 days? (nurse's home page)
            models.Index(
                fields=["expiration_date", "is_active"],
                name="idx_medications_expiration",
                condition=Q(is_active=True, expiration_date__isnull=False),
            ),
            # Which medication is "albu"? (search and autocomplete of medications)
            GinIndex(fields=["search_vector"], name="idx_medications_search"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.strength}" if self.strength else self.name

from django.contrib import admin

from core.admin.base import WhiteCrossAdmin
from core.admin.full_text_search import FullTextSearch
from medications.admin.filters import ExpiryFilter, StockFilter
from medications.models.medication import Medication


@admin.register(Medication)
class MedicationAdmin(FullTextSearch, WhiteCrossAdmin):
    list_display = (
        "name",
        "generic_name",
        "strength",
        "dosage_form",
        "category",
        "stock_quantity",
        "minimum_stock",
        "expiration_date",
        "controlled_substance",
        "is_active",
    )
    list_filter = (
        StockFilter,
        ExpiryFilter,
        "is_active",
        "controlled_substance",
        "requires_witness",
        "requires_refrigeration",
    )
    search_help_text = "Name or generic name"
    ordering = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "generic_name"),
                    ("dosage_form", "strength"),
                    ("category", "is_active"),
                    "description",
                )
            },
        ),
        ("Product", {"fields": (("ndc_code", "manufacturer"),)}),
        ("Stock", {"fields": (("stock_quantity", "minimum_stock"), ("lot_number", "expiration_date"))}),
        (
            "Safety",
            {"fields": (("controlled_substance", "dea_schedule"), ("requires_witness", "requires_refrigeration"))},
        ),
        ("Notes", {"fields": ("notes",), "classes": ("collapse",)}),
    )

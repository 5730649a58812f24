from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import F, Q
from django.http import HttpRequest

from core.admin.actions import row_action
from core.admin.base import WhiteCrossAdmin
from core.admin.full_text_search import FullTextSearch
from core.admin.questions import Questions, day, number, text
from medications.admin.filters import ExpiryFilter, StockFilter
from medications.models.medication import Medication


class Delivery(Questions):
    units = number("How many units came?", least=1, greatest=100_000)
    lot_number = text("Lot", required=False, length=50, help_text="Blank: the lot stays as it is.")
    expiration_date = day("Expires on", required=False, help_text="Blank: the date stays as it is.")


class WhyOutOfUse(Questions):
    suggestions = {"reason": ("Recalled", "Expired", "No longer needed")}
    reason = text("Why?", help_text="It is kept with the history of the medication.")


def _restocked(request: HttpRequest, answers: Mapping[str, Any]) -> dict[str, Any]:
    more = {name: answers[name] for name in ("lot_number", "expiration_date") if answers[name]}
    return {"stock_quantity": F("stock_quantity") + answers["units"], **more}


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
    follows = ("is_active",)
    labels = {
        "name": "Name on the package",
        "generic_name": "Substance",
        "dosage_form": "Form",
        "stock_quantity": "In stock",
        "minimum_stock": "Reorder at",
        "expiration_date": "Expires on",
        "controlled_substance": "Controlled substance",
        "requires_witness": "A second person must witness each dose",
        "requires_refrigeration": "Must be kept cold",
        "description": "What it is for",
    }
    units = {"stock_quantity": "units", "minimum_stock": "units"}
    examples = {"name": "Albuterol", "strength": "90 mcg", "dosage_form": "Inhaler"}
    suggestions = {"dosage_form": ("Tablet", "Capsule", "Liquid", "Inhaler", "Auto-injector", "Cream", "Drops")}
    fieldsets = (
        (None, {"fields": (("name", "generic_name"), ("dosage_form", "strength"), ("category", "is_active"))}),
        ("Stock", {"fields": (("stock_quantity", "minimum_stock"), ("lot_number", "expiration_date"))}),
        (
            "Safety",
            {"fields": (("controlled_substance", "dea_schedule"), ("requires_witness", "requires_refrigeration"))},
        ),
        (
            "More",
            {"fields": (("ndc_code", "manufacturer"), "description", "notes"), "classes": ("collapse",)},
        ),
    )
    actions = ("restock", "set_out_of_use", "put_in_use")

    restock = row_action(
        "restock",
        "Add to the stock",
        icon="add_box",
        when=Q(is_active=True),
        change=_restocked,
        done="restocked",
        otherwise="out of use",
        questions=Delivery,
    )
    set_out_of_use = row_action(
        "set_out_of_use",
        "Set out of use",
        icon="block",
        when=Q(is_active=True),
        change=lambda request, answers: {"is_active": False},
        done="set out of use",
        otherwise="out of use already",
        questions=WhyOutOfUse,
    )
    put_in_use = row_action(
        "put_in_use",
        "Put in use again",
        icon="undo",
        when=Q(is_active=False),
        change=lambda request, answers: {"is_active": True},
        done="put in use again",
        otherwise="in use already",
    )

"""What the database puts into the columns that a plain INSERT leaves out."""

from typing import Any

import pytest
from django.db import connection
from psycopg.rows import dict_row

from tests.schema.rows import BUSINESS_COLUMNS

# JSON is text here: Django leaves reading it to the field.
DEFAULTS: dict[str, dict[str, Any]] = {
    "districts": {"is_active": True},
    "schools": {"is_active": True},
    "users": {
        "role": "VIEWER",
        "known_to": [],
        "is_active": True,
        "is_superuser": False,
        "email_verified": False,
        "must_change_password": False,
        "saved_filters": "{}",
    },
    "school_assignments": {"start_date": "today"},
    "students": {"is_active": True, "enrollment_date": "today"},
    "contacts": {"custom_fields": "{}", "is_active": True},
    "health_records": {
        "follow_up_required": False,
        "follow_up_completed": False,
        "attachments": [],
        "is_confidential": False,
    },
    "allergies": {
        "allergy_type": "OTHER",
        "severity": "MODERATE",
        "reactions": [],
        "epi_pen_required": False,
        "verified": False,
        "is_active": True,
    },
    "chronic_conditions": {
        "status": "ACTIVE",
        "severity": "MODERATE",
        "medications": [],
        "restrictions": [],
        "precautions": [],
        "triggers": [],
        "accommodations_required": False,
        "requires_iep": False,
        "requires_504": False,
    },
    "appointments": {"type": "ROUTINE_CHECKUP", "duration": 30, "status": "SCHEDULED"},
    "vaccinations": {
        "series_complete": False,
        "exemption_status": False,
        "compliance_status": "COMPLIANT",
        "vfc_eligibility": False,
        "vis_provided": False,
        "consent_obtained": False,
    },
    "screenings": {"outcome": "PASS", "referral_required": False, "follow_up_required": False},
    "growth_measurements": {"height_unit": "cm", "weight_unit": "kg"},
    "vital_signs": {"temperature_unit": "F", "oxygen_supplemental": False},
    "medications": {
        "stock_quantity": 0,
        "minimum_stock": 0,
        "requires_refrigeration": False,
        "controlled_substance": False,
        "requires_witness": False,
        "is_active": True,
    },
    "student_medications": {
        "dose_times": [],
        "dose_days": [1, 2, 3, 4, 5],
        "is_active": True,
        "requires_parent_consent": True,
        "consent_obtained": False,
    },
    "medication_logs": {"status": "ADMINISTERED", "adverse_reaction": False},
    "incident_reports": {
        "status": "PENDING_REVIEW",
        "parent_notified": False,
        "emergency_services_contacted": False,
        "follow_up_required": False,
        "witnesses": [],
        "attachments": [],
    },
    "emergency_contacts": {
        "preferred_contact_method": "ANY",
        "priority": 1,
        "can_pick_up": True,
        "can_make_decisions": False,
        "is_primary": False,
        "is_active": True,
    },
    "system_configurations": {
        "value_type": "STRING",
        "category": "GENERAL",
        "valid_values": [],
        "validation_rules": "{}",
        "scope": "SYSTEM",
        "tags": [],
        "sort_order": 0,
        "is_editable": True,
        "is_public": False,
        "is_active": True,
        "requires_restart": False,
    },
    "configuration_history": {},
    "legal_holds": {},
    "emergency_accesses": {},
    "audit_logs": {"transaction_id": "this transaction"},
    "user_sessions": {"user_agent": "", "second_factor": "", "last_activity_at": "this statement"},
    "authenticator_apps": {"last_used_step": 0},
    "passkeys": {"sign_count": 0, "transports": []},
    "recovery_codes": {},
    "login_attempts": {"succeeded": False},
    "school_counts": {"key": "", "part": "", "is_clinical": True},
    "audit_seals": {"kind": "SEAL", "format": 1, "era": 1},
}
# Made for every row: keys and times have tests of their own, and generated columns too.
# A dose names no student: its order does.
MADE = {"id", "created_at", "updated_at", "granted_at", "expires_at", "search_vector", "student_id"}


@pytest.mark.parametrize("table", sorted(BUSINESS_COLUMNS))
def test_a_column_left_out_has_its_default_or_is_null(rows, table):
    key = rows.insert(table)

    with connection.connection.cursor(row_factory=dict_row) as cursor:
        (row,) = cursor.execute(f"SELECT * FROM {table} WHERE id = %s", [key]).fetchall()
        moment = cursor.execute(
            'SELECT CURRENT_DATE AS "today", now() AS "this moment", '
            'pg_current_xact_id()::text::bigint AS "this transaction"'
        ).fetchone()
    moment["this statement"] = row.get("created_at")

    filled = {
        column: value
        for column, value in row.items()
        if value is not None and column not in MADE and column not in BUSINESS_COLUMNS[table]
    }
    assert filled == {
        column: moment.get(value, value) if isinstance(value, str) else value
        for column, value in DEFAULTS[table].items()
    }

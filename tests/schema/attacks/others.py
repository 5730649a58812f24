"""Attacks on the check constraints of medications, incidents, configuration, emergency and the audit log."""

import datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from accounts.models import LoginFailure
from emergency.models import ReviewOutcome
from incidents.models import ContactMethod, IncidentStatus
from medications.models import DeaSchedule, MedicationLogStatus
from tests.schema.attacks.builders import (
    DAYS,
    MOMENTS,
    TEXTS,
    Attack,
    columns,
    email,
    in_order,
    listed,
    ndc,
    npi,
    one,
    phone,
    soft_delete_mark,
    text,
    whole,
    yes_only,
)
from tests.schema.rows import USER, Parent, Unique

NOT_GIVEN = [MedicationLogStatus.MISSED, MedicationLogStatus.CANCELLED, MedicationLogStatus.REFUSED]
# A second person, beside the one who stands for every nurse.
WITNESS = Parent("witness")

BEGAN = datetime.datetime(2026, 3, 2, 14, 30, tzinfo=datetime.UTC)
OVER = BEGAN + datetime.timedelta(minutes=30)
REVIEWER = Parent("witness")


def reviewed(**values: Any) -> SearchStrategy[dict[str, Any]]:
    """A review that is complete but for these values."""
    whole = {"outcome": "NOT_JUSTIFIED", "review_note": "No", "reviewed_by_id": REVIEWER, "reviewed_at": BEGAN}
    return columns(**{name: st.just(value) for name, value in whole.items()} | values)


ATTACKS = {
    "emergency_accesses_reason": text(
        "reason", [r"[a-z]{10,20}", r"([a-z] ){10,12}"], [r"[a-z]{1,9}", r"( [a-z]){1,9} "]
    ),
    "emergency_accesses_times": Attack(
        columns(
            granted_at=st.just(BEGAN),
            expires_at=st.just(OVER),
            ended_at=st.none()
            | st.datetimes(BEGAN.replace(tzinfo=None), OVER.replace(tzinfo=None), timezones=st.just(datetime.UTC)),
        ),
        columns(granted_at=st.just(BEGAN), expires_at=st.just(OVER + datetime.timedelta(seconds=1)))
        | columns(granted_at=st.just(BEGAN), expires_at=st.just(OVER - datetime.timedelta(seconds=1)))
        | columns(
            granted_at=st.just(BEGAN),
            expires_at=st.just(OVER),
            ended_at=st.sampled_from([BEGAN - datetime.timedelta(seconds=1), OVER + datetime.timedelta(seconds=1)]),
        ),
    ),
    "emergency_accesses_outcome": Attack(
        reviewed(outcome=st.sampled_from(ReviewOutcome.values)),
        reviewed(outcome=st.sampled_from(["", "justified", "MAYBE"])),
    ),
    "emergency_accesses_review": Attack(
        reviewed(),
        columns(outcome=st.just("JUSTIFIED"), reviewed_at=st.just(BEGAN))
        | columns(outcome=st.just("JUSTIFIED"), reviewed_by_id=st.just(REVIEWER))
        | columns(reviewed_by_id=st.just(REVIEWER))
        | columns(review_note=st.just("Fine")),
    ),
    "emergency_accesses_note": Attack(
        reviewed(outcome=st.just("JUSTIFIED"), review_note=st.none()) | reviewed(),
        reviewed(
            review_note=st.sampled_from([None, "", " \n"]), outcome=st.sampled_from(["NOT_JUSTIFIED", "FOLLOW_UP"])
        ),
    ),
    "emergency_accesses_other": Attack(reviewed(), reviewed(reviewed_by_id=st.just(USER))),
    "user_sessions_key_form": text(
        "session_key",
        [r"[0-9a-f]{64}"],
        [r"[0-9a-f]{63}", r"[0-9a-f]{63}[g-zA-F]"],
        ["", "0" * 63 + "\n", "a cookie"],
    ),
    "medications_stock_range": whole("stock_quantity", 0),
    "medications_minimum_range": whole("minimum_stock", 0),
    "medications_ndc_form": ndc("ndc_code"),
    "medications_dea_list": listed("dea_schedule", DeaSchedule.values, 3, controlled_substance=True),
    "medications_dea_only": yes_only("dea_schedule", st.sampled_from(DeaSchedule.values), "controlled_substance"),
    "student_medications_dates": in_order("start_date", "end_date", DAYS),
    "student_medications_npi": npi("prescribed_by_npi"),
    "student_medications_refills": whole("refills_remaining", 0),
    "student_medications_consent": yes_only("consent_date", DAYS, "consent_obtained"),
    "student_medications_dose_times": Attack(
        one("dose_times", st.lists(st.times(), max_size=12)),
        one("dose_times", st.lists(st.times(), min_size=13, max_size=20)),
    ),
    "student_medications_dose_days": Attack(
        one("dose_days", st.lists(st.integers(1, 7), min_size=1, max_size=7)),
        one("dose_days", st.just([]) | st.lists(st.integers(1, 7), min_size=8, max_size=12))
        | one("dose_days", st.lists(st.sampled_from([0, 8, -1, 32767]), min_size=1, max_size=7)),
    ),
    "student_medications_mark": soft_delete_mark(),
    "medication_logs_status_list": Attack(
        columns(
            status=st.sampled_from(MedicationLogStatus.values).filter(lambda status: status != "ADMINISTERED"),
            reason_not_given=TEXTS,
            time_given=st.none(),
            dosage_given=st.none(),
        )
        | one("status", st.just("ADMINISTERED")),
        columns(
            status=st.sampled_from(["", "GIVEN", "administered", "REFUSED "]),
            reason_not_given=TEXTS,
            time_given=st.none(),
            dosage_given=st.none(),
        ),
    ),
    "medication_logs_given_what": Attack(
        columns(time_given=MOMENTS, dosage_given=TEXTS),
        columns(time_given=MOMENTS, dosage_given=st.none())
        | columns(time_given=st.none(), dosage_given=TEXTS | st.none()),
    ),
    "medication_logs_time_only": Attack(
        columns(time_given=MOMENTS)
        | columns(time_given=st.none(), status=st.sampled_from(NOT_GIVEN), reason_not_given=TEXTS),
        columns(
            time_given=MOMENTS,
            status=st.sampled_from([*NOT_GIVEN, MedicationLogStatus.PENDING]),
            reason_not_given=TEXTS,
        ),
    ),
    "medication_logs_reason": Attack(
        columns(
            status=st.sampled_from(NOT_GIVEN),
            reason_not_given=TEXTS,
            time_given=st.none(),
            dosage_given=st.none(),
        )
        | columns(
            status=st.just("PENDING"),
            reason_not_given=st.none(),
            time_given=st.none(),
            dosage_given=st.none(),
        ),
        columns(
            status=st.sampled_from(NOT_GIVEN),
            reason_not_given=st.none(),
            time_given=st.none(),
            dosage_given=st.none(),
        ),
    ),
    "medication_logs_witness_other": Attack(
        one("witnessed_by", st.just(WITNESS) | st.none()), one("witnessed_by", st.just(USER))
    ),
    "medication_logs_reaction_only": yes_only("reaction_details", TEXTS, "adverse_reaction"),
    "medication_logs_mark": soft_delete_mark(),
    "emergency_contacts_priority": whole("priority", 1, 99),
    "emergency_contacts_phone_1": phone("primary_phone"),
    "emergency_contacts_phone_2": phone("secondary_phone"),
    "emergency_contacts_email": email("email"),
    "emergency_contacts_method": listed("preferred_contact_method", ContactMethod.values, 10),
    "emergency_contacts_mark": soft_delete_mark(),
    "incident_reports_status_list": listed("status", IncidentStatus.values, 50),
    "incident_reports_notified_only": yes_only(
        "parent_notified_at", MOMENTS.filter(lambda moment: moment.year > 2026), "parent_notified"
    ),
    "incident_reports_notified_late": in_order("occurred_at", "parent_notified_at", MOMENTS, parent_notified=True),
    "incident_reports_mark": soft_delete_mark(),
    # A trigger asks of the others whether there is such a district, school or user: tests/configuration.
    "system_configurations_scope": Attack(
        columns(key=st.just(Unique("attack.{n}")), scope=st.just("SYSTEM"), scope_id=st.none()),
        columns(scope=st.just("SYSTEM"), scope_id=st.uuids()),
    ),
    "system_configurations_range": in_order("min_value", "max_value", st.decimals(-(10**9), 10**9, places=6)),
    "school_counts_range": whole("count", 0),
    "authenticator_apps_secret": Attack(
        one("secret", st.from_regex(r"gAAAA[A-Za-z0-9_-]{60,200}={0,2}", fullmatch=True)),
        one("secret", st.from_regex(r"[A-Z2-7]{16,64}", fullmatch=True) | st.sampled_from(["", "gAAAA", "gAAAA" * 10])),
    ),
    "authenticator_apps_step": whole("last_used_step", 0),
    "passkeys_sign_count": whole("sign_count", 0),
    "recovery_codes_hash": Attack(
        one("code_hash", st.from_regex("[0-9a-f]{64}", fullmatch=True)),
        one("code_hash", st.from_regex("[0-9A-F]{63}|[0-9a-hjkmnp-tv-z]{16}|[G-Z]{64}", fullmatch=True)),
    ),
    "login_attempts_reason_list": listed("failure_reason", LoginFailure.values, 20),
    "login_attempts_reason": Attack(
        columns(succeeded=st.just(True), failure_reason=st.none())
        | columns(succeeded=st.just(False), failure_reason=st.sampled_from(LoginFailure.values)),
        columns(succeeded=st.just(True), failure_reason=st.sampled_from(LoginFailure.values))
        | columns(succeeded=st.just(False), failure_reason=st.none()),
    ),
    "audit_seals_first": whole("number", 1),
    "audit_seals_count": whole("entry_count", 0),
    "audit_seals_kind": listed("kind", ["SEAL", "RESTORE"], 20),
    "audit_seals_dropped": Attack(
        columns(kind=st.just("RETENTION"), dropped_from=MOMENTS, dropped_before=MOMENTS)
        | columns(kind=st.sampled_from(["SEAL", "RESTORE"]), dropped_from=st.none(), dropped_before=st.none()),
        columns(kind=st.just("RETENTION"), dropped_from=MOMENTS)
        | columns(kind=st.just("RETENTION"), dropped_before=MOMENTS)
        | columns(kind=st.sampled_from(["SEAL", "RESTORE"]), dropped_from=MOMENTS, dropped_before=MOMENTS),
    ),
}

"""Attacks on the check constraints of medications, incidents, configuration and the audit log."""

from hypothesis import strategies as st

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
    whole,
    yes_only,
)
from tests.schema.rows import USER, Parent, Unique

NOT_GIVEN = [MedicationLogStatus.MISSED, MedicationLogStatus.CANCELLED, MedicationLogStatus.REFUSED]
# A second person, beside the one who stands for every nurse.
WITNESS = Parent("witness")

ATTACKS = {
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

"""Attacks on the check constraints of health."""

from hypothesis import strategies as st

from health.models import AppointmentStatus
from health.models.appointment import AppointmentType
from tests.schema.attacks.builders import (
    ARABIC_DIGITS,
    DAYS,
    MOMENTS,
    TEXTS,
    Attack,
    columns,
    decimal,
    icd_10_cm,
    in_order,
    listed,
    ndc,
    npi,
    only_with,
    soft_delete_mark,
    text,
    whole,
    yes_only,
)
from tests.schema.rows import USER


def _either(first: Attack, second: Attack) -> Attack:
    """A range that depends on the unit: both units are attacked."""
    return Attack(first.accepted | second.accepted, first.refused | second.refused)


def _only_with_status(column: str, status: str) -> Attack:
    others = [value for value in AppointmentStatus.values if value != status]
    return only_with(column, MOMENTS, {"status": [status]}, {"status": others})


ATTACKS = {
    "health_records_provider_npi": npi("provider_npi"),
    "health_records_facility_npi": npi("facility_npi"),
    "health_records_diagnosis_form": icd_10_cm("diagnosis_code"),
    "health_records_follow_up": Attack(
        columns(follow_up_required=st.just(True), follow_up_completed=st.booleans())
        | columns(follow_up_required=st.just(False), follow_up_completed=st.just(False)),
        columns(follow_up_required=st.just(False), follow_up_completed=st.just(True)),
    ),
    "health_records_mark": soft_delete_mark(),
    "allergies_verified_by_only": yes_only("verified_by", st.just(USER), "verified"),
    "allergies_verified_date_only": yes_only("verification_date", DAYS, "verified"),
    "allergies_mark": soft_delete_mark(),
    "appointments_duration_range": whole("duration", 1, 480),
    "appointments_type_list": listed("type", AppointmentType.values, 50),
    "appointments_completed_only": _only_with_status("completed_at", "COMPLETED"),
    "appointments_cancelled_only": _only_with_status("cancelled_at", "CANCELLED"),
    "appointments_mark": soft_delete_mark(),
    "chronic_conditions_icd_form": icd_10_cm("icd_code"),
    "chronic_conditions_last_review": in_order("diagnosed_date", "last_review_date", DAYS),
    "chronic_conditions_next_review": in_order(
        "last_review_date", "next_review_date", DAYS, diagnosed_date="1999-01-01"
    ),
    "chronic_conditions_mark": soft_delete_mark(),
    "growth_height_unit_list": listed("height_unit", ["cm", "inches"], 10),
    "growth_weight_unit_list": listed("weight_unit", ["kg", "lbs"], 10),
    "growth_height_range": _either(
        decimal("height", 30, 250, "9999.99", height_unit="cm"),
        decimal("height", 12, 100, "9999.99", height_unit="inches"),
    ),
    "growth_weight_range": _either(
        decimal("weight", 1, 400, "9999.99", weight_unit="kg"),
        decimal("weight", 2, 880, "9999.99", weight_unit="lbs"),
    ),
    "growth_head_range": decimal("head_circumference", 20, 80, "9999.99"),
    "growth_height_percentile": decimal("height_percentile", 0, 100, "999.99"),
    "growth_weight_percentile": decimal("weight_percentile", 0, 100, "999.99"),
    "growth_bmi_percentile": decimal("bmi_percentile", 0, 100, "999.99"),
    "growth_measurements_mark": soft_delete_mark(),
    "screenings_referral_date": in_order("screening_date", "referral_date", DAYS),
    "screenings_follow_up_date": in_order("screening_date", "follow_up_date", DAYS),
    "screenings_mark": soft_delete_mark(),
    "vaccinations_given_or_exempt": Attack(
        columns(administration_date=DAYS, administered_by=TEXTS, exemption_status=st.booleans())
        | columns(
            administration_date=DAYS | st.none(), administered_by=TEXTS | st.none(), exemption_status=st.just(True)
        ),
        columns(administration_date=st.none(), administered_by=TEXTS | st.none(), exemption_status=st.just(False))
        | columns(administration_date=DAYS, administered_by=st.none(), exemption_status=st.just(False)),
    ),
    "vaccinations_cvx_form": text(
        "cvx_code",
        [r"[0-9]{1,3}"],
        [r"[A-Z]{1,3}", r"[0-9]{1,2}[a-z]", r"-[0-9]{1,2}"],
        ["3\n", " 3", "03".translate(ARABIC_DIGITS), "1.0"],
    ),
    "vaccinations_ndc_form": ndc("ndc_code"),
    "vaccinations_dose_range": whole("dose_number", 1),
    "vaccinations_total_range": whole("total_doses", 1),
    "vaccinations_dose_of_total": in_order("dose_number", "total_doses", st.integers(1, 12)),
    "vaccinations_due_after_dose": in_order("administration_date", "next_due_date", DAYS),
    "vaccinations_reason_only": yes_only("exemption_reason", TEXTS, "exemption_status"),
    "vaccinations_vis_only": yes_only("vis_date", DAYS, "vis_provided"),
    "vaccinations_consent_only": yes_only("consent_by", TEXTS, "consent_obtained"),
    "vaccinations_mark": soft_delete_mark(),
    "vital_signs_temp_unit_list": listed("temperature_unit", ["F", "C"], 1),
    "vital_signs_temp_range": _either(
        decimal("temperature", 77, 115, "999.99", temperature_unit="F"),
        decimal("temperature", 25, 46, "999.99", temperature_unit="C"),
    ),
    "vital_signs_systolic_range": whole("blood_pressure_systolic", 1, 350),
    "vital_signs_diastolic_range": whole("blood_pressure_diastolic", 1, 250),
    "vital_signs_pressure_order": Attack(
        st.tuples(st.integers(1, 250), st.integers(1, 100)).map(
            lambda pair: {"blood_pressure_diastolic": pair[0], "blood_pressure_systolic": pair[0] + pair[1]}
        ),
        st.tuples(st.integers(1, 250), st.integers(1, 250))
        .map(sorted)
        .map(lambda pair: {"blood_pressure_systolic": pair[0], "blood_pressure_diastolic": pair[1]}),
    ),
    "vital_signs_heart_range": whole("heart_rate", 0, 350),
    "vital_signs_breath_range": whole("respiratory_rate", 0, 150),
    "vital_signs_oxygen_range": whole("oxygen_saturation", 0, 100),
    "vital_signs_pain_range": whole("pain_level", 0, 10),
    "vital_signs_glucose_range": decimal("glucose_level", 1, 2000, "9999.99"),
    "vital_signs_peak_flow_range": whole("peak_flow", 1, 1000),
    "vital_signs_mark": soft_delete_mark(),
}

"""The demo district makes sense: each rule is a query for the rows that break it, and finds none."""

import datetime

import pytest
from django.db import connection, transaction

from accounts.declared_settings import SECOND_FACTOR_ROLES
from demo.load import load
from demo.plan import DemoPlan
from demo.state import DEMO_TABLES, Holds, State

AS_OF = datetime.date(2026, 3, 3)
CUTOFF = "date '2025-09-30'"
GRADE = "CASE grade WHEN 'K' THEN 0 ELSE grade::int END"
LOCAL = "AT TIME ZONE 'America/New_York'"

RULES = {
    "a student is 5 at the cutoff before kindergarten, or a year older": f"""
        SELECT FROM students WHERE date_part('year', age({CUTOFF}, date_of_birth)) - 5 - {GRADE} NOT IN (0, 1)""",
    "a grade is one that the school teaches": f"""
        SELECT FROM students JOIN schools ON schools.id = school_id
        WHERE {GRADE} NOT BETWEEN CASE WHEN name LIKE '%Elementary%' THEN 0 WHEN name LIKE '%Middle%' THEN 6 ELSE 9 END
                              AND CASE WHEN name LIKE '%Elementary%' THEN 5 WHEN name LIKE '%Middle%' THEN 8 ELSE 12 END
    """,
    "the trigger filled the district": """
        SELECT FROM students JOIN schools ON schools.id = school_id
        WHERE students.district_id IS DISTINCT FROM schools.district_id""",
    "a student's nurse works at the school": """
        SELECT FROM students JOIN users ON users.id = nurse_id
        WHERE role <> 'NURSE' OR users.school_id <> students.school_id""",
    "a student has a first person to call who decides": """
        SELECT FROM students WHERE (SELECT count(*) FROM emergency_contacts
            WHERE student_id = students.id AND is_primary AND priority = 1 AND can_make_decisions) <> 1""",
    "no vaccination lies before birth or in the future": f"""
        SELECT FROM vaccinations JOIN students ON students.id = student_id
        WHERE administration_date <= date_of_birth OR administration_date >= date '{AS_OF}'""",
    "live vaccines count from the first birthday on": """
        SELECT FROM vaccinations JOIN students ON students.id = student_id
        WHERE vaccine_type IN ('MMR', 'VARICELLA') AND compliance_status <> 'NON_COMPLIANT'
          AND administration_date < date_of_birth + interval '1 year'""",
    "the second dose of MMR and varicella is given from 4 years on": """
        SELECT FROM vaccinations JOIN students ON students.id = student_id
        WHERE vaccine_type IN ('MMR', 'VARICELLA') AND dose_number = 2
          AND administration_date < date_of_birth + interval '4 years'""",
    "the second dose of a short series follows the first": """
        SELECT FROM vaccinations two WHERE dose_number = 2 AND NOT EXISTS (
            SELECT FROM vaccinations one WHERE one.student_id = two.student_id AND one.dose_number = 1
              AND one.vaccine_type = two.vaccine_type AND one.administration_date < two.administration_date)""",
    "Tdap and meningococcal vaccine are given from 11 years on": """
        SELECT FROM vaccinations JOIN students ON students.id = student_id
        WHERE vaccine_type IN ('TDAP', 'MENINGOCOCCAL') AND administration_date < date_of_birth + interval '11 years'
    """,
    "CVX codes are those of the vaccine": """
        SELECT FROM vaccinations WHERE NOT exemption_status AND (vaccine_type::text, cvx_code) NOT IN (
            ('HEPATITIS_B', '08'), ('DTaP', '20'), ('DTaP', '106'), ('POLIO', '10'), ('MMR', '03'), ('VARICELLA', '21'),
            ('TDAP', '115'), ('MENINGOCOCCAL', '136'), ('MENINGOCOCCAL', '203'), ('HPV', '165'),
            ('FLU', '150'), ('FLU', '140'), ('FLU', '149'), ('FLU', '111'))""",
    "a series is complete exactly with its last dose": """
        SELECT FROM vaccinations WHERE NOT exemption_status AND series_complete <> (dose_number = total_doses)""",
    "what is overdue was due": f"""
        SELECT FROM vaccinations WHERE (compliance_status = 'OVERDUE') <> (next_due_date < date '{AS_OF}')
          AND compliance_status <> 'NON_COMPLIANT' AND vaccine_type <> 'HPV'""",
    "the exempt have a reason and no dose of that vaccine": """
        SELECT FROM vaccinations exempt WHERE exemption_status AND (exemption_reason IS NULL OR EXISTS (
            SELECT FROM vaccinations given WHERE given.student_id = exempt.student_id
              AND given.vaccine_type = exempt.vaccine_type AND NOT given.exemption_status))""",
    "a statement was not handed out before its edition": """
        SELECT FROM vaccinations WHERE vis_date > administration_date""",
    "a dose lies within its order": f"""
        SELECT FROM medication_logs JOIN student_medications orders ON orders.id = student_medication_id
        WHERE (coalesce(time_given, scheduled_for) {LOCAL})::date NOT BETWEEN start_date AND end_date""",
    "a dose was due at a time of its order": f"""
        SELECT FROM medication_logs JOIN student_medications orders ON orders.id = student_medication_id
        WHERE scheduled_for IS NOT NULL AND (
            NOT (scheduled_for {LOCAL})::time = ANY (dose_times)
            OR NOT extract(isodow FROM scheduled_for {LOCAL})::int = ANY (dose_days))""",
    "a dose as needed is of an order without times": """
        SELECT FROM medication_logs JOIN student_medications orders ON orders.id = student_medication_id
        WHERE scheduled_for IS NULL AND dose_times <> '{}'""",
    "an order has times exactly if it is for once a day": """
        SELECT FROM student_medications
        WHERE (dose_times <> '{}') <> (frequency LIKE 'Once a day %' AND frequency NOT LIKE '%as needed%')""",
    "the amount given is the amount prescribed": """
        SELECT FROM medication_logs JOIN student_medications orders ON orders.id = student_medication_id
        WHERE status = 'ADMINISTERED' AND dosage_given <> dosage""",
    "no dose is given without consent": """
        SELECT FROM medication_logs JOIN student_medications orders ON orders.id = student_medication_id
        WHERE NOT consent_obtained""",
    "a dose is given by a nurse of the school": """
        SELECT FROM medication_logs JOIN student_medications orders ON orders.id = student_medication_id
        JOIN students ON students.id = orders.student_id JOIN users ON users.id = medication_logs.nurse_id
        WHERE role <> 'NURSE' OR users.school_id <> students.school_id""",
    "doses are given on weekdays between 8 and 15 o'clock": f"""
        SELECT FROM medication_logs WHERE extract(isodow FROM time_given {LOCAL}) > 5
          OR (time_given {LOCAL})::time NOT BETWEEN '08:00' AND '15:00'""",
    "no dose is given in the future": f"""
        SELECT FROM medication_logs WHERE (time_given {LOCAL})::date >= date '{AS_OF}'""",
    "a controlled substance is witnessed by another person of the school": """
        SELECT FROM medication_logs JOIN student_medications orders ON orders.id = student_medication_id
        JOIN medications ON medications.id = medication_id JOIN students ON students.id = orders.student_id
        LEFT JOIN users witness ON witness.id = witnessed_by
        WHERE medication_logs.status = 'ADMINISTERED' AND requires_witness
          AND (witness.id IS NULL OR witness.id = medication_logs.nurse_id
               OR witness.school_id <> students.school_id)""",
    "a dose that was not given says why": """
        SELECT FROM medication_logs WHERE status IN ('MISSED', 'REFUSED', 'CANCELLED') AND reason_not_given IS NULL""",
    "what is controlled has its schedule and needs a witness": """
        SELECT FROM medications WHERE controlled_substance <> (dea_schedule IS NOT NULL)
          OR controlled_substance <> requires_witness""",
    "an inhaler means asthma, insulin diabetes, methylphenidate ADHD": """
        SELECT FROM student_medications orders JOIN medications ON medications.id = medication_id
        WHERE EXISTS (
            SELECT FROM (VALUES ('albuterol', 'J45%'), ('insulin lispro', 'E10%'), ('methylphenidate', 'F90%'))
                AS needs (drug, code)
            WHERE generic_name = drug AND NOT EXISTS (SELECT FROM chronic_conditions
                WHERE chronic_conditions.student_id = orders.student_id AND icd_code LIKE code))""",
    "an order stands as long as it has not ended": f"""
        SELECT FROM student_medications WHERE is_active <> (end_date >= date '{AS_OF}')""",
    "an auto-injector has a place and a last day": """
        SELECT FROM allergies WHERE epi_pen_required
          AND (epi_pen_location IS NULL OR epi_pen_expiration IS NULL OR emergency_protocol IS NULL)""",
    "allergies and conditions are found between birth and today": f"""
        SELECT FROM students LEFT JOIN allergies ON allergies.student_id = students.id
        LEFT JOIN chronic_conditions ON chronic_conditions.student_id = students.id
        WHERE onset_date <= date_of_birth OR onset_date > allergies.diagnosed_date
           OR allergies.diagnosed_date > date '{AS_OF}'
           OR chronic_conditions.diagnosed_date NOT BETWEEN date_of_birth AND date '{AS_OF}'""",
    "a referral has a date, a place, a reason and a follow-up": """
        SELECT FROM screenings WHERE referral_required AND (referral_date IS NULL OR referral_to IS NULL
          OR referral_reason IS NULL OR follow_up_date IS NULL OR follow_up_status IS NULL)""",
    "whoever fails or is referred is referred somewhere, the others are not": """
        SELECT FROM screenings WHERE referral_required <> (outcome IN ('REFER', 'FAIL'))""",
    "poor sight is referred": """
        SELECT FROM screenings WHERE screening_type = 'VISION' AND outcome = 'PASS'
          AND (split_part(right_eye, '/', 2)::int >= 40 OR split_part(left_eye, '/', 2)::int >= 40)""",
    "a child grows": """
        SELECT FROM growth_measurements early JOIN growth_measurements late USING (student_id)
        WHERE early.measurement_date < late.measurement_date AND late.height < early.height - 1""",
    "weight category and percentile agree": """
        SELECT FROM growth_measurements WHERE nutritional_status <> CASE
            WHEN bmi_percentile < 5 THEN 'Underweight' WHEN bmi_percentile < 85 THEN 'Healthy weight'
            WHEN bmi_percentile < 95 THEN 'Overweight' ELSE 'Obesity' END""",
    "vital signs are those of the visit's student and time": f"""
        SELECT FROM vital_signs JOIN health_records ON health_records.id = health_record_id
        WHERE vital_signs.student_id <> health_records.student_id
           OR measurement_date {LOCAL} - record_date {LOCAL} NOT BETWEEN '0' AND '30 minutes'""",
    "vital signs of an appointment are those of one that took place": """
        SELECT FROM vital_signs JOIN appointments ON appointments.id = appointment_id
        WHERE status <> 'COMPLETED' OR vital_signs.student_id <> appointments.student_id""",
    "appointments that are over are not open, those to come are": f"""
        SELECT FROM appointments WHERE CASE WHEN (scheduled_at {LOCAL})::date < date '{AS_OF}'
            THEN status IN ('SCHEDULED', 'IN_PROGRESS') ELSE status NOT IN ('SCHEDULED', 'CANCELLED') END""",
    "a nurse sees one student at a time": """
        SELECT FROM appointments one JOIN appointments other USING (nurse_id)
        WHERE one.id <> other.id AND one.scheduled_at <= other.scheduled_at
          AND one.scheduled_at + one.duration * interval '1 minute' > other.scheduled_at""",
    "what needs a follow-up says which, and parents are told after the incident": """
        SELECT FROM incident_reports WHERE (follow_up_required AND follow_up_notes IS NULL)
          OR (parent_notified AND (parent_notified_at <= occurred_at OR parent_notified_by IS NULL))""",
    "parents are told of grave incidents": """
        SELECT FROM incident_reports WHERE severity IN ('HIGH', 'CRITICAL') AND NOT parent_notified""",
    "an allergic reaction happens to someone allergic": """
        SELECT FROM incident_reports WHERE type = 'ALLERGIC_REACTION'
          AND NOT EXISTS (SELECT FROM allergies WHERE allergies.student_id = incident_reports.student_id)""",
    "nothing is written before the student came, nor after today": " UNION ALL ".join(
        f"""SELECT FROM {table} JOIN students ON students.id = student_id
        WHERE ({table}.created_at {LOCAL})::date NOT BETWEEN enrollment_date AND date '{AS_OF}'
           OR {table}.updated_at < {table}.created_at"""
        for table in (
            "emergency_contacts",
            "health_records",
            "allergies",
            "chronic_conditions",
            "appointments",
            "vaccinations",
            "screenings",
            "growth_measurements",
            "vital_signs",
            "student_medications",
            "incident_reports",
        )
    ),
}

# What a visitor of the demo should meet at least once.
MEETS = {
    "an exemption": "SELECT FROM vaccinations WHERE exemption_status",
    "an overdue vaccination": "SELECT FROM vaccinations WHERE compliance_status = 'OVERDUE'",
    "a missed or refused dose": "SELECT FROM medication_logs WHERE status IN ('MISSED', 'REFUSED')",
    "a witnessed dose": "SELECT FROM medication_logs WHERE witnessed_by IS NOT NULL",
    "a dose to give today": f"""
        SELECT FROM medication_logs WHERE status = 'PENDING' AND (scheduled_for {LOCAL})::date = date '{AS_OF}'""",
    "a referral": "SELECT FROM screenings WHERE referral_required",
    "an appointment today": f"SELECT FROM appointments WHERE (scheduled_at {LOCAL})::date = date '{AS_OF}'",
    "a no-show": "SELECT FROM appointments WHERE status = 'NO_SHOW'",
    "low stock": "SELECT FROM medications WHERE stock_quantity <= minimum_stock",
    "a medication that expires soon": f"""
        SELECT FROM medications WHERE expiration_date BETWEEN date '{AS_OF}' AND date '{AS_OF}' + 30""",
    "an EpiPen that expires soon": f"""
        SELECT FROM allergies WHERE epi_pen_expiration BETWEEN date '{AS_OF}' AND date '{AS_OF}' + 30""",
    "a name with an apostrophe": "SELECT FROM students WHERE last_name LIKE '%''%'",
    "a name with an accent": "SELECT FROM students WHERE octet_length(last_name) > length(last_name)",
    "a removed contact": "SELECT FROM emergency_contacts WHERE deleted_at IS NOT NULL",
}


@pytest.fixture(scope="module")
def district(django_db_setup, django_db_blocker):
    """The demo district, loaded once for all the rules and rolled back."""
    plan = DemoPlan(students=600, seed=1, as_of=AS_OF, time_zone="America/New_York")
    with django_db_blocker.unblock(), transaction.atomic():
        yield load(plan, State(Holds.NOTHING))
        transaction.set_rollback(True)


def count(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({query}) AS found")
        return cursor.fetchone()[0]


@pytest.mark.xdist_group("demo_sense")
@pytest.mark.parametrize("rule", RULES)
def test_no_row_breaks_the_rule(district, rule):
    assert count(RULES[rule]) == 0


@pytest.mark.xdist_group("demo_sense")
@pytest.mark.parametrize("what", MEETS)
def test_the_demo_shows(district, what):
    assert count(MEETS[what]) > 0


@pytest.mark.xdist_group("demo_sense")
def test_every_table_has_rows_and_a_student_about_twenty(district):
    counts = {table: count(f"SELECT FROM {table}") for table in DEMO_TABLES}

    assert counts.pop("legal_holds") == 0
    assert all(counts.values()), counts
    assert len(counts) == 22
    assert counts["students"] == 600
    # What the database adds of its own accord: settings that the plan does not set, and the history of the others.
    added = count(f"SELECT FROM system_configurations WHERE NOT is_active OR key = '{SECOND_FACTOR_ROLES.key}'")
    added += counts["configuration_history"]
    assert sum(counts.values()) - added == district.rows
    assert 19 <= district.rows / 600 <= 23

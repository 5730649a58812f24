"""The questions people ask, the index that answers each, and what to ask about in a seeded database."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """A question with its SQL; names in braces are filled from PARAMETERS."""

    category: str
    text: str
    index: str
    sql: str


def _typical(column: str, table: str, where: str = "true") -> str:
    """The value of a column with as many rows as half of the values have at most."""
    return (
        f"SELECT value FROM (SELECT {column} AS value, row_number() OVER (ORDER BY count(*), {column}) AS place, "
        f"count(*) OVER () AS values FROM {table} WHERE {column} IS NOT NULL AND {where} GROUP BY {column}) AS counted "
        "WHERE place = (values + 1) / 2"
    )


# What to ask about: a school, nurse, student, ... with an ordinary amount of data.
PARAMETERS = {
    "school": _typical("school_id", "students", "is_active"),
    "grade": (
        "SELECT grade FROM students WHERE is_active "
        f"AND school_id = ({_typical('school_id', 'students', 'is_active')}) "
        "GROUP BY grade ORDER BY count(*) DESC, grade LIMIT 1"
    ),
    "nurse": _typical("nurse_id", "students", "is_active"),
    "visited_nurse": _typical("nurse_id", "appointments"),
    "dosing_nurse": _typical("nurse_id", "medication_logs"),
    "reporter": _typical("reported_by_id", "incident_reports"),
    "student": _typical("student_id", "health_records"),
    "allergic": _typical("student_id", "allergies", "severity = 'LIFE_THREATENING' AND is_active"),
    "ill": _typical("student_id", "chronic_conditions", "status = 'ACTIVE'"),
    "treated": _typical("student_id", "student_medications", "is_active"),
    "order": _typical("student_medication_id", "medication_logs"),
    "npi": _typical("provider_npi", "health_records"),
    "hurt": _typical("student_id", "incident_reports"),
    "surname": "SELECT left(lower(last_name), 3) FROM students ORDER BY id LIMIT 1",
    "first_name": "SELECT left(lower(first_name), 2) FROM students ORDER BY id LIMIT 1",
    "staff_surname": "SELECT left(lower(last_name), 4) FROM users ORDER BY id DESC LIMIT 1",
}

# The demo stocks what its schools give; a state's list of medications is longer.
MORE_MEDICATIONS = """
INSERT INTO medications (name, generic_name, category, stock_quantity, minimum_stock, expiration_date)
SELECT 'Product ' || md5(n::text), 'Substance ' || md5((n % 5000)::text), 'Category ' || n % 40,
       10 + n % 90, 10 - n % 8, CURRENT_DATE + 31 + n % 900
FROM generate_series(1, 20000) AS n
"""

_TODAY = "CURRENT_DATE"

QUESTIONS = [
    Question(
        "1. Students",
        "Who attends this school now?",
        "idx_students_school",
        "SELECT id FROM students WHERE school_id = '{school}' AND is_active",
    ),
    Question(
        "1. Students",
        "Whom does this nurse look after now?",
        "idx_students_nurse",
        "SELECT id FROM students WHERE nurse_id = '{nurse}' AND is_active",
    ),
    Question(
        "1. Students",
        "How many are in grade 6 now?",
        "idx_students_grade_active",
        "SELECT count(*) FROM students WHERE grade = '6' AND is_active",
    ),
    Question(
        "1. Students",
        "Who is 'smi jo'?",
        "idx_students_search",
        "SELECT id FROM students WHERE search_vector @@ to_tsquery('simple', '{surname}:* & {first_name}:*')",
    ),
    Question(
        "1. Students",
        "The first page of students by name",
        "idx_students_name",
        "SELECT id FROM students ORDER BY last_name, first_name LIMIT 50",
    ),
    Question(
        "1. Students",
        "How many are in a grade of this school, by nurse?",
        "idx_students_health_overview",
        "SELECT nurse_id, count(*) FROM students WHERE school_id = '{school}' AND grade = '{grade}' AND is_active "
        "GROUP BY nurse_id",
    ),
    Question(
        "1. Students",
        "Which students have left?",
        "idx_students_active",
        "SELECT id FROM students WHERE NOT is_active",
    ),
    Question(
        "2. Users",
        "Who is this, by the first letters of the name?",
        "idx_users_search",
        "SELECT id FROM users WHERE search_vector @@ to_tsquery('simple', '{staff_surname}:*')",
    ),
    Question(
        "2. Users",
        "Which active administrators are there?",
        "idx_users_role_active",
        "SELECT id FROM users WHERE role = 'ADMIN' AND is_active",
    ),
    Question(
        "2. Users",
        "Which staff does this school have now?",
        "idx_users_school",
        "SELECT id FROM users WHERE school_id = '{school}' AND is_active",
    ),
    Question(
        "3. Medications",
        "What must be reordered?",
        "idx_medications_stock",
        "SELECT id FROM medications WHERE is_active AND stock_quantity <= minimum_stock",
    ),
    Question(
        "3. Medications",
        "What expires within 30 days?",
        "idx_medications_expiration",
        "SELECT id FROM medications WHERE is_active AND expiration_date IS NOT NULL "
        f"AND expiration_date <= {_TODAY} + 30",
    ),
    Question(
        "3. Medications",
        "Which medication begins with 'albu'?",
        "idx_medications_search",
        "SELECT id FROM medications WHERE search_vector @@ to_tsquery('simple', 'albu:*')",
    ),
    Question(
        "3. Medications",
        "What does this student take today?",
        "idx_medication_schedule",
        f"SELECT id FROM student_medications WHERE student_id = '{{treated}}' AND is_active AND start_date <= {_TODAY} "
        f"AND (end_date IS NULL OR end_date >= {_TODAY})",
    ),
    Question(
        "3. Medications",
        "Which orders began this week?",
        "idx_student_meds_active_dates",
        f"SELECT id FROM student_medications WHERE is_active AND start_date >= {_TODAY} - 7",
    ),
    Question(
        "3. Medications",
        "When did this student have this medication last?",
        "idx_medication_logs_order_time",
        "SELECT time_given FROM medication_logs WHERE student_medication_id = '{order}' "
        "ORDER BY time_given DESC LIMIT 5",
    ),
    Question(
        "3. Medications",
        "Which doses did this nurse give lately?",
        "idx_medication_logs_nurse",
        f"SELECT id FROM medication_logs WHERE nurse_id = '{{dosing_nurse}}' AND time_given >= {_TODAY} - 7 "
        "ORDER BY time_given DESC LIMIT 50",
    ),
    Question(
        "4. Health records",
        "What happened to this student, latest first?",
        "idx_health_records_student",
        "SELECT id FROM health_records WHERE student_id = '{student}' ORDER BY record_date DESC",
    ),
    Question(
        "4. Health records",
        "Which injuries were there in the last week?",
        "idx_health_records_type_date",
        f"SELECT id FROM health_records WHERE record_type = 'INJURY' AND record_date >= {_TODAY} - 7 "
        "ORDER BY record_date DESC LIMIT 50",
    ),
    Question(
        "4. Health records",
        "Which students have confidential records?",
        "idx_health_records_confident",
        "SELECT DISTINCT student_id FROM health_records WHERE is_confidential",
    ),
    Question(
        "4. Health records",
        "What did this provider do lately?",
        "idx_health_records_provider",
        "SELECT id FROM health_records WHERE provider_npi = '{npi}' ORDER BY record_date DESC LIMIT 50",
    ),
    Question(
        "4. Health records",
        "Which follow-ups are due this week?",
        "idx_health_records_follow_up",
        f"SELECT id FROM health_records WHERE follow_up_required AND follow_up_date BETWEEN {_TODAY} AND {_TODAY} + 7",
    ),
    Question(
        "5. Appointments",
        "Whom does this nurse see next?",
        "idx_appointments_upcoming",
        "SELECT id FROM appointments WHERE nurse_id = '{visited_nurse}' AND status IN ('SCHEDULED', 'IN_PROGRESS') "
        f"AND scheduled_at >= {_TODAY} ORDER BY scheduled_at LIMIT 20",
    ),
    Question(
        "5. Appointments",
        "What is on today?",
        "idx_appointments_date_range",
        f"SELECT id FROM appointments WHERE status <> 'CANCELLED' AND scheduled_at >= {_TODAY} "
        f"AND scheduled_at < {_TODAY} + 1",
    ),
    Question(
        "5. Appointments",
        "When was this student seen?",
        "idx_appointments_student",
        "SELECT id FROM appointments WHERE student_id = '{student}' ORDER BY scheduled_at DESC",
    ),
    Question(
        "5. Appointments",
        "How long is this nurse taken, two weeks back and ahead?",
        "idx_appointment_availability",
        "SELECT sum(duration) FROM appointments WHERE nurse_id = '{visited_nurse}' "
        f"AND scheduled_at >= {_TODAY} - 14 AND scheduled_at < {_TODAY} + 14",
    ),
    Question(
        "6. Incident reports",
        "What happened to this student?",
        "idx_incident_reports_student",
        "SELECT id FROM incident_reports WHERE student_id = '{hurt}' ORDER BY occurred_at DESC",
    ),
    Question(
        "6. Incident reports",
        "What did this user report?",
        "idx_incident_reports_reporter",
        "SELECT id FROM incident_reports WHERE reported_by_id = '{reporter}' ORDER BY occurred_at DESC LIMIT 50",
    ),
    Question(
        "6. Incident reports",
        "Which medium injuries are under investigation?",
        "idx_incident_reports_filters",
        "SELECT id FROM incident_reports WHERE type = 'INJURY' AND severity = 'MEDIUM' "
        "AND status = 'UNDER_INVESTIGATION' ORDER BY occurred_at DESC LIMIT 50",
    ),
    Question(
        "6. Incident reports",
        "What was critical in the last month?",
        "idx_incident_reports_critical",
        f"SELECT id FROM incident_reports WHERE severity = 'CRITICAL' AND occurred_at >= {_TODAY} - 30 "
        "ORDER BY occurred_at DESC",
    ),
    Question(
        "7. Emergency contacts",
        "Which students of this school have nobody to call?",
        "idx_emergency_contacts_student",
        "SELECT id FROM students WHERE school_id = '{school}' AND is_active AND NOT EXISTS "
        "(SELECT FROM emergency_contacts WHERE student_id = students.id AND emergency_contacts.is_active)",
    ),
    Question(
        "7. Emergency contacts",
        "Who is this student's main contact?",
        "idx_emergency_contacts_primary",
        "SELECT id FROM emergency_contacts WHERE student_id = '{student}' AND is_primary AND is_active",
    ),
    Question(
        "9. Vaccinations",
        "Which vaccines has this student had, latest first?",
        "idx_vaccinations_student",
        "SELECT id FROM vaccinations WHERE student_id = '{student}' ORDER BY administration_date DESC",
    ),
    Question(
        "9. Vaccinations",
        "Who is not compliant for MMR?",
        "idx_vaccinations_compliance",
        "SELECT student_id FROM vaccinations WHERE vaccine_type = 'MMR' AND compliance_status = 'OVERDUE'",
    ),
    Question(
        "9. Vaccinations",
        "Whose next dose is due this week?",
        "idx_vaccinations_due",
        f"SELECT student_id FROM vaccinations WHERE next_due_date BETWEEN {_TODAY} AND {_TODAY} + 7",
    ),
    Question(
        "10. Additional",
        "Is there anything this student can die of?",
        "idx_allergies_critical",
        "SELECT allergen FROM allergies WHERE student_id = '{allergic}' AND is_active "
        "AND severity = 'LIFE_THREATENING'",
    ),
    Question(
        "10. Additional",
        "Which EpiPens expire within 30 days?",
        "idx_allergies_epi_pen",
        f"SELECT student_id FROM allergies WHERE epi_pen_expiration BETWEEN {_TODAY} AND {_TODAY} + 30",
    ),
    Question(
        "10. Additional",
        "Which active conditions does this student have?",
        "idx_chronic_conditions_student",
        "SELECT id FROM chronic_conditions WHERE student_id = '{ill}' AND status = 'ACTIVE'",
    ),
    Question(
        "10. Additional",
        "Which condition reviews are due?",
        "idx_conditions_next_review",
        f"SELECT id FROM chronic_conditions WHERE next_review_date BETWEEN {_TODAY} AND {_TODAY} + 7",
    ),
    Question(
        "10. Additional",
        "Which screenings has this student had?",
        "idx_screenings_student",
        "SELECT id FROM screenings WHERE student_id = '{student}' ORDER BY screening_date",
    ),
    Question(
        "10. Additional",
        "How has this student grown?",
        "idx_growth_student_date",
        "SELECT height, weight FROM growth_measurements WHERE student_id = '{student}' ORDER BY measurement_date",
    ),
    Question(
        "10. Additional",
        "Whose vital signs were taken in the last days?",
        "idx_vital_signs_date",
        f"SELECT student_id FROM vital_signs WHERE measurement_date >= {_TODAY} - 1",
    ),
]

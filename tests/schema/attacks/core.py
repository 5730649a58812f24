"""Attacks on the check constraints of core."""

import datetime

from hypothesis import strategies as st

from core.models import Grade
from tests.factories.core import MOMENT
from tests.schema.attacks.builders import (
    DAYS,
    Attack,
    columns,
    email,
    in_order,
    listed,
    one,
    phone,
    soft_delete_mark,
    state,
    text,
    whole,
    zip_code,
)
from tests.schema.rows import STUDENT, USER

ONE_DAY = datetime.timedelta(days=1)

ATTACKS = {
    "districts_state_form": state("state"),
    "districts_zip_form": zip_code("zip_code"),
    "districts_phone_form": phone("phone"),
    "districts_email_form": email("email"),
    "schools_state_form": state("state"),
    "schools_zip_form": zip_code("zip_code"),
    "schools_phone_form": phone("phone"),
    "schools_email_form": email("email"),
    "schools_enrollment_range": whole("total_enrollment", 0),
    "users_email_lower": Attack(
        one("email", st.from_regex(r"[a-zäöé0-9]{1,20}@[a-z]{1,20}\.org", fullmatch=True)),
        one("email", st.from_regex(r"[a-z]{0,9}[A-ZÄÖÉ]{1,9}@[a-z]{1,20}\.(org|ORG)", fullmatch=True)),
    ),
    "users_email_form": email("email"),
    "users_phone_form": phone("phone"),
    "students_record_num_form": text(
        "medical_record_num",
        [r"[A-Z0-9]{2,4}-?[A-Z0-9]{4,8}"],
        [r"[A-Z0-9]{1,5}", r"[a-z]{2,4}-[0-9]{4,8}", r"[A-Z]{5,8}-[0-9]{4,8}", r"[A-Z0-9]{13,20}"],
        ["MRN--123456", "MRN 123456", "MRN-123456\n", "MRN-12345_"],
    ),
    "students_grade_list": listed("grade", Grade.values, 10),
    "students_enrolled_after_birth": Attack(
        st.tuples(DAYS, DAYS)
        .map(sorted)
        .filter(lambda days: days[0] < days[1])
        .map(lambda days: {"date_of_birth": days[0], "enrollment_date": days[1]}),
        DAYS.map(lambda day: {"date_of_birth": day, "enrollment_date": day})
        | st.tuples(DAYS, DAYS).map(sorted).map(lambda days: {"date_of_birth": days[1], "enrollment_date": days[0]}),
    ),
    "students_mark": soft_delete_mark(),
    "contacts_one_relation": Attack(
        columns(student_id=st.just(STUDENT), user_id=st.none())
        | columns(student_id=st.none(), user_id=st.just(USER))
        | columns(student_id=st.none(), user_id=st.none()),
        columns(student_id=st.just(STUDENT), user_id=st.just(USER)),
    ),
    "contacts_email_form": email("email"),
    "contacts_phone_form": phone("phone"),
    "contacts_state_form": state("state"),
    "contacts_zip_form": zip_code("zip"),
    "contacts_mark": soft_delete_mark(),
    "legal_holds_reason": text("reason", [r"[A-Za-z]{1,20}"], [r"[ \t\n]{1,5}"]),
    "legal_holds_release": Attack(
        columns(released_at=st.just(MOMENT), released_reason=st.just("Settled"))
        | columns(released_at=st.none(), released_reason=st.none()),
        columns(released_at=st.just(MOMENT), released_reason=st.none()),
    ),
    "school_assignments_dates": in_order("start_date", "end_date", DAYS),
}

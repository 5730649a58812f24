"""What it takes to make up the rows of one school: chance, the calendar, and a sheet of rows per table."""

from bisect import bisect_left
from dataclasses import dataclass
from random import Random

from demo.calendar import SchoolCalendar
from demo.copy_rows import KEY_MILLISECONDS, CopyRows, time_ordered_keys
from demo.district import Provider, School, Staff
from demo.formulary import DRUGS
from demo.plan import DemoPlan

_RECORD = "id created_at updated_at student_id "

# The tables of the students' rows in an order that foreign keys allow, with the columns that the demo fills.
# Columns that are not named here get the default that the database has for them. Every row ends in its school, which
# the database then checks for all rows at once instead of looking it up for each.
_COLUMNS = {
    "students": (
        "id created_at updated_at student_number first_name last_name date_of_birth grade gender medical_record_num "
        "is_active enrollment_date nurse_id"
    ),
    "contacts": (
        "id created_at updated_at first_name last_name email phone type address city state zip student_id "
        "relationship_type"
    ),
    "emergency_contacts": (
        _RECORD + "name relationship primary_phone secondary_phone email address preferred_contact_method priority "
        "can_pick_up can_make_decisions is_primary is_active notes deleted_at deletion_id"
    ),
    "health_records": (
        _RECORD + "created_by record_type title description record_date provider provider_npi facility diagnosis "
        "diagnosis_code treatment follow_up_required follow_up_date follow_up_completed is_confidential"
    ),
    "allergies": (
        _RECORD + "allergen allergy_type severity reaction reactions symptoms treatment emergency_protocol onset_date "
        "diagnosed_date diagnosed_by epi_pen_required epi_pen_location epi_pen_expiration verified verified_by "
        "verification_date is_active health_record_id"
    ),
    "chronic_conditions": (
        _RECORD + "condition_name icd_code status severity diagnosed_date diagnosed_by description management_plan "
        "care_plan action_plan emergency_protocol medications restrictions precautions triggers "
        "accommodations_required accommodation_details requires_iep requires_504 last_review_date next_review_date "
        "review_frequency health_record_id"
    ),
    "appointments": (
        _RECORD + "nurse_id type scheduled_at duration status reason notes completed_at cancelled_at "
        "cancellation_reason"
    ),
    "vaccinations": (
        _RECORD + "vaccine_name vaccine_type manufacturer lot_number cvx_code ndc_code dose_number total_doses "
        "series_complete administration_date administered_by administered_by_role facility site_of_administration "
        "route_of_administration dosage_amount expiration_date next_due_date exemption_status exemption_reason "
        "compliance_status vfc_eligibility vis_provided vis_date consent_obtained consent_by notes"
    ),
    "screenings": (
        _RECORD + "screening_type screening_date screened_by screened_by_role outcome results equipment_used right_eye "
        "left_eye right_ear left_ear passed_criteria referral_required referral_to referral_date referral_reason "
        "follow_up_required follow_up_date follow_up_status"
    ),
    "growth_measurements": (
        _RECORD + "measurement_date measured_by measured_by_role height weight height_percentile weight_percentile "
        "bmi_percentile growth_percentiles nutritional_status concerns"
    ),
    "vital_signs": (
        _RECORD + "measurement_date measured_by measured_by_role temperature temperature_site blood_pressure_systolic "
        "blood_pressure_diastolic blood_pressure_position heart_rate respiratory_rate oxygen_saturation pain_level "
        "pain_location consciousness glucose_level peak_flow health_record_id appointment_id"
    ),
    "student_medications": (
        _RECORD + "medication_id dosage frequency dose_times route start_date end_date prescribed_by prescribed_by_npi "
        "prescription_number refills_remaining instructions side_effects is_active consent_obtained consent_date notes"
    ),
    "medication_logs": (
        "id created_at updated_at student_id student_medication_id nurse_id witnessed_by scheduled_for status "
        "time_given dosage_given reason_not_given reason_for_administration student_response adverse_reaction "
        "reaction_details"
    ),
    "incident_reports": (
        _RECORD + "reported_by_id type severity status occurred_at location description action_taken parent_notified "
        "parent_notified_at parent_notified_by parent_notification_method emergency_services_contacted "
        "emergency_details follow_up_required follow_up_notes witnesses"
    ),
}
COLUMNS = {table: f"{columns} school_id" for table, columns in _COLUMNS.items()}


@dataclass(slots=True)
class Student:
    """What the rows of one student must agree on. Days are ordinals; `until` is the day after the last one here."""

    key: str
    number: int
    first_name: str
    last_name: str
    sex: str
    birth: int
    grade: int
    enrolled: int
    until: int
    guardian: str
    doctor: Provider
    height_z: float
    bmi_z: float
    weight: float = 0.0
    may_react: bool = False
    takes_doses: bool = False

    def age(self, day: int) -> float:
        """Age in years on a day."""
        return (day - self.birth) / 365.2425


class Desk:
    """One school's rows in the making."""

    def __init__(self, plan: DemoPlan, calendar: SchoolCalendar, school: School, medications: list[str]) -> None:
        self.calendar, self.school, self.medications = calendar, school, medications
        self.rng: Random = plan.random("school", school.number)
        self.random = self.rng.random
        self.today = calendar.today
        millisecond = first_key_millisecond(plan) + (school.number + 1) * KEY_MILLISECONDS
        self.sheets = {
            table: CopyRows(table, columns, time_ordered_keys(millisecond, self.rng), ending=school.key)
            for table, columns in COLUMNS.items()
        }
        self._windows: dict[tuple[int, int], list[int]] = {}
        weeks = calendar.past(self.today - 120)
        self.visit_slots = self._slots(weeks[-60:]) + self._slots(calendar.coming(15))
        self.rng.shuffle(self.visit_slots)

    def _slots(self, days: list[int]) -> list[tuple[int, int]]:
        """The times at which the nurse sees students by appointment, so that no two of them overlap."""
        return [(day, minute) for day in days for minute in range(8 * 60 + 20, 14 * 60 + 21, 30) if minute != 710]

    def chance(self, share: float) -> bool:
        """True for that share of calls."""
        return self.random() < share

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.random() * (high - low + 1))

    def pick[T](self, items: tuple[T, ...] | list[T]) -> T:
        """One of the items."""
        return items[int(self.random() * len(items))]

    def days_of(self, student: Student, back: int) -> list[int]:
        """The last school days, at most `back` of them, that the student has spent at this school."""
        window = (max(student.enrolled, self.today - back * 2), student.until)
        if window not in self._windows:
            self._windows[window] = self.calendar.past(window[0], window[1] - 1)
        return self._windows[window][-back:]

    def nurse_for(self, student: Student) -> Staff:
        """The nurse who looks after a student: where there are two, they share by number."""
        nurses = self.school.nurses
        return nurses[student.number % len(nurses)]

    def provider(self, specialty: str) -> Provider:
        """A provider of that specialty nearby."""
        return self.pick([one for one in self.school.district.providers if one.specialty == specialty])

    def open_from(self, day: int) -> int:
        """The first school day on or after a day."""
        days = self.calendar.school_days
        return days[min(bisect_left(days, day), len(days) - 1)]


def first_key_millisecond(plan: DemoPlan) -> int:
    """The first millisecond of the keys: the demo's day at midnight, so that rows added later come behind."""
    return (plan.as_of.toordinal() - 719_163) * 86_400_000


def medication_keys(plan: DemoPlan) -> list[str]:
    """The keys of `formulary.DRUGS`, in its order; orders refer to them."""
    keys = time_ordered_keys(first_key_millisecond(plan), plan.random("medications"))
    return [next(keys) for _ in DRUGS]

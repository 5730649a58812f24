"""Orders for medication at school, and what became of each dose."""

from demo.calendar import CLOCK
from demo.copy_rows import NULL
from demo.desk import Desk, Student
from demo.district import Provider
from demo.formulary import DRUG_NUMBER, DRUGS, ORDERS, OrderTemplate

# So many school days back the log of daily doses goes: enough for a month's review, and a bounded part of the rows.
LOGGED_DAYS = 25

_NOT_GIVEN = (
    ("MISSED", "Student absent"),
    ("MISSED", "Student absent"),
    ("MISSED", "Supply ran out; parents called"),
    ("REFUSED", "Would not take it; parents told"),
    ("REFUSED", "Says it tastes bad; parents told"),
    ("CANCELLED", "Early dismissal"),
    ("CANCELLED", "Field trip; parent gave the dose"),
)
_RESPONSES = (
    "Well after 15 minutes, back to class",
    "Symptoms eased",
    "Better, parents told",
    "Slept, picked up by a parent",
)
_REACTIONS = ("Mild stomach ache for an hour", "Felt shaky for 20 minutes", "Flushed face, gone after 30 minutes")
_SIGNED_FOR = ("epinephrine", "epinephrine jr", "glucagon", "midazolam")


def order(desk: Desk, student: Student, name: str, doctor: Provider) -> None:
    """Add an order for one of `formulary.ORDERS`, and the doses given under it so far."""
    template = ORDERS[name]
    calendar, random = desk.calendar, desk.random
    # Orders hold for a school year. One in ten is an old one that was not renewed.
    first_day, last_day = calendar.first_day, calendar.last_day
    current = random() >= 0.1
    if not current:
        first_day, last_day = first_day - 364, last_day - 364
    start = max(student.enrolled, first_day) + int(random() * 21)
    if start >= student.until or last_day <= start:
        return
    end = last_day
    if random() < 0.08:
        end = min(last_day, start + desk.between(20, 90))
    active = end >= desk.today and student.until == desk.today
    if not active:
        end = min(end, student.until - 1)
    consent = not active or random() >= 0.03
    dose = template.dose_for(student.weight)
    number = DRUG_NUMBER[template.drug]
    signed = calendar.date_text[start - desk.between(0, 10)]
    written = calendar.moment(start, 470)
    rows = desk.sheets["student_medications"]
    key = rows.new_key()
    rows.add(
        key,
        written,
        written,
        student.key,
        desk.medications[number],
        dose,
        template.frequency,
        "{}" if template.minute is None else f"{{{CLOCK[template.minute]}}}",
        template.route,
        calendar.date_text[start],
        calendar.date_text[end],
        doctor.name,
        doctor.npi,
        f"RX{7_000_000 + int(random() * 999_999)}",
        desk.between(0, 5) if DRUGS[number].dea_schedule != "II" else 0,
        template.instructions,
        template.side_effects,
        active,
        consent,
        signed if consent else NULL,
        NULL if consent else "Consent form sent home twice; no dose before it is back.",
    )
    if not consent:
        return
    days = calendar.past(start, min(end, student.until - 1))
    log = _DoseLog(desk, student, key, template, dose=dose, witnessed=DRUGS[number].dea_schedule is not None)
    if template.minute is not None:
        student.takes_doses = True
        for day in days[-LOGGED_DAYS:]:
            log.add_due_dose(day, template.minute)
        if active:
            coming = calendar.coming(1)
            if coming and start <= coming[0] <= end:
                log.add_pending_dose(coming[0], template.minute)
    elif days:
        share = 0.04 if name in _SIGNED_FOR else 0.6
        for day in sorted({desk.pick(days[-60:]) for _ in range(desk.between(1, 3)) if random() < share}):
            log.add_dose_as_needed(day, desk.between(8 * 60 + 30, 14 * 60 + 30))


class _DoseLog:
    """The doses under one order. Each is given by a nurse of the school and, if it must be, seen by a second person."""

    def __init__(
        self, desk: Desk, student: Student, order_key: str, template: OrderTemplate, *, dose: str, witnessed: bool
    ) -> None:
        self._desk, self._order, self._template, self._dose = desk, order_key, template, dose
        self._student = student.key
        self._nurse = desk.nurse_for(student)
        self._witnesses = [one for one in desk.school.staff if one is not self._nurse] if witnessed else None

    def add_due_dose(self, day: int, minute: int) -> None:
        """A dose that was due on a day that is over."""
        due = self._desk.calendar.moment(day, minute)
        if self._desk.random() < 0.93:
            self._add_given(day, minute + self._desk.between(-5, 20), due, NULL, NULL)
        else:
            status, reason = self._desk.pick(_NOT_GIVEN)
            self._add(self._desk.calendar.moment(day, minute + 30), NULL, due, status, reason=reason)

    def add_pending_dose(self, day: int, minute: int) -> None:
        """A dose still to be given: today's, or that of the next school day."""
        due = self._desk.calendar.moment(day, minute)
        self._add(self._desk.calendar.moment(self._desk.today - 1, 960), NULL, due, "PENDING")

    def add_dose_as_needed(self, day: int, minute: int) -> None:
        """A dose that was given because of symptoms."""
        self._add_given(day, minute, NULL, self._desk.pick(self._template.reasons), self._desk.pick(_RESPONSES))

    def _add_given(self, day: int, minute: int, due: str, why: str, response: str) -> None:
        reaction = self._desk.pick(_REACTIONS) if self._desk.random() < 0.006 else NULL
        given = self._desk.calendar.moment(day, minute)
        witness = self._desk.pick(self._witnesses).key if self._witnesses else NULL
        self._add(given, witness, due, "ADMINISTERED", given=given, why=why, response=response, reaction=reaction)

    def _add(
        self,
        written: str,
        witness: str,
        due: str,
        status: str,
        *,
        given: str = NULL,
        reason: str = NULL,
        why: str = NULL,
        response: str = NULL,
        reaction: str = NULL,
    ) -> None:
        rows = self._desk.sheets["medication_logs"]
        rows.add(
            rows.new_key(),
            written,
            written,
            self._student,
            self._order,
            self._nurse.key,
            witness,
            due,
            status,
            given,
            self._dose if status == "ADMINISTERED" else NULL,
            reason,
            why,
            response,
            reaction is not NULL,
            reaction,
        )

"""Kinds of incidents at school, and what is done about each."""

# ruff: noqa: E501 - a table reads best with one thing per line, however long

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Incident:
    """A kind of incident. `severities` is the range in which it usually lies, as places in `SEVERITIES`."""

    kind: str
    place: str
    description: str
    action: str
    severities: tuple[int, int]
    follow_up: str


SEVERITIES = ("LOW", "MEDIUM", "HIGH", "CRITICAL")

INCIDENTS = (
    Incident("INJURY", "Playground", "Fell from the climbing frame onto the mulch; arm hurts.", "Arm splinted, cold pack, parents asked to pick up.", (1, 2), "Ask for the X-ray result; check the frame's top rung."),
    Incident("INJURY", "Gymnasium", "Collided with another student in dodgeball; nose bled.", "Pressure, cold pack, watched for 20 minutes.", (0, 1), "Look at the nose again tomorrow."),
    Incident("INJURY", "Cafeteria", "Slipped on a wet floor and hit the elbow.", "Cold pack, sling for comfort.", (0, 1), "Custodian to put up signs at the serving line."),
    Incident("INJURY", "Science lab", "Splashed a cleaning solution into one eye.", "Rinsed for 15 minutes at the eye wash.", (1, 2), "Eye doctor's report; review of goggles in the lab."),
    Incident("INJURY", "Athletic field", "Head-to-head hit at practice; dazed for a moment.", "Taken out of play, concussion checklist, parents called.", (2, 3), "Return-to-learn and return-to-play plan."),
    Incident("INJURY", "Stairwell B", "Missed two steps; ankle swollen.", "Cold pack, wheelchair to the office.", (0, 1), "Elevator pass for two weeks."),
    Incident("ILLNESS", "Classroom", "Fainted during a presentation; came to within seconds.", "Laid down, legs up, vital signs, water.", (1, 2), "Physician's note before gym."),
    Incident("ILLNESS", "Bus 14", "Vomited on the bus in the morning.", "Cleaned up, kept in the health office, picked up.", (0, 0), "Home until 24 hours without symptoms."),
    Incident("BEHAVIORAL", "Hallway", "Pushed during a quarrel; scratch on the cheek.", "Separated, wound cleaned, counselor called.", (0, 1), "Counselor to meet both students."),
    Incident("BEHAVIORAL", "Classroom", "Threw a chair when told to stop; hand bruised.", "Room cleared, calmed by the counselor, cold pack.", (1, 2), "Review of the behavior plan."),
    Incident("ENVIRONMENTAL", "Art room", "Headache and watery eyes from paint fumes.", "Moved outdoors, room aired.", (0, 1), "Facilities to check the ventilation."),
    Incident("OTHER", "Parking lot", "Backpack strap caught in a car door; no injury found.", "Checked for injuries, driver identified.", (0, 1), "Duty roster at dismissal."),
)  # fmt: skip
REACTION = Incident(
    "ALLERGIC_REACTION",
    "Cafeteria",
    "Hives and swollen lips after a shared cookie.",
    "Epinephrine given, 911 called, parents called; taken to the hospital for watching.",
    (2, 3),
    "New auto-injector from the family; kitchen and class told again.",
)
ERROR = Incident(
    "MEDICATION_ERROR",
    "Health office",
    "Midday dose given an hour late because the student was at an assembly.",
    "Physician and parents told; no effect seen.",
    (0, 1),
    "Alarm for days with assemblies.",
)

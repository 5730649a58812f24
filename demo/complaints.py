"""Why students come to the health office, and what is found and done. Codes: ICD-10-CM."""

# ruff: noqa: E501 - a table reads best with one thing per line, however long

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Complaint:
    """A reason for a visit. `fever` is the range of the temperature in tenths of a degree Fahrenheit."""

    kind: str
    title: str
    findings: tuple[str, ...]
    treatments: tuple[str, ...]
    diagnosis: str
    code: str
    pain: tuple[int, int]
    place: str
    fever: tuple[int, int] = (974, 989)
    goes_home: float = 0.05


COMPLAINTS = (
    Complaint("ILLNESS", "Headache", ("Dull ache on both sides since the second period, no fever.", "Forehead hurts after a test; had no breakfast."), ("Water and 20 minutes of rest, back to class.", "Snack and rest, back to class."), "Headache", "R51.9", (2, 6), "Forehead"),
    Complaint("ILLNESS", "Stomach ache", ("Cramps around the navel after lunch, belly soft.", "Nausea before gym, no vomiting."), ("Rest with a heat pack, back to class after 25 minutes.", "Restroom and rest; parents told."), "Unspecified abdominal pain", "R10.9", (2, 6), "Abdomen"),
    Complaint("ILLNESS", "Fever and sore throat", ("Red throat, swollen neck glands, tired.", "Chills since morning, throat hurts when swallowing."), ("Kept in the health office, picked up by a parent.",), "Acute pharyngitis", "J02.9", (3, 6), "Throat", (1004, 1026), 1.0),
    Complaint("ILLNESS", "Cough and runny nose", ("Clear runny nose, lungs clear.", "Dry cough, no wheeze."), ("Tissues, water, back to class.", "Rest, hand washing, back to class."), "Acute upper respiratory infection", "J06.9", (0, 2), "Chest", (978, 999)),
    Complaint("ILLNESS", "Vomiting", ("Vomited once in the classroom.", "Vomited twice since breakfast, pale."), ("Small sips of water, picked up by a parent; home until 24 hours without symptoms.",), "Vomiting", "R11.10", (1, 4), "Abdomen", (980, 1008), 1.0),
    Complaint("ILLNESS", "Earache", ("Right ear hurts since last night.", "Left ear feels full after a cold."), ("Parents told, advised to see the physician.",), "Otalgia", "H92.09", (3, 6), "Ear", (978, 1005), 0.3),
    Complaint("ILLNESS", "Red eye", ("Itching and watery discharge in one eye.", "Both eyes red, crusted this morning."), ("Cool compress; sent home with a note on conjunctivitis.", "Rinsed with saline, back to class."), "Conjunctivitis", "H10.9", (0, 3), "Eye", goes_home=0.5),
    Complaint("INJURY", "Scraped knee", ("Fell while running on the blacktop; clean abrasion of 2 cm.", "Slid on gravel; shallow scrape."), ("Washed, bandage, back to class.",), "Abrasion of knee", "S80.219A", (1, 4), "Knee"),
    Complaint("INJURY", "Bumped head", ("Walked into a door frame; no loss of consciousness, pupils equal.", "Hit by a ball; small bump, alert."), ("Cold pack for 15 minutes, head injury sheet for the parents, parents called.",), "Contusion of scalp", "S00.03XA", (2, 5), "Head", goes_home=0.1),
    Complaint("INJURY", "Sprained ankle", ("Landed badly in basketball; mild swelling, bears weight.", "Twisted on the stairs; tender outside."), ("Cold pack, elevation, elastic bandage; parents told.",), "Sprain of ankle", "S93.409A", (3, 7), "Ankle", goes_home=0.2),
    Complaint("INJURY", "Nosebleed", ("Left nostril, after blowing the nose.", "Started in class, dry air."), ("Leaned forward, pressure for 10 minutes, stopped.",), "Epistaxis", "R04.0", (0, 1), "Nose"),
    Complaint("INJURY", "Splinter in finger", ("Small splinter from the playground fence.",), ("Removed with tweezers, washed, bandage.",), "Superficial foreign body of finger", "S60.459A", (1, 3), "Finger"),
    Complaint("INJURY", "Jammed finger", ("Caught a basketball on the fingertip; full motion.",), ("Cold pack, buddy tape, back to class.",), "Sprain of finger", "S63.619A", (2, 6), "Finger"),
)  # fmt: skip

COUNSELING = (
    ("Worries before tests", "Talked about a quarrel with friends; breathing exercise.", "Anxiety disorder, unspecified", "F41.9"),
    ("Low mood", "Sad since a move in the family; no thoughts of self-harm.", "Adjustment disorder", "F43.20"),
    ("Trouble sleeping", "Screen until midnight; made a plan for the evening.", "Sleep disorder, unspecified", "G47.9"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VisitReason:
    kind: str
    text: str
    minutes: int
    result: str


REASONS = (
    VisitReason("ROUTINE_CHECKUP", "Yearly check of weight and blood pressure", 20, "As expected for age."),
    VisitReason("ROUTINE_CHECKUP", "Health check for a new student", 30, "Record complete, no concerns."),
    VisitReason("FOLLOW_UP", "Follow-up of a sprain", 15, "Swelling gone, back to gym."),
    VisitReason("FOLLOW_UP", "Follow-up after an absence with fever", 10, "No fever, eats and drinks well."),
    VisitReason("FOLLOW_UP", "Look at healing wound", 10, "Clean and dry, bandage changed."),
    VisitReason("SCREENING", "Vision test repeated", 15, "Same result with glasses on."),
    VisitReason("SCREENING", "Hearing test repeated", 20, "Passed at 20 dB."),
    VisitReason("ILLNESS_EVALUATION", "Headaches, asked for by the teacher", 20, "Drinks little; water plan made."),
    VisitReason("INJURY_ASSESSMENT", "Return-to-play check after a head bump", 20, "No symptoms at rest or effort."),
    VisitReason("MEDICATION_ADMINISTRATION", "Inhaler technique", 20, "Shows correct use with spacer."),
)
CALLED_OFF = ("Student absent", "Parent asked for another day", "Fire drill", "Nurse at a training", "Early dismissal")

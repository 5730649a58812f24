"""Chronic conditions and allergies of the demo's students: how common, how handled, what they take for it.

Shares are rounded from the CDC's National Health Interview Survey for children (asthma 7 %, ADHD 9 %, food allergy
6 %) and from the CDC's pages on diabetes and epilepsy, thinned to what schools hear of. Codes: ICD-10-CM.
"""

# ruff: noqa: E501 - a table reads best with one thing per line, however long

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Condition:
    """A chronic condition as a school nurse meets it."""

    name: str
    icd_code: str
    share: float
    specialty: str
    description: str
    management: str
    action: str
    emergency: str
    triggers: tuple[str, ...]
    restrictions: tuple[str, ...]
    precautions: tuple[str, ...]
    accommodation: str | None
    orders: tuple[tuple[str, float], ...]
    medications: tuple[str, ...]
    plan_504: float
    first_age: int = 2


CONDITIONS = (
    Condition(
        "Asthma",
        "J45.909",
        0.065,
        "Allergy and immunology",
        "Wheezes with colds, exercise and cold air; well between attacks.",
        "Rescue inhaler in the health office; peak flow when symptomatic.",
        "Sit upright, 2 puffs of albuterol with spacer, repeat after 20 minutes, call the parents if no better.",
        "Blue lips, cannot speak in sentences or peak flow below 50 %: 911, albuterol every 20 minutes.",
        ("exercise", "cold air", "colds", "pollen"),
        ("No outdoor running on days of poor air quality",),
        ("Inhaler goes along on field trips",),
        "May rest during physical education",
        (("albuterol", 0.85), ("fluticasone", 0.06)),
        ("albuterol", "fluticasone"),
        0.1,
    ),
    Condition(
        "Attention-deficit hyperactivity disorder, combined type",
        "F90.2",
        0.055,
        "Pediatrics",
        "Distractible and restless; does well with structure.",
        "Midday dose where ordered; weekly word with the teacher.",
        "Quiet place and a short walk when overwhelmed.",
        "None specific; call the parents for chest pain or fainting while on a stimulant.",
        ("long seat work", "missed sleep"),
        (),
        ("Watch weight and appetite",),
        "Seat near the teacher, extra time in tests",
        (("methylphenidate", 0.24),),
        ("methylphenidate",),
        0.45,
        5,
    ),
    Condition(
        "Type 1 diabetes mellitus",
        "E10.9",
        0.0035,
        "Endocrinology",
        "On insulin since diagnosis; checks glucose before lunch and exercise.",
        "Glucose before lunch, insulin by the scale, carbohydrates counted by the kitchen.",
        "Below 70 mg/dL: 15 g of fast sugar, check again after 15 minutes.",
        "Unconscious or cannot swallow: glucagon, 911, turn on the side.",
        ("skipped meals", "exercise", "illness"),
        ("Never alone when glucose is low",),
        ("Glucose tablets in the classroom", "Snack before exercise"),
        "May eat, drink and check glucose in class",
        (("insulin", 1.0), ("glucagon", 0.9)),
        ("insulin lispro", "glucagon"),
        0.9,
    ),
    Condition(
        "Epilepsy",
        "G40.909",
        0.006,
        "Neurology",
        "Generalized seizures, rare under treatment.",
        "Seizure log; daily medication where ordered.",
        "Time the seizure, clear the space, turn on the side, nothing in the mouth.",
        "Longer than 5 minutes or a second one: rescue medication and 911.",
        ("missed sleep", "flashing lights", "fever"),
        ("No climbing above shoulder height without a spotter", "Swimming only with a watcher"),
        ("Staff trained in seizure first aid",),
        "May rest after a seizure, work made up later",
        (("midazolam", 0.8), ("levetiracetam", 0.15)),
        ("midazolam", "levetiracetam"),
        0.6,
    ),
    Condition(
        "Migraine",
        "G43.909",
        0.012,
        "Neurology",
        "Throbbing headaches with nausea, about twice a month.",
        "Early dose of ibuprofen, dark room, water.",
        "Lie down in a dark room for 30 minutes after the dose.",
        "Worst headache ever, stiff neck or weakness: 911.",
        ("skipped meals", "bright light", "stress"),
        (),
        ("Water bottle at the desk",),
        "May leave class at the first signs",
        (("ibuprofen", 0.6),),
        ("ibuprofen",),
        0.1,
        7,
    ),
    Condition(
        "Atopic dermatitis",
        "L20.9",
        0.018,
        "Pediatrics",
        "Dry, itching patches at elbows and knees, worse in winter.",
        "Moisturizer at the sink; cream as ordered.",
        "Cool compress, cream on the itching place.",
        "Spreading redness with fever: call the parents the same day.",
        ("dry air", "wool", "harsh soap"),
        (),
        ("Own soap",),
        None,
        (("hydrocortisone", 0.35),),
        ("hydrocortisone",),
        0.0,
    ),
    Condition(
        "Generalized anxiety disorder",
        "F41.1",
        0.02,
        "Psychiatry",
        "Worries about school and health; stomach aches on test days.",
        "Check-in with the counselor each week.",
        "Breathing exercise, five minutes in the quiet room.",
        "Talk of self-harm: do not leave alone, counselor and parents at once.",
        ("tests", "crowds"),
        (),
        ("Signal card to leave class",),
        "Tests in a separate room",
        (),
        (),
        0.25,
        7,
    ),
    Condition(
        "Celiac disease",
        "K90.0",
        0.006,
        "Pediatrics",
        "Well on a gluten-free diet.",
        "Gluten-free lunch from the kitchen; own toaster.",
        "Rest and fluids after gluten by mistake; tell the parents.",
        "Repeated vomiting: call the parents, 911 if faint.",
        ("gluten",),
        ("No wheat, rye or barley",),
        ("Kitchen has the diet order",),
        "Restroom pass",
        (),
        (),
        0.2,
    ),
    Condition(
        "Sickle-cell disease",
        "D57.1",
        0.001,
        "Pediatrics",
        "Painful crises, a few in a year.",
        "Fluids, warmth, pain medication early.",
        "Warm compress, water, ibuprofen, call the parents.",
        "Fever of 101 °F or more, chest pain or weakness: 911.",
        ("cold", "dehydration", "infection"),
        ("No swimming in cold water",),
        ("Water bottle at all times",),
        "Extra restroom breaks, indoor recess in the cold",
        (("ibuprofen", 0.9),),
        ("ibuprofen", "hydroxyurea"),
        0.6,
    ),
    Condition(
        "Cystic fibrosis",
        "E84.9",
        0.0004,
        "Pediatrics",
        "Cough and poor weight gain; enzymes with meals.",
        "Enzymes with lunch, salt and fluids in the heat.",
        "Cough and rest in private; call the parents for new chest pain.",
        "Coughing blood or hard breathing: 911.",
        ("colds", "heat"),
        ("Six feet from others with cystic fibrosis",),
        ("Good hand washing",),
        "Water and snacks in class",
        (("pancrelipase", 1.0),),
        ("pancrelipase",),
        0.7,
    ),
)


@dataclass(frozen=True, slots=True)
class Allergen:
    """Something students are allergic to."""

    name: str
    kind: str
    share: float
    reactions: tuple[str, ...]
    worst: float
    symptoms: str
    treatment: str


# `worst` is the share of those allergic who may go into anaphylaxis.
ALLERGENS = (
    Allergen("Peanuts", "FOOD", 0.018, ("hives", "swelling of the lips", "wheezing"), 0.45, "Itching mouth, hives", "Keep away; antihistamine for hives"),
    Allergen("Tree nuts", "FOOD", 0.01, ("hives", "vomiting", "wheezing"), 0.4, "Itching mouth, hives", "Keep away; antihistamine for hives"),
    Allergen("Milk", "FOOD", 0.01, ("hives", "stomach pain"), 0.1, "Stomach pain, rash", "Dairy-free lunch"),
    Allergen("Eggs", "FOOD", 0.007, ("hives", "vomiting"), 0.1, "Rash around the mouth", "Egg-free lunch"),
    Allergen("Shellfish", "FOOD", 0.005, ("hives", "swelling of the face"), 0.3, "Itching, swelling", "Keep away"),
    Allergen("Sesame", "FOOD", 0.003, ("hives", "wheezing"), 0.3, "Itching mouth, hives", "Keep away"),
    Allergen("Penicillin", "MEDICATION", 0.02, ("rash",), 0.03, "Rash within a day of a dose", "Choose another antibiotic"),
    Allergen("Sulfonamides", "MEDICATION", 0.004, ("rash", "fever"), 0.02, "Rash, fever", "Choose another antibiotic"),
    Allergen("Bee and wasp venom", "INSECT", 0.008, ("swelling", "hives", "dizziness"), 0.35, "Swelling beyond the sting", "Remove stinger, cold pack"),
    Allergen("Latex", "LATEX", 0.003, ("itching", "hives"), 0.08, "Itching hands", "Latex-free gloves and balloons"),
    Allergen("Ragweed pollen", "SEASONAL", 0.03, ("sneezing", "itching eyes"), 0.0, "Sneezing, runny nose", "Antihistamine, windows closed"),
    Allergen("Grass pollen", "SEASONAL", 0.025, ("sneezing", "itching eyes"), 0.0, "Sneezing, itching eyes", "Antihistamine after recess"),
    Allergen("Dust mites", "ENVIRONMENTAL", 0.015, ("sneezing", "cough"), 0.0, "Stuffy nose in the morning", "Antihistamine"),
    Allergen("Cat dander", "ANIMAL", 0.012, ("itching eyes", "cough"), 0.0, "Itching eyes", "No class pets; antihistamine"),
    Allergen("Chlorhexidine", "CHEMICAL", 0.0008, ("rash",), 0.05, "Rash where the skin was cleaned", "Clean skin with soap and water"),
)  # fmt: skip

EMERGENCY_PROTOCOL = (
    "1. Epinephrine into the outer thigh. 2. Call 911. 3. Lay down, legs up. "
    "4. Call the parents. 5. Second dose after 5 minutes if no better."
)
EPI_PEN_PLACES = (
    "Health office, red cabinet, first shelf",
    "Health office, unlocked drawer by the door",
    "With the student (carries own) and a spare in the health office",
    "Classroom emergency bag; spare in the health office",
    "Cafeteria, box at the serving line; second one in the health office",
)

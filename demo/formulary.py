"""The medications in the demo's health offices, and how they are ordered for students.

Doses are usual pediatric ones as the labels at DailyMed (dailymed.nlm.nih.gov) give them; controlled substances and
their schedules are those of 21 CFR 1308. Nothing here is advice: the demo's orders only have to look like orders.
"""

# ruff: noqa: E501 - a table reads best with one thing per line, however long

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drug:
    """A medication in stock."""

    name: str
    generic_name: str
    category: str
    form: str
    strength: str
    use: str
    stock: int
    minimum: int
    dea_schedule: str | None = None
    ndc: str | None = None
    refrigerated: bool = False


@dataclass(frozen=True, slots=True)
class OrderTemplate:
    """How a drug is ordered. `doses` are (least weight in kg, dose); `minute` is the time of a daily dose at school."""

    drug: str
    doses: tuple[tuple[float, str], ...]
    frequency: str
    route: str
    instructions: str
    side_effects: str
    reasons: tuple[str, ...] = ()
    minute: int | None = None

    def dose_for(self, weight: float) -> str:
        """The dose for a weight."""
        return [dose for least, dose in self.doses if weight >= least][-1]


DRUGS = (
    Drug("Ventolin HFA", "albuterol", "Bronchodilator", "Inhaler", "90 mcg/actuation", "Relieves wheezing", 64, 20, ndc="0173-0682-20"),
    Drug("Flovent HFA", "fluticasone", "Inhaled corticosteroid", "Inhaler", "44 mcg/actuation", "Prevents asthma", 18, 6),
    Drug("Albuterol nebules", "albuterol", "Bronchodilator", "Nebulizer solution", "2.5 mg/3 mL", "Relieves wheezing", 40, 50),
    Drug("EpiPen", "epinephrine", "Emergency", "Auto-injector", "0.3 mg", "Treats anaphylaxis", 48, 24, ndc="49502-500-02"),
    Drug("EpiPen Jr", "epinephrine", "Emergency", "Auto-injector", "0.15 mg", "Treats anaphylaxis", 22, 24, ndc="49502-501-02"),
    Drug("Benadryl", "diphenhydramine", "Antihistamine", "Oral liquid", "12.5 mg/5 mL", "Relieves allergic symptoms", 30, 10),
    Drug("Zyrtec", "cetirizine", "Antihistamine", "Tablet", "10 mg", "Relieves seasonal allergies", 180, 60),
    Drug("Claritin", "loratadine", "Antihistamine", "Tablet", "10 mg", "Relieves seasonal allergies", 150, 60),
    Drug("Ritalin", "methylphenidate", "Stimulant", "Tablet", "5 mg", "Treats ADHD", 620, 200, "II"),
    Drug("Ritalin", "methylphenidate", "Stimulant", "Tablet", "10 mg", "Treats ADHD", 540, 200, "II"),
    Drug("Adderall", "amphetamine mixed salts", "Stimulant", "Tablet", "10 mg", "Treats ADHD", 190, 200, "II"),
    Drug("Intuniv", "guanfacine", "Non-stimulant", "Extended-release tablet", "1 mg", "Treats ADHD", 90, 30),
    Drug("Humalog", "insulin lispro", "Insulin", "Vial", "100 units/mL", "Lowers blood glucose", 26, 10, ndc="0002-7510-01", refrigerated=True),
    Drug("Baqsimi", "glucagon", "Emergency", "Nasal powder", "3 mg", "Treats severe hypoglycemia", 14, 6),
    Drug("Glucose tablets", "dextrose", "Emergency", "Chewable tablet", "4 g", "Treats mild hypoglycemia", 300, 100),
    Drug("Diastat AcuDial", "diazepam", "Anticonvulsant", "Rectal gel", "10 mg", "Stops prolonged seizures", 12, 6, "IV"),
    Drug("Nayzilam", "midazolam", "Anticonvulsant", "Nasal spray", "5 mg", "Stops prolonged seizures", 10, 6, "IV"),
    Drug("Keppra", "levetiracetam", "Anticonvulsant", "Tablet", "500 mg", "Prevents seizures", 240, 60),
    Drug("Lyrica", "pregabalin", "Anticonvulsant", "Capsule", "75 mg", "Prevents seizures", 60, 20, "V"),
    Drug("Children's Tylenol", "acetaminophen", "Analgesic", "Oral liquid", "160 mg/5 mL", "Relieves pain and fever", 24, 12),
    Drug("Tylenol", "acetaminophen", "Analgesic", "Tablet", "325 mg", "Relieves pain and fever", 400, 100),
    Drug("Advil", "ibuprofen", "Analgesic", "Tablet", "200 mg", "Relieves pain and fever", 350, 100),
    Drug("Children's Motrin", "ibuprofen", "Analgesic", "Oral liquid", "100 mg/5 mL", "Relieves pain and fever", 8, 12),
    Drug("Imitrex", "sumatriptan", "Antimigraine", "Tablet", "25 mg", "Treats migraine", 36, 12),
    Drug("Pepcid", "famotidine", "Acid reducer", "Tablet", "20 mg", "Relieves heartburn", 100, 30),
    Drug("Tums", "calcium carbonate", "Antacid", "Chewable tablet", "500 mg", "Relieves heartburn", 200, 50),
    Drug("Creon", "pancrelipase", "Digestive enzyme", "Capsule", "12,000 units", "Replaces pancreatic enzymes", 300, 100),
    Drug("Hydrocortisone cream", "hydrocortisone", "Topical corticosteroid", "Cream", "1 %", "Relieves itching", 36, 10),
    Drug("Bacitracin", "bacitracin", "Topical antibiotic", "Ointment", "500 units/g", "Guards small wounds", 48, 24),
    Drug("Calamine lotion", "calamine", "Topical", "Lotion", "8 %", "Relieves itching", 20, 8),
    Drug("Saline eye wash", "sodium chloride", "Ophthalmic", "Solution", "0.9 %", "Rinses the eye", 40, 20),
    Drug("Amoxil", "amoxicillin", "Antibiotic", "Oral liquid", "400 mg/5 mL", "Treats bacterial infections", 12, 4, refrigerated=True),
    Drug("Zofran ODT", "ondansetron", "Antiemetic", "Disintegrating tablet", "4 mg", "Relieves nausea", 60, 20),
    Drug("MiraLAX", "polyethylene glycol 3350", "Laxative", "Powder", "17 g", "Relieves constipation", 30, 10),
    Drug("Narcan", "naloxone", "Emergency", "Nasal spray", "4 mg", "Reverses opioid overdose", 24, 12),
    Drug("Melatonin", "melatonin", "Sleep aid", "Tablet", "3 mg", "Eases sleep on overnight trips", 60, 20),
    Drug("Vyvanse", "lisdexamfetamine", "Stimulant", "Chewable tablet", "20 mg", "Treats ADHD", 80, 30, "II"),
    Drug("Ativan", "lorazepam", "Anxiolytic", "Tablet", "0.5 mg", "Stops clusters of seizures", 20, 10, "IV"),
)  # fmt: skip

DRUG_NUMBER = {f"{drug.name} {drug.strength}": number for number, drug in enumerate(DRUGS)}

LUNCH = 12 * 60
MORNING = 9 * 60 + 30

ORDERS = {
    "albuterol": OrderTemplate(
        "Ventolin HFA 90 mcg/actuation",
        ((0, "2 puffs"),),
        "Every 4 hours as needed; 15 minutes before exercise",
        "Inhaled",
        "Shake well, use with spacer, wait one minute between puffs. Send to class when breathing is easy.",
        "Shakiness, fast heartbeat",
        ("Wheezing after recess", "Cough and tight chest", "Before physical education", "Shortness of breath in gym"),
    ),
    "fluticasone": OrderTemplate(
        "Flovent HFA 44 mcg/actuation",
        ((0, "2 puffs"),),
        "Once a day on school days",
        "Inhaled",
        "Use with spacer. Rinse the mouth afterwards.",
        "Hoarse voice, sore mouth",
        minute=MORNING,
    ),
    "epinephrine": OrderTemplate(
        "EpiPen 0.3 mg",
        ((0, "0.3 mg"),),
        "At once for anaphylaxis; once more after 5 minutes if there is no relief",
        "Intramuscular, outer thigh",
        "Inject through clothing and hold for 3 seconds. Call 911, then the parents. Keep the student lying down.",
        "Fast heartbeat, pallor, shakiness",
        ("Hives and wheezing after eating", "Throat tightness after a sting"),
    ),
    "epinephrine jr": OrderTemplate(
        "EpiPen Jr 0.15 mg",
        ((0, "0.15 mg"),),
        "At once for anaphylaxis; once more after 5 minutes if there is no relief",
        "Intramuscular, outer thigh",
        "Inject through clothing and hold for 3 seconds. Call 911, then the parents. Keep the student lying down.",
        "Fast heartbeat, pallor, shakiness",
        ("Hives and wheezing after eating", "Throat tightness after a sting"),
    ),
    "methylphenidate": OrderTemplate(
        "Ritalin 5 mg",
        ((0, "5 mg (1 tablet)"),),
        "Once a day at lunch on school days",
        "By mouth",
        "Give after lunch with water; watch that it is swallowed. Count the tablets with a witness.",
        "Poor appetite, headache, trouble sleeping",
        minute=LUNCH,
    ),
    "methylphenidate 10": OrderTemplate(
        "Ritalin 10 mg",
        ((0, "10 mg (1 tablet)"),),
        "Once a day at lunch on school days",
        "By mouth",
        "Give after lunch with water; watch that it is swallowed. Count the tablets with a witness.",
        "Poor appetite, headache, trouble sleeping",
        minute=LUNCH,
    ),
    "insulin": OrderTemplate(
        "Humalog 100 units/mL",
        ((0, "2 units"), (25, "3 units"), (35, "5 units"), (50, "7 units")),
        "Once a day before lunch on school days",
        "Subcutaneous",
        "Check blood glucose first; hold the dose and call the parents below 70 mg/dL. Change the site each day.",
        "Low blood glucose: shakiness, sweating, confusion",
        minute=LUNCH - 20,
    ),
    "glucagon": OrderTemplate(
        "Baqsimi 3 mg",
        ((0, "3 mg"),),
        "Once for severe hypoglycemia",
        "Intranasal",
        "Give when the student cannot swallow or is unconscious. Call 911, turn on the side.",
        "Nausea, headache, watery eyes",
        ("Glucose 41 mg/dL, drowsy and unable to drink",),
    ),
    "midazolam": OrderTemplate(
        "Nayzilam 5 mg",
        ((0, "5 mg"),),
        "Once for a seizure that lasts longer than 5 minutes",
        "Intranasal",
        "One spray into one nostril. Call 911. Time the seizure and stay with the student.",
        "Sleepiness, irritated nose",
        ("Generalized seizure of more than 5 minutes",),
    ),
    "levetiracetam": OrderTemplate(
        "Keppra 500 mg",
        ((0, "250 mg (1/2 tablet)"), (30, "500 mg (1 tablet)")),
        "Once a day at lunch on school days",
        "By mouth",
        "Give with water. Do not skip a dose; call the parents if one is missed.",
        "Sleepiness, irritability",
        minute=LUNCH,
    ),
    "ibuprofen": OrderTemplate(
        "Advil 200 mg",
        ((0, "200 mg (1 tablet)"), (45, "400 mg (2 tablets)")),
        "Every 6 hours as needed for pain",
        "By mouth",
        "Give with food. No more than one dose in a school day without a call to the parents.",
        "Upset stomach",
        ("Headache, no fever", "Menstrual cramps", "Sore ankle after practice", "Start of a migraine"),
    ),
    "acetaminophen": OrderTemplate(
        "Children's Tylenol 160 mg/5 mL",
        ((0, "240 mg (7.5 mL)"), (22, "320 mg (10 mL)"), (33, "480 mg (15 mL)")),
        "Every 6 hours as needed for pain or fever",
        "By mouth",
        "Measure with the syringe. Call the parents for a temperature above 100.4 °F.",
        "Rare at this dose",
        ("Headache, no fever", "Toothache", "Sore throat", "Earache"),
    ),
    "cetirizine": OrderTemplate(
        "Zyrtec 10 mg",
        ((0, "5 mg (1/2 tablet)"), (25, "10 mg (1 tablet)")),
        "Once a day as needed",
        "By mouth",
        "Give with water.",
        "Sleepiness, dry mouth",
        ("Sneezing and itchy eyes", "Runny nose after recess", "Hives on the arms, breathing normal"),
    ),
    "pancrelipase": OrderTemplate(
        "Creon 12,000 units",
        ((0, "2 capsules"), (40, "3 capsules")),
        "Once a day with lunch on school days",
        "By mouth",
        "Give with the first bites. Do not crush or chew.",
        "Stomach cramps",
        minute=LUNCH,
    ),
    "hydrocortisone": OrderTemplate(
        "Hydrocortisone cream 1 %",
        ((0, "Thin layer"),),
        "Twice a day as needed",
        "On the skin",
        "Put on the itching place with gloves. Not on the face.",
        "Burning of the skin",
        ("Itching inside of the elbows", "Itching patch behind the knee"),
    ),
}

"""The vaccines a school asks for, with ages, codes and products.

Sources: CDC, "Child and Adolescent Immunization Schedule by Age" (2025); CVX codes from the CDC's table of CVX codes
(www2a.cdc.gov/vaccines/iis/iisstandards); editions of the Vaccine Information Statements from CDC's list of VIS.
A school's register holds what the state asks proof of: both doses of the short series, and of the long infant series
(hepatitis B, DTaP, polio) the dose that completes it; the earlier ones stay with the state's immunization registry.
"""

import datetime
from dataclasses import dataclass

YEAR = 365.2425
MONTH = YEAR / 12


@dataclass(frozen=True, slots=True)
class Product:
    """A vaccine on the market, since a year if that matters here."""

    name: str
    manufacturer: str
    cvx: str
    ndc: str | None = None
    since: int = 0


@dataclass(frozen=True, slots=True)
class Dose:
    """A dose of a series: `number` of `total`, at an age in days within a window, and no earlier than `least_age`."""

    vaccine: str
    number: int
    total: int
    age: tuple[int, int]
    least_age: int
    visit: str


@dataclass(frozen=True, slots=True)
class Vaccine:
    """What the doses of a series have in common."""

    type: str
    products: tuple[Product, ...]
    route: str
    amount: str
    vis: int
    live: bool = False
    required: bool = True


def _vis(year: int, month: int, day: int) -> int:
    return datetime.date(year, month, day).toordinal()


VACCINES = {
    "HepB": Vaccine(
        "HEPATITIS_B",
        (
            Product("Engerix-B", "GlaxoSmithKline", "08", "58160-820-11"),
            Product("Recombivax HB", "Merck Sharp & Dohme", "08"),
        ),
        "INTRAMUSCULAR",
        "0.5 mL",
        _vis(2023, 5, 12),
    ),
    "DTaP": Vaccine(
        "DTaP",
        (
            Product("Infanrix", "GlaxoSmithKline", "20", "58160-810-11"),
            Product("Daptacel", "Sanofi Pasteur", "106", "49281-286-10"),
        ),
        "INTRAMUSCULAR",
        "0.5 mL",
        _vis(2021, 8, 6),
    ),
    "IPV": Vaccine(
        "POLIO", (Product("IPOL", "Sanofi Pasteur", "10", "49281-860-10"),), "INTRAMUSCULAR", "0.5 mL", _vis(2021, 8, 6)
    ),
    "MMR": Vaccine(
        "MMR",
        (
            Product("M-M-R II", "Merck Sharp & Dohme", "03", "0006-4681-00"),
            Product("Priorix", "GlaxoSmithKline", "03", since=2023),
        ),
        "SUBCUTANEOUS",
        "0.5 mL",
        _vis(2021, 8, 6),
        live=True,
    ),
    "VAR": Vaccine(
        "VARICELLA",
        (Product("Varivax", "Merck Sharp & Dohme", "21", "0006-4827-00"),),
        "SUBCUTANEOUS",
        "0.5 mL",
        _vis(2021, 8, 6),
        live=True,
    ),
    "Tdap": Vaccine(
        "TDAP",
        (
            Product("Boostrix", "GlaxoSmithKline", "115", "58160-842-11"),
            Product("Adacel", "Sanofi Pasteur", "115", "49281-400-10"),
        ),
        "INTRAMUSCULAR",
        "0.5 mL",
        _vis(2021, 8, 6),
    ),
    "MenACWY": Vaccine(
        "MENINGOCOCCAL",
        (
            Product("Menveo", "GlaxoSmithKline", "136"),
            Product("MenQuadfi", "Sanofi Pasteur", "203", "49281-590-05", since=2021),
        ),
        "INTRAMUSCULAR",
        "0.5 mL",
        _vis(2021, 8, 6),
    ),
    "HPV": Vaccine(
        "HPV",
        (Product("Gardasil 9", "Merck Sharp & Dohme", "165", "0006-4121-02"),),
        "INTRAMUSCULAR",
        "0.5 mL",
        _vis(2021, 8, 6),
        required=False,
    ),
}


def _days(years: float) -> int:
    return round(years * YEAR)


_TODDLER = (round(12.2 * MONTH), round(15.9 * MONTH))
_ENTRY = (_days(4.02), _days(5.6))
_TWEEN = (_days(11.02), _days(12.6))

# In the order of age, which is the order in which a child's doses are made up.
SCHEDULE = (
    Dose("HepB", 3, 3, (round(6.1 * MONTH), round(18 * MONTH)), 24 * 7, "infant"),
    Dose("MMR", 1, 2, _TODDLER, _days(1.0), "toddler"),
    Dose("VAR", 1, 2, _TODDLER, _days(1.0), "toddler"),
    Dose("DTaP", 5, 5, _ENTRY, _days(4.0), "entry"),
    Dose("IPV", 4, 4, _ENTRY, _days(4.0), "entry"),
    Dose("MMR", 2, 2, _ENTRY, _days(4.0), "entry"),
    Dose("VAR", 2, 2, _ENTRY, _days(4.0), "entry"),
    Dose("Tdap", 1, 1, _TWEEN, _days(11.0), "tween"),
    Dose("MenACWY", 1, 2, _TWEEN, _days(11.0), "tween"),
    Dose("HPV", 1, 2, _TWEEN, _days(9.0), "tween"),
    Dose("HPV", 2, 2, (_days(12.65), _days(13.6)), _days(9.5), "tween 2"),
    Dose("MenACWY", 2, 2, (_days(16.02), _days(17.0)), _days(16.0), "teen"),
)
# The latest age at which the next dose counts as in time, by series and number of the dose that is due.
DUE_AGE = {(dose.vaccine, dose.number): dose.age[1] for dose in SCHEDULE}

# Before 2024 the vaccines against influenza had four strains, since then three.
FLU_TRIVALENT_SINCE = 2024
FLU_VIS = _vis(2021, 8, 6)
FLU_INJECTED = {
    4: Product("Fluzone Quadrivalent", "Sanofi Pasteur", "150"),
    3: Product("Fluzone", "Sanofi Pasteur", "140"),
}
FLU_NASAL = {
    4: Product("FluMist Quadrivalent", "AstraZeneca", "149"),
    3: Product("FluMist", "AstraZeneca", "111"),
}

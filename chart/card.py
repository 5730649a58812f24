"""What stands on an emergency card, in words and in the order of need; how it looks is `card_layout`'s and others'.

A card is one page, whatever there is to say. So the words come in levels: at level 0 nothing is left out, and each
further level says less of the long texts, and later runs the short ones together. An allergy is never left out, and
the card says what was shortened.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.formats import date_format

from chart.emergency_facts import (
    AllergyFact,
    ConditionFact,
    ContactFact,
    EmergencyFacts,
    EpiPen,
    MedicationFact,
)
from health.models import AllergySeverity

NOT_SHOWN = "Not on this card"
NOT_RECORDED = "not recorded"
BLANK = "_" * 24


@dataclass(frozen=True, slots=True)
class Level:
    """How much is said. Numbers are characters; None is no limit, 0 leaves the text out."""

    text: int | None  # of what to do about a severe allergy; see _weight for the others
    name: int | None  # of an allergen, a medication, a person
    background: int | None  # of a text on a condition or a daily medication
    runs_together: bool = False  # daily medications, and conditions without a plan, are a line each
    only_names: bool = False  # allergies are a list of names with their severity


LEVELS = (
    Level(None, None, None),
    Level(600, 120, 300),
    Level(420, 120, 200),
    Level(300, 100, 140),
    Level(220, 100, 90),
    Level(150, 80, 60, runs_together=True),
    Level(100, 80, 40, runs_together=True),
    Level(70, 60, 0, runs_together=True),
    Level(50, 60, 0, runs_together=True),
    Level(35, 60, 0, runs_together=True),
    Level(35, 48, 0, runs_together=True, only_names=True),
    Level(0, 48, 0, runs_together=True, only_names=True),
    Level(0, 24, 0, runs_together=True, only_names=True),
)
NAMES_ONLY = next(place for place, level in enumerate(LEVELS) if level.only_names)
_FEWEST = 40  # characters; less of a text says nothing

# Names of auto-injectors, of which the allergy says where they are.
_PENS = ("epinephrine", "epipen", "auvi-q", "adrenaclick", "neffy")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a card: what it is about in bold, a warning in bold, and the rest."""

    lead: str
    tag: str = ""
    text: str = ""

    @property
    def bold(self) -> str:
        """What stands in bold."""
        bold = " \N{EN DASH} ".join(part for part in (self.lead, self.tag) if part)
        needs_colon = bold and self.text and not self.text.startswith("(") and not bold.endswith(":")
        return f"{bold}:" if needs_colon else bold


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a card. One with a border is what must be seen first."""

    title: str
    lines: tuple[Line, ...]
    has_border: bool = False
    is_numbered: bool = False


@dataclass(frozen=True, slots=True)
class CardText:
    """The words of a card at a level, and the titles of the sections that say less than the record does."""

    sections: tuple[Section, ...]
    shortened: tuple[str, ...]


class Shortener:
    """Cuts texts to the length of a level, and remembers in which section it did."""

    def __init__(self, level: Level) -> None:
        self.level = level
        self.section = ""
        self.shortened: dict[str, None] = {}

    def text(self, text: str, weight: float = 1) -> str:
        """A text that may be long, with more or less room than others."""
        limit = self.level.text
        return self._cut(text, limit if limit is None else int(limit * weight))

    def background(self, text: str) -> str:
        """A text that may be long, and that nobody needs in the first minutes."""
        return self._cut(text, self.level.background)

    def name(self, text: str) -> str:
        """A name, of which something always remains."""
        return self._cut(text, self.level.name)

    def note(self) -> None:
        """Something of this section was left out."""
        self.shortened[self.section] = None

    def _cut(self, text: str, limit: int | None) -> str:
        text = " ".join(text.split())  # a card has no room for empty lines
        if limit is None or len(text) <= limit:
            return text
        self.note()
        if limit < _FEWEST and limit != self.level.name:
            return ""
        head = text[:limit]
        start, space, _ = head.rpartition(" ")
        return f"{(start if space and len(start) > limit // 2 else head).rstrip(' ,;.')}…"


def card_text(facts: EmergencyFacts, today: datetime.date, level: int = 0) -> CardText:
    """The words of a student's card. `level` is an index of LEVELS: 0 is everything, the last is the least."""
    words = Shortener(LEVELS[level])
    sections = [*_health(facts, today, words), *_people(facts, words), *_background(facts, words)]
    return CardText(tuple(sections), tuple(words.shortened))


# --- Sections ---------------------------------------------------------------------------------------------------------


def _health(facts: EmergencyFacts, today: datetime.date, words: Shortener) -> Iterable[Section]:
    if facts.allergies is None and facts.conditions is None and facts.emergency_medications is None:
        text = "allergies, conditions and medications. Whoever printed it may not see them. Ask the school nurse."
        yield Section("Health", (Line(NOT_SHOWN, text=text),), has_border=True)
        return
    if facts.allergies is not None:
        words.section = "allergies"
        yield Section("Allergies", tuple(_allergies(facts.allergies, words)), has_border=True)
        words.section = "what to do"
        if protocols := tuple(_protocols(facts.allergies, words)):
            yield Section("What to do", protocols)
    words.section = "emergency medication"
    if lines := (*_pens(facts, words), *_emergency_medications(facts, today, words)):
        yield Section("EpiPen, inhaler, emergency medication", lines)


def _people(facts: EmergencyFacts, words: Shortener) -> Iterable[Section]:
    words.section = "contacts"
    if facts.contacts is not None:
        lines = tuple(_contact(contact, words) for contact in _first(facts.contacts, 8, words))
        yield Section("Call in this order", lines or (Line("No contacts on record"),), is_numbered=bool(lines))
    words.section = "doctors"
    if facts.doctors:
        yield Section("Doctor", tuple(_contact(doctor, words) for doctor in _first(facts.doctors, 4, words)))


def _background(facts: EmergencyFacts, words: Shortener) -> Iterable[Section]:
    words.section = "conditions"
    if facts.conditions is not None:
        yield Section("Conditions", tuple(_conditions(facts.conditions, words)) or (Line("None on record"),))
    words.section = "medications"
    if facts.daily_medications is not None:
        lines = tuple(_daily(facts.daily_medications, words))
        yield Section("Medications at school", lines or (Line("None on record"),))


def _first[T](things: Sequence[T], count: int, words: Shortener) -> Sequence[T]:
    """All of them, or the first few where room is scarce."""
    if not words.level.runs_together or len(things) <= count:
        return things
    words.note()
    return things[:count]


# --- Lines ------------------------------------------------------------------------------------------------------------


def _allergies(allergies: Sequence[AllergyFact], words: Shortener) -> Iterable[Line]:
    if not allergies:
        yield Line("No allergies on record")
    elif not words.level.only_names:
        for allergy in allergies:
            yield Line(words.name(allergy.allergen), _severity(allergy), words.text(allergy.reaction, 0.8))
    else:
        for severity in sorted({allergy.severity for allergy in allergies}, key=_gravity):
            of_this = [allergy for allergy in allergies if allergy.severity == severity]
            for allergy in of_this:
                words.text(allergy.reaction, 0.8)
            names = "; ".join(words.name(allergy.allergen) for allergy in of_this)
            yield Line("", f"{_severity(of_this[0])} ({len(of_this)})", names)


def _protocols(allergies: Sequence[AllergyFact], words: Shortener) -> Iterable[Line]:
    """What to do for which allergies: a text that serves several stands once."""
    by_text: dict[str, list[AllergyFact]] = {}
    for allergy in allergies:
        signs = f"First signs: {allergy.symptoms}" if allergy.symptoms else ""
        parts = [allergy.emergency_protocol or allergy.treatment, signs]
        text = " ".join(f"{part.rstrip('.')}." for part in parts if part)
        if text or allergy.is_grave:
            by_text.setdefault(text, []).append(allergy)
    for text, of_these in by_text.items():
        names = words.name(", ".join(words.name(allergy.allergen) for allergy in of_these))
        lead = "" if len(of_these) == len(allergies) else names
        if text:
            if shown := words.text(text, max(_weight(allergy) for allergy in of_these)):
                yield Line(lead, text=shown)
        else:
            yield Line(lead, text=f"what to do is {NOT_RECORDED}.")


def _pens(facts: EmergencyFacts, words: Shortener) -> Iterable[Line]:
    pens = facts.epi_pens or ()
    for pen in pens:
        of_which = f" ({words.name(', '.join(pen.allergens))})" if len(pens) > 1 else ""
        yield Line(f"EpiPen{of_which}", "EXPIRED" if pen.is_expired else "", _where(pen, words))


def _where(pen: EpiPen, words: Shortener) -> str:
    place = words.name(pen.location) if pen.location else f"place {NOT_RECORDED}: {BLANK}"
    last_day = f"expires {_date(pen.expires)}" if pen.expires else f"expiration {NOT_RECORDED}: {BLANK}"
    return f"{place}; {last_day.replace('expires', 'expired') if pen.is_expired else last_day}"


def _emergency_medications(facts: EmergencyFacts, today: datetime.date, words: Shortener) -> Iterable[Line]:
    has_pen = bool(facts.epi_pens)
    for order in facts.emergency_medications or ():
        is_pen = any(word in order.name.casefold() for word in _PENS)
        kept = "" if has_pen and is_pen else f"Kept at {BLANK}"
        expired = order.stock_expires is not None and order.stock_expires < today
        stock = f"School stock expires {_date(order.stock_expires)}" if order.stock_expires and not expired else ""
        yield Line(
            words.name(order.name),
            "SCHOOL STOCK EXPIRED" if expired else "",
            _sentences(_dose(order, words), words.text(order.instructions), stock, kept),
        )


def _contact(contact: ContactFact, words: Shortener) -> Line:
    phones = " or ".join(phone.text for phone in contact.phones)
    if not phones:
        phones = f"no number on record{f', {contact.email}' if contact.email else ''}"
    rights = [
        words_for
        for words_for, applies in (
            ("may consent to treatment", contact.may_decide),
            ("may NOT pick up", contact.may_pick_up is False),
        )
        if applies
    ]
    about = ", ".join((words.name(contact.relationship), *rights))
    return Line(words.name(contact.name), phones, f"({about})" if about else "")


def _conditions(conditions: Sequence[ConditionFact], words: Shortener) -> Iterable[Line]:
    if words.level.only_names:
        for condition in conditions:
            words.text(condition.emergency_protocol + condition.action_plan)
        if conditions:
            yield Line("", text="; ".join(words.name(condition.name) for condition in _first(conditions, 20, words)))
        return
    plain = []
    for condition in conditions:
        if not condition.has_plan and words.level.runs_together:
            plain.append(words.name(condition.name))
            words.note()
        else:
            yield _condition(condition, words)
    if plain:
        yield Line("Also", text="; ".join(plain))


def _condition(condition: ConditionFact, words: Shortener) -> Line:
    parts = [
        words.text(condition.action_plan, 0.5),
        f"Emergency: {text}" if (text := words.text(condition.emergency_protocol)) else "",
        f"Triggers: {text}" if (text := words.background(", ".join(condition.triggers))) else "",
        f"Must not: {text}" if (text := words.background(", ".join(condition.restrictions))) else "",
        words.background("; ".join(condition.precautions)),
    ]
    return Line(words.name(condition.name), condition.severity.label.lower(), _sentences(*parts))


def _daily(orders: Sequence[MedicationFact], words: Shortener) -> Iterable[Line]:
    if not words.level.runs_together:
        for order in orders:
            yield Line(
                words.name(order.name), text=_sentences(_dose(order, words), words.background(order.instructions))
            )
    elif orders:
        words.note()
        shown = _first(orders, 20, words)
        yield Line("", text="; ".join(f"{words.name(order.name)} {words.name(order.dosage)}" for order in shown))


def _dose(order: MedicationFact, words: Shortener) -> str:
    parts = (order.dosage, _in_a_sentence(order.route), _in_a_sentence(order.frequency))
    return ", ".join(part for part in map(words.name, parts) if part)


def _in_a_sentence(text: str) -> str:
    """A phrase with a small first letter, unless it is an abbreviation."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _severity(allergy: AllergyFact) -> str:
    label = allergy.severity.label
    if allergy.is_life_threatening:
        return f"▲ {label.upper()}"
    return label.upper() if allergy.is_grave else label.lower()


def _weight(allergy: AllergyFact) -> float:
    """Share of the room that what to do about an allergy has: the graver, the longer it stays."""
    return {AllergySeverity.LIFE_THREATENING: 3, AllergySeverity.SEVERE: 1}.get(allergy.severity, 0.4)


def _gravity(severity: AllergySeverity) -> int:
    return -list(AllergySeverity).index(severity)


def _sentences(*parts: str) -> str:
    return " ".join(part if part.endswith(("…", ".", "_")) else f"{part}." for part in parts if part)


def _date(day: datetime.date | None) -> str:
    return date_format(day, "M j, Y") if day else ""

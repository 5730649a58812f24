"""What somebody must know before anything else: what the student can die of, and what to do then."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import configuration
from health.declared_settings import EPI_PEN_DAYS
from health.models import Allergy, AllergySeverity, ChronicCondition

_DANGEROUS = (AllergySeverity.LIFE_THREATENING, AllergySeverity.SEVERE)


@dataclass(frozen=True)
class EpiPen:
    """An epinephrine auto-injector that must be at hand."""

    location: str
    expires: datetime.date | None
    state: str  # "good", "soon", "expired" or "unknown"


@dataclass(frozen=True)
class Danger:
    """An allergy that is severe or worse."""

    allergy: Allergy
    is_life_threatening: bool
    signs: str
    steps: Sequence[str]
    epi_pen: EpiPen | None


@dataclass(frozen=True)
class Protocol:
    """What to do in an emergency of a condition."""

    condition: ChronicCondition
    steps: Sequence[str]


@dataclass(frozen=True)
class Banner:
    """The dangerous allergies, worst first, the others, and what to do in an emergency of a condition."""

    dangers: Sequence[Danger]
    others: Sequence[Allergy]
    protocols: Sequence[Protocol]
    knows_allergies: bool

    @property
    def is_life_threatening(self) -> bool:
        """Whether there is anything this student can die of."""
        return any(danger.is_life_threatening for danger in self.dangers)


def banner_of(
    allergies: Sequence[Allergy] | None, conditions: Sequence[ChronicCondition] | None, today: datetime.date
) -> Banner:
    """The banner from a student's current allergies and conditions; None for what the person may not see."""
    found = allergies or ()
    return Banner(
        dangers=[_danger(allergy, today) for allergy in found if allergy.severity in _DANGEROUS],
        others=[allergy for allergy in found if allergy.severity not in _DANGEROUS],
        protocols=[
            Protocol(condition, steps(condition.emergency_protocol))
            for condition in conditions or ()
            if condition.emergency_protocol
        ],
        knows_allergies=allergies is not None,
    )


def allergies_of(student: Any) -> list[Allergy]:
    """The student's current allergies, worst first. One query."""
    return list(Allergy.objects.filter(student=student, is_active=True).order_by("-severity", "allergen"))


def _danger(allergy: Allergy, today: datetime.date) -> Danger:
    return Danger(
        allergy=allergy,
        is_life_threatening=allergy.severity == AllergySeverity.LIFE_THREATENING,
        signs=allergy.symptoms or allergy.reaction or ", ".join(allergy.reactions),
        steps=steps(allergy.emergency_protocol),
        epi_pen=epi_pen_of(allergy, today),
    )


def steps(protocol: str | None) -> list[str]:
    """What to do, one step each, if the text numbers them ("1. ... 2. ..."); else the text as it is."""
    text = (protocol or "").strip()
    if not re.match(r"1[.)] ", text):
        return [text] if text else []
    return [step for part in re.split(r"(?:^|\s)\d{1,2}[.)] ", text) if (step := part.strip())]


def epi_pen_of(allergy: Allergy, today: datetime.date) -> EpiPen | None:
    """The auto-injector for an allergy, if one is required or known of."""
    expires = allergy.epi_pen_expiration
    if not (allergy.epi_pen_required or allergy.epi_pen_location or expires):
        return None
    if expires is None:
        state = "unknown"
    elif expires < today:
        state = "expired"
    else:
        soon = datetime.timedelta(days=configuration.get(EPI_PEN_DAYS))
        state = "soon" if expires <= today + soon else "good"
    return EpiPen(allergy.epi_pen_location or "", expires, state)

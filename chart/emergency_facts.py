"""The facts that matter in an emergency, as `chart.emergency` gives them: read from rows once, then only shown."""

import datetime
import re
from dataclasses import dataclass
from uuid import UUID

from health.models import AllergySeverity, ConditionSeverity, ConditionStatus


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number as it was typed."""

    text: str

    @property
    def href(self) -> str:
        """The number as a link that dials it (RFC 3966)."""
        number, _, extension = re.sub(r"ext\.?|x", "x", self.text.lower()).partition("x")
        digits = ("+" if number.strip().startswith("+") else "") + re.sub(r"\D", "", number)
        return f"tel:{digits};ext={extension.strip()}" if extension.strip() else f"tel:{digits}"


@dataclass(frozen=True, slots=True)
class AllergyFact:
    """A current allergy. Texts are "" where nothing was written."""

    pk: UUID
    allergen: str
    kind: str
    severity: AllergySeverity
    reaction: str
    symptoms: str
    treatment: str
    emergency_protocol: str
    epi_pen_required: bool

    @property
    def is_life_threatening(self) -> bool:
        """Whether a reaction may kill."""
        return self.severity == AllergySeverity.LIFE_THREATENING

    @property
    def is_grave(self) -> bool:
        """Whether a reaction may kill, or is severe."""
        return self.severity in (AllergySeverity.LIFE_THREATENING, AllergySeverity.SEVERE)


@dataclass(frozen=True, slots=True)
class EpiPen:
    """An epinephrine auto-injector that must be at hand. `location` is "" and `expires` None where nobody wrote it."""

    allergens: tuple[str, ...]
    location: str
    expires: datetime.date | None
    is_expired: bool


@dataclass(frozen=True, slots=True)
class MedicationFact:
    """An order that stands today."""

    pk: UUID
    name: str
    dosage: str
    frequency: str
    route: str
    instructions: str
    prescribed_by: str
    is_inhaler: bool
    is_emergency: bool
    stock_expires: datetime.date | None  # of the office's stock; a family's own package is not recorded


@dataclass(frozen=True, slots=True)
class ConditionFact:
    """A chronic condition that is active, managed or monitored."""

    pk: UUID
    name: str
    severity: ConditionSeverity
    status: ConditionStatus
    action_plan: str
    emergency_protocol: str
    triggers: tuple[str, ...]
    restrictions: tuple[str, ...]
    precautions: tuple[str, ...]
    accommodations: str

    @property
    def has_plan(self) -> bool:
        """Whether somebody wrote down what to do when it gets worse."""
        return bool(self.action_plan or self.emergency_protocol)


@dataclass(frozen=True, slots=True)
class ContactFact:
    """Somebody to call."""

    name: str
    relationship: str
    phones: tuple[Phone, ...]
    email: str
    may_pick_up: bool | None  # None: not recorded, as for contacts that are in no calling order
    may_decide: bool | None
    notes: str


@dataclass(frozen=True, slots=True)
class EmergencyFacts:
    """What one must know about one student. None: the role of who asks may not view this part; () there is none.

    Attributes:
        life_threatening: allergies that may kill.
        other_allergies: all others, worst first.
        epi_pens: auto-injectors, with where they are; one that serves several allergies stands once.
        emergency_medications: rescue inhalers and what else is given at once, inhalers first.
        daily_medications: the other orders that stand today.
        conditions: worst first.
        contacts: in calling order: the emergency contacts by priority, then parents and guardians not among them.
        doctors: the student's providers, then whoever prescribed without being among them (no number known).
    """

    student_id: UUID
    life_threatening: tuple[AllergyFact, ...] | None
    other_allergies: tuple[AllergyFact, ...] | None
    epi_pens: tuple[EpiPen, ...] | None
    emergency_medications: tuple[MedicationFact, ...] | None
    daily_medications: tuple[MedicationFact, ...] | None
    conditions: tuple[ConditionFact, ...] | None
    contacts: tuple[ContactFact, ...] | None
    doctors: tuple[ContactFact, ...] | None

    @property
    def allergies(self) -> tuple[AllergyFact, ...] | None:
        """All of them, worst first."""
        if self.life_threatening is None or self.other_allergies is None:
            return None
        return self.life_threatening + self.other_allergies

    @property
    def severe_allergies(self) -> tuple[AllergyFact, ...] | None:
        """The severe ones that are not life-threatening."""
        return self.other_allergies and tuple(allergy for allergy in self.other_allergies if allergy.is_grave)

    @property
    def inhalers(self) -> tuple[MedicationFact, ...] | None:
        """The rescue inhalers among the emergency medications."""
        return self.emergency_medications and tuple(order for order in self.emergency_medications if order.is_inhaler)

    @property
    def conditions_with_plan(self) -> tuple[ConditionFact, ...] | None:
        """The conditions with an emergency protocol or an action plan."""
        return self.conditions and tuple(condition for condition in self.conditions if condition.has_plan)

"""Students about whom there is more to know than a page holds."""

from core.models import ContactType
from health.models import AllergySeverity
from tests.factories.core import ContactFactory, StudentFactory
from tests.factories.health import AllergyFactory, ChronicConditionFactory
from tests.factories.incidents import EmergencyContactFactory
from tests.factories.medications import MedicationFactory, StudentMedicationFactory

PROTOCOL = (
    "At the first hives, swelling or wheezing: 1. Epinephrine into the outer thigh, note the time. 2. Call 911 and say "
    "anaphylaxis. 3. Lay down, legs up. 4. A second dose after 5 minutes if there is no relief. 5. Call the parents. "
)


def needy_student(allergies=12, **fields):
    """A student with so many allergies, each with a long protocol of its own, and more of everything else."""
    student = StudentFactory.create(**fields)
    severities = list(reversed(AllergySeverity))
    for number in range(allergies):
        AllergyFactory.create(
            student=student,
            allergen=f"Allergen{number:03} of the tree nuts",
            severity=severities[number % len(severities)],
            reaction="Swelling of the lips, hives all over, vomiting, wheezing within minutes",
            emergency_protocol=f"{PROTOCOL * 3}Protocol {number}",
            epi_pen_required=number < 2,
        )
    for number in range(3):
        ChronicConditionFactory.create(student=student, condition_name=f"Condition{number}", action_plan=PROTOCOL * 4)
        StudentMedicationFactory.create(
            student=student, medication=MedicationFactory.create(name=f"Drug{number}"), instructions=PROTOCOL
        )
        EmergencyContactFactory.create(student=student, name=f"Person{number}", priority=number + 1)
        ContactFactory.create(student=student, last_name=f"Doctor{number}", type=ContactType.PROVIDER)
    return student

"""What one must know at once."""

import datetime

import pytest
from django.utils import timezone

from chart.banner import steps
from core.models import UserRole
from health.models import AllergySeverity, ConditionStatus
from tests.chart.charts import content, links, part, text, url
from tests.factories.health import AllergyFactory, ChronicConditionFactory

DAY = datetime.timedelta(days=1)


def test_the_banner_says_what_the_student_can_die_of_and_what_to_do(nurse, student):
    AllergyFactory.create(
        student=student,
        life_threatening=True,
        allergen="Peanuts",
        symptoms="Hives, wheezing",
        epi_pen_location="Red cabinet",
        epi_pen_expiration=timezone.localdate() + 90 * DAY,
        emergency_protocol="1. Epinephrine. 2. Call 911.",
    )

    banner = part(nurse.get(url(student)), "dangers")

    assert "Life-threatening allergy Peanuts Life-threatening" in banner
    assert "EpiPen: Red cabinet (good until" in banner
    assert "Signs: Hives, wheezing Epinephrine. Call 911." in banner


@pytest.mark.parametrize(
    ("days", "words", "look"),
    [
        (-1, "Expired", "is-expired"),
        (0, "Expires soon:", "is-soon"),
        (30, "Expires soon:", "is-soon"),
        (31, "(good until", "is-good"),
    ],
)
def test_an_epi_pen_says_loudly_that_it_expired(nurse, student, days, words, look):
    AllergyFactory.create(student=student, life_threatening=True, epi_pen_expiration=timezone.localdate() + days * DAY)

    response = nurse.get(url(student))

    assert words in part(response, "dangers")
    assert f'class="chart-pen {look}"' in content(response)


def test_an_epi_pen_that_nobody_can_find_is_loud_as_well(nurse, student):
    AllergyFactory.create(student=student, severity=AllergySeverity.SEVERE, epi_pen_required=True)

    assert "EpiPen: place not recorded Expiry not recorded" in part(nurse.get(url(student)), "dangers")


def test_a_severe_allergy_has_a_banner_and_a_mild_one_a_line(nurse, student):
    AllergyFactory.create(student=student, allergen="Bees", severity=AllergySeverity.SEVERE)
    AllergyFactory.create(student=student, allergen="Latex", severity=AllergySeverity.MILD, reaction="Itching")
    AllergyFactory.create(student=student, allergen="Milk", is_active=False)

    response = nurse.get(url(student))

    assert part(response, "dangers") == "warning Severe allergy Bees Severe"
    page = text(content(response))
    assert "Also allergic to: Latex (mild; itching)" in page
    assert page.count("Milk") == 1  # in the timeline: outgrown, and no longer heeded


def test_the_worst_allergy_stands_first(nurse, student):
    AllergyFactory.create(student=student, allergen="Bees", severity=AllergySeverity.SEVERE)
    AllergyFactory.create(student=student, allergen="Walnuts", severity=AllergySeverity.LIFE_THREATENING)

    banner = part(nurse.get(url(student)), "dangers")

    assert banner.index("Walnuts") < banner.index("Bees")


def test_the_protocol_of_a_condition_stands_beside(nurse, student):
    ChronicConditionFactory.create(student=student, condition_name="Epilepsy", emergency_protocol="Call 911.")
    ChronicConditionFactory.create(
        student=student, condition_name="Asthma", emergency_protocol="Old", status=ConditionStatus.RESOLVED
    )

    assert part(nurse.get(url(student)), "protocols") == "e911_emergency In an emergency Epilepsy Call 911."


def test_no_allergy_is_said_as_such_and_only_to_who_may_know(nurse, client_as, student):
    assert "No allergies on record." in text(content(nurse.get(url(student))))
    assert "llerg" not in text(content(client_as(UserRole.DISTRICT_ADMIN).get(url(student))))


def test_a_student_who_left_school_and_a_deleted_one_are_marked(nurse, student):
    AllergyFactory.create(student=student, life_threatening=True, allergen="Peanuts")
    student.is_active = False
    student.save()
    assert "This student has left school." in text(content(nurse.get(url(student))))

    student.delete()
    html = content(nurse.get(url(student)))

    assert "This student was deleted" in text(html)
    assert "Restore" in text(html)
    assert "No allergies" not in text(html)  # they are deleted along: an empty chart would look like good health
    assert not [link for link in links(html) if "/add/" in link]


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        (None, []),
        ("Call 911.", ["Call 911."]),
        ("1. Epinephrine. 2. Call 911.", ["Epinephrine.", "Call 911."]),
        ("1) Sit up\n2) Give 2 puffs, wait 20 minutes", ["Sit up", "Give 2 puffs, wait 20 minutes"]),
        ("Give 1. Then wait", ["Give 1. Then wait"]),
    ],
)
def test_a_protocol_that_is_numbered_is_read_by_its_steps(protocol, expected):
    assert steps(protocol) == expected

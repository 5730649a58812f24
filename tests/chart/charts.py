"""Charts as tests read them: the page of a student, and its parts as text."""

import datetime
import re
from html import unescape
from html.parser import HTMLParser

from django.urls import reverse
from django.utils import timezone

from tests.factories import health, incidents, medications


def url(student, **query):
    return reverse("admin:core_student_chart", args=[student.pk], query=query or None)


def days_ago(days):
    return timezone.now() - datetime.timedelta(days=days)


class _Text(HTMLParser):
    """The words of the page's content, without scripts."""

    def __init__(self):
        super().__init__()
        self.words = []
        self._skipped = 0

    def handle_starttag(self, tag, attrs):
        self._skipped += tag in ("script", "style")

    def handle_endtag(self, tag):
        self._skipped -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._skipped:
            self.words += data.split()


def text(html):
    parser = _Text()
    parser.feed(html)
    return " ".join(parser.words)


def content(response):
    """The HTML of the chart, without the menu around it."""
    assert response.status_code == 200
    html = response.content.decode()
    return html[html.index('<article class="chart-page"') : html.index("</article>")]


def part(response, name):
    """The text of one part of the chart: "medications", "contacts", ...; None if it is not there."""
    found = re.search(rf'<section[^>]*aria-labelledby="chart-{name}".*?</section>', content(response), re.DOTALL)
    return found and text(found.group())


def entries(response):
    """The titles of the timeline's entries, in order."""
    html = response.content.decode()
    html = html[html.index('id="timeline"') :]
    return [
        unescape(title)
        for title in re.findall(r'chart-kind">[^<]*</span> <a class="font-medium[^"]*"[^>]*>([^<]*)</a>', html)
    ]


def links(html):
    return [unescape(link) for link in re.findall(r'href="([^"]*)"', html)]


def one_of_everything(student, times=1):
    """Rows of every kind that the chart shows, as many of each as asked for."""
    for number in range(times):
        when = days_ago(number + 1)
        health.HealthRecordFactory.create(
            student=student, record_date=when, title=f"Visit {number}", follow_up_required=True
        )
        health.AllergyFactory.create(student=student, allergen=f"Nuts {number}", life_threatening=True)
        health.ChronicConditionFactory.create(student=student, condition_name=f"Asthma {number}")
        health.AppointmentFactory.create(
            student=student, scheduled_at=timezone.now() + datetime.timedelta(days=number + 1), reason=f"Talk {number}"
        )
        health.VaccinationFactory.create(student=student, dose_number=number + 1)
        health.ScreeningFactory.create(student=student, referral_required=True)
        health.GrowthMeasurementFactory.create(student=student)
        health.VitalSignsFactory.create(student=student, measurement_date=when, heart_rate=80 + number)
        order = medications.StudentMedicationFactory.create(
            student=student, consent_obtained=True, dose_times=[datetime.time(11, 30)], dose_days=[1, 2, 3, 4, 5, 6, 7]
        )
        medications.MedicationLogFactory.create(student_medication=order, time_given=when)
        incidents.IncidentReportFactory.create(student=student, occurred_at=when, follow_up_required=True)
        incidents.EmergencyContactFactory.create(student=student, name=f"Caller {number}", priority=number + 1)

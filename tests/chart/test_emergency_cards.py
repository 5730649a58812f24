import io
import re
import uuid

import pypdf
import pytest
from django.urls import reverse
from PIL import Image

from audit.models import AuditAction, AuditLog
from chart.admin import emergency_cards
from chart.card_layout import fit
from chart.emergency import emergency_facts
from core.models import Student, UserRole
from health.models import AllergySeverity
from tests.chart.needs import needy_student
from tests.factories.core import DAY, SchoolFactory, StudentFactory
from tests.factories.health import AllergyFactory, ChronicConditionFactory
from tests.factories.incidents import EmergencyContactFactory
from tests.factories.medications import StudentMedicationFactory

LIST = "admin:core_student_changelist"


def card(student, page="card"):
    return reverse(f"admin:core_student_{page}", args=[student.pk])


def action(client, *students, follow=False, **more):
    data = {"action": "print_cards", "_selected_action": [student.pk for student in students], **more}
    return client.post(reverse(LIST), data, follow=follow)


def pages(response):
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(response.content)).pages]


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def prints():
    return list(AuditLog.objects.filter(action=AuditAction.PRINT).order_by("created_at", "pk"))


def test_a_card_says_what_one_must_know(nurse):
    student = StudentFactory.create(first_name="Ana", last_name="Reyes")
    AllergyFactory.create(
        student=student, life_threatening=True, reaction="Wheezing", emergency_protocol="Epinephrine, then 911"
    )
    ChronicConditionFactory.create(student=student, action_plan="Sit upright")
    StudentMedicationFactory.create(student=student)
    EmergencyContactFactory.create(student=student, can_pick_up=False)

    response = nurse.get(card(student))

    text = text_of(response)
    for part in (
        "Ana Reyes",
        "Born May 17, 2015",
        "Grade 5, Home school",
        "LIFE-THREATENING: Wheezing",
        "Epinephrine, then 911.",
        "EXPIRED: Nurse&#x27;s office, red cabinet; expired Mar 2, 2026",
        "moderate: Sit upright.",
        "2 puffs, every 4 hours as needed.",
        "614-555-0142 (Mother, may NOT pick up)",
        f"by {nurse.user} with White Cross",
        "CONFIDENTIAL",
    ):
        assert part in text
    assert "SHORTENED" not in text


def test_neither_the_title_nor_the_name_of_the_file_tells_who_it_is_about(nurse):
    student = StudentFactory.create(last_name="Unmistakable")

    html, pdf = nurse.get(card(student)), nurse.get(card(student, "card_pdf"))

    assert re.findall("<title>(.*?)</title>", html.content.decode()) == ["Emergency card | White Cross"]
    assert pdf["Content-Disposition"] == 'inline; filename="emergency-card.pdf"'
    about = pypdf.PdfReader(io.BytesIO(pdf.content)).metadata
    assert about is not None
    assert (about.title, about.subject, about.author) == ("Emergency card", "", "White Cross")


def test_names_of_many_languages_stand_in_the_pdf(nurse):
    student = StudentFactory.create(first_name="Nguyễn Thị", last_name="Łukasz-Åström")

    (text,) = pages(nurse.get(card(student, "card_pdf")))

    assert "Nguyễn Thị Łukasz-Åström" in text
    assert "print it from the browser" not in text


def test_a_pdf_that_lacks_letters_says_so(nurse):
    student = StudentFactory.create(first_name="小明")

    (text,) = pages(nurse.get(card(student, "card_pdf")))

    assert "print it from the browser instead" in text


@pytest.mark.parametrize("allergies", [12, 120])
def test_however_much_there_is_a_card_is_one_page_with_every_allergy(nurse, allergies):
    student = needy_student(allergies)

    (text,) = pages(nurse.get(card(student, "card_pdf")))
    html = text_of(nurse.get(card(student)))

    for number in range(allergies):
        assert f"Allergen{number:03}" in text
        assert f"Allergen{number:03}" in html
    assert "SHORTENED to fit on one page: allergies, what to do" in text
    assert "SHORTENED to fit on one page: allergies, what to do" in html
    assert "Person0" in text


def test_what_to_do_about_a_life_threatening_allergy_is_shortened_last(nurse):
    student = needy_student(12)

    words, _ = fit(emergency_facts([student], nurse.user)[student.pk], DAY)

    (what_to_do,) = (section for section in words.sections if section.title == "What to do")
    deadly = {allergy.allergen for allergy in student.allergies.filter(severity=AllergySeverity.LIFE_THREATENING)}
    assert {line.lead for line in what_to_do.lines} >= deadly
    assert all(len(line.text) > 90 for line in what_to_do.lines if line.lead in deadly)


def test_allergies_that_share_a_protocol_say_it_once(nurse):
    student = StudentFactory.create()
    for allergen in ("Peanuts", "Walnuts", "Latex"):
        AllergyFactory.create(
            student=student,
            allergen=allergen,
            severity=AllergySeverity.SEVERE,
            emergency_protocol="Call 911" if allergen == "Latex" else "Epinephrine",
        )

    words, _ = fit(emergency_facts([student], nurse.user)[student.pk], DAY)

    (what_to_do,) = (section for section in words.sections if section.title == "What to do")
    assert [(line.lead, line.text) for line in what_to_do.lines] == [
        ("Latex", "Call 911."),
        ("Peanuts, Walnuts", "Epinephrine."),
    ]


def test_a_card_says_that_a_role_may_not_see_the_health_information(client_as):
    student = StudentFactory.create()
    AllergyFactory.create(student=student, allergen="Peanuts")
    EmergencyContactFactory.create(student=student, name="Ann Lee")
    school_admin = client_as(UserRole.SCHOOL_ADMIN)

    text = text_of(school_admin.get(card(student)))
    (pdf,) = pages(school_admin.get(card(student, "card_pdf")))

    for shown in (text, pdf):
        assert "Ann Lee" in shown
        assert "Not on this card" in shown
        assert "Peanuts" not in shown
        assert "No allergies on record" not in shown


@pytest.mark.parametrize("role", [UserRole.VIEWER, UserRole.DISTRICT_ADMIN])
def test_who_may_not_see_the_contacts_gets_no_card(client_as, role):
    student = StudentFactory.create()
    client = client_as(role)

    assert client.get(card(student)).status_code == 403
    assert client.get(card(student, "card_pdf")).status_code == 403
    assert client.post(reverse("admin:core_student_cards"), {"student": [student.pk]}).status_code == 403
    assert b"print_cards" not in client.get(reverse(LIST)).content
    assert prints() == []


def test_a_student_of_another_school_has_no_card_here(nurse):
    other = StudentFactory.create(school=SchoolFactory.create(), last_name="Elsewhere")
    here = StudentFactory.create()

    posted = nurse.post(reverse("admin:core_student_cards"), {"student": [here.pk, other.pk]})

    assert nurse.get(card(other)).status_code == 404
    assert nurse.get(card(other, "card_pdf")).status_code == 404
    assert [entry["card"].student for entry in posted.context["cards"]] == [here]
    assert "Elsewhere" not in posted.content.decode()


def test_a_deleted_student_has_no_card(nurse):
    student = StudentFactory.create()
    student.delete()

    assert nurse.get(card(student)).status_code == 404
    assert b"print_cards" not in nurse.get(reverse(LIST), {"deleted": "yes"}).content


def test_what_is_no_key_is_not_found(nurse):
    assert nurse.get("/admin/core/student/nonsense/card/").status_code == 404
    assert nurse.get(f"/admin/core/student/{uuid.uuid4()}/card.pdf").status_code == 404


def test_ticked_students_get_a_card_each_in_the_order_of_their_names(nurse):
    chosen = [StudentFactory.create(last_name=name) for name in ("Zhou", "Adams", "Moore")]
    StudentFactory.create(last_name="Unticked")

    response = action(nurse, *chosen)

    assert [entry["card"].student.last_name for entry in response.context["cards"]] == ["Adams", "Moore", "Zhou"]
    assert b"Unticked" not in response.content


def test_a_class_is_chosen_by_the_filters_of_the_list(nurse):
    fifth = StudentFactory.create_batch(3, grade="5")
    StudentFactory.create(grade="6")

    url = f"{reverse(LIST)}?grade__exact=5"
    data = {"action": "print_cards", "_selected_action": [fifth[0].pk], "select_across": "1"}
    response = nurse.post(url, data)

    assert {entry["card"].student for entry in response.context["cards"]} == set(fifth)
    assert response.context["back_url"] == url


def test_the_page_posts_its_students_for_the_pdf(nurse):
    students = [StudentFactory.create(last_name=name) for name in ("Adams", "Moore", "Zhou")]
    page = action(nurse, *students).content.decode()
    keys = re.findall('name="student" value="([^"]+)"', page)

    response = nurse.post(reverse("admin:core_student_cards"), {"student": keys, "format": "pdf"})

    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == 'inline; filename="emergency-cards.pdf"'
    texts = pages(response)
    assert [student.last_name in text for student, text in zip(students, texts, strict=True)] == [True] * 3


def test_no_more_cards_are_made_than_the_limit(nurse, monkeypatch):
    monkeypatch.setattr(emergency_cards, "MOST_CARDS", 2)
    students = StudentFactory.create_batch(3)

    response = action(nurse, *students, follow=True)
    posted = nurse.post(reverse("admin:core_student_cards"), {"student": [student.pk for student in students]})

    assert "No more than 2 emergency cards are made at a time." in response.content.decode()
    assert (posted.status_code, posted["Location"]) == (302, reverse(LIST))
    assert len(action(nurse, *students[:2]).context["cards"]) == 2
    assert len(prints()) == 1


def test_without_students_there_is_a_message_and_no_page(nurse):
    response = nurse.post(reverse("admin:core_student_cards"), {"student": ["nonsense"]}, follow=True)

    assert "No student was chosen" in response.content.decode()
    assert nurse.get(reverse("admin:core_student_cards")).status_code == 302


def test_each_print_is_written_down_with_the_students(nurse):
    students = StudentFactory.create_batch(3)

    nurse.get(card(students[0]))
    nurse.get(card(students[0], "card_pdf"))
    action(nurse, *students)

    one, pdf, many = prints()
    assert (one.entity_type, one.entity_id, one.user_id) == ("students", students[0].pk, nurse.user.pk)
    assert pdf.entity_id == students[0].pk
    assert (many.entity_id, many.row_count) == (None, 3)
    assert set(many.student_ids) == {student.pk for student in students}


@pytest.mark.parametrize("count", [2, 20])
def test_the_number_of_queries_does_not_grow_with_the_cards(nurse, count, django_assert_max_num_queries):
    students = [needy_student(1) for _ in range(count)]

    with django_assert_max_num_queries(18):
        response = nurse.post(reverse("admin:core_student_cards"), {"student": [student.pk for student in students]})

    assert len(response.context["cards"]) == count


@pytest.fixture
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    Image.new("RGB", (900, 700), "gray").save(tmp_path / "face.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing more")


@pytest.mark.parametrize(
    ("photo", "is_shown"),
    [("face.png", True), ("broken.jpg", False), ("missing.jpg", False), ("../../etc/passwd", False), (None, False)],
)
def test_a_photograph_is_carried_by_the_card_if_there_is_one(nurse, files, photo, is_shown):
    student = StudentFactory.create(photo=photo)

    response, pdf = nurse.get(card(student)), nurse.get(card(student, "card_pdf"))

    assert (b"data:image/jpeg;base64," in response.content) is is_shown
    assert (b"No photograph" in response.content) is not is_shown
    assert len(pypdf.PdfReader(io.BytesIO(pdf.content)).pages[0].images) == int(is_shown)


def test_a_card_has_room_for_the_longest_name(client_as):
    student = StudentFactory.create(first_name="Wilhelmina " * 9, last_name="Montgomery " * 9)
    Student.objects.filter(pk=student.pk).update(school=None)

    (text,) = pages(client_as(UserRole.ADMIN).get(card(student, "card_pdf")))

    assert text.count("Montgomery") == 9
    assert "no school at present" in text

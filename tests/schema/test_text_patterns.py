"""Real-life values that the patterns of the schema must let through, and slips that they must catch."""

import pytest
from django.db import IntegrityError

from core.database import constraints
from tests.schema.rows import query

FORMS = {
    "phone": constraints.PHONE,
    "zip": constraints.ZIP_CODE,
    "state": constraints.STATE,
    "email": constraints.EMAIL,
    "npi": constraints.NPI,
    "icd": constraints.ICD_10_CM,
    "ndc": constraints.NDC,
    "cvx": constraints.CVX,
}

SOUND = {
    "phone": [
        "(614) 555-0142",
        "(614)555-0142",
        "614-555-0142",
        "614 555 0142",
        "6145550142",
        "+1 614 555 0142",
        "+16145550142",
        "+1 (614) 555-0142",
        "1-800-555-0142",
        "614.555.0142 x12",
        "614-555-0142 x1234",
        "614-555-0142 ext 12",
        "555-0142",
        "+44 20 7946 0958",
    ],
    "zip": ["43215", "43215-1234", "00501"],
    "state": ["OH", "DC", "PR"],
    "email": ["ann.lee@example.org", "a@b.co", "o'brien+school@mail.k12.oh.us", "josé@exämple.org"],
    "npi": ["1234567893"],
    "icd": [
        "J45.909",  # asthma
        "E10.9",  # type 1 diabetes
        "U07.1",  # COVID-19
        "S52.501A",  # fracture of the radius, first encounter
        "Z00.129",  # routine child health examination
        "M1A.9XX0",  # chronic gout: a letter in third place
        "C7B.00",
        "Z3A.20",
        "T78.01XA",  # anaphylaxis due to peanuts, first encounter
        "I10",  # hypertension: three characters are a whole code
        "F90.2",
    ],
    "ndc": [
        "49281-0400-10",
        "0002-1433-80",
        "58160-842-11",
        "00006-4681-00",
        "49502-500-02",
        "0006468100",
        "00006468100",
    ],
    "cvx": ["3", "03", "08", "208"],
}

SLIPS = {
    "phone": ["abc", "12", "", "555", "call mother", "614-555-014O", "614-555-0142; 614-555-0143", "1.....2"],
    "zip": ["4321", "432155", "43215-12", "K1A 0B1", "4321O"],
    "state": ["oh", "Oh", "O", "OHI", "O1"],
    "email": ["ann.lee", "ann@lee", "@example.org", "ann lee@example.org", "ann@example@org.org"],
    "npi": ["123456789", "12345678901", "123456789X", "1234 567893"],
    "icd": ["J45909", "j45.909", "493.90", "J4", "J45.", "J45.90999", "asthma"],
    "ndc": ["49281", "49281-0400", "4928-040-10", "49281-0400-100", "49281.0400.10"],
    "cvx": ["1234", "MMR", "", "0.3"],
}


@pytest.mark.django_db
@pytest.mark.parametrize(("form", "value"), [(form, value) for form, values in SOUND.items() for value in values])
def test_a_sound_value_has_the_form(form, value):
    assert query("SELECT %s ~ %s", [value, FORMS[form]]) == [(True,)]


@pytest.mark.django_db
@pytest.mark.parametrize(("form", "value"), [(form, value) for form, values in SLIPS.items() for value in values])
def test_a_slip_does_not_have_the_form(form, value):
    assert query("SELECT %s ~ %s", [value, FORMS[form]]) == [(False,)]


def test_one_person_is_one_account_however_the_address_is_spelt(rows, refused):
    rows.insert("users", email="ann.lee@example.org")

    with refused("users_email_lower", IntegrityError):
        rows.insert("users", email="Ann.Lee@example.org")
    with refused("users_email_unique", IntegrityError):
        rows.insert("users", email="ann.lee@example.org")

from health.models import Allergy
from tests.admin.pages import form_data, page
from tests.factories.health import AllergyFactory


def test_no_cookie_tells_what_was_saved(nurse):
    allergy = AllergyFactory.create(allergen="Peanuts")
    address = page(Allergy, "change", allergy.pk)

    response = nurse.post(address, form_data(nurse.get(address)) | {"allergen": "Walnuts"})

    assert response.status_code == 302
    allergy.refresh_from_db()
    assert allergy.allergen == "Walnuts"
    assert set(nurse.cookies) <= {"sessionid", "csrftoken"}
    assert "Walnuts" in nurse.get(response.url).content.decode()

import pytest
from django.contrib.admin import helpers

from core.models import User, UserRole
from tests.admin.pages import form_data, messages_of, page
from tests.factories.core import PASSWORD, SchoolFactory, UserFactory


def act(client, action, rows):
    data = {"action": action, helpers.ACTION_CHECKBOX_NAME: [row.pk for row in rows]}
    return client.post(page(User, "changelist"), data, follow=True)


@pytest.fixture
def manager(client_as):
    return client_as(UserRole.DISTRICT_ADMIN)


def new_user(**values):
    return {
        "email": "Mary.Jones@Example.org",
        "first_name": "Mary",
        "last_name": "Jones",
        "role": "COUNSELOR",
    } | values


def test_a_user_is_added_with_role_and_school_and_no_password(manager):
    school = SchoolFactory.create(district=manager.user.district)

    response = manager.post(page(User, "add"), new_user(school=school.pk))

    assert response.status_code == 302
    mary = User.objects.get(last_name="Jones")
    assert (mary.email, mary.role, mary.school, mary.is_active) == (
        "mary.jones@example.org",
        UserRole.COUNSELOR,
        school,
        True,
    )
    assert not mary.has_usable_password()
    assert mary.invited_at is not None
    assert mary.is_superuser is False


def test_a_district_says_where_its_new_user_works(manager):
    response = manager.post(page(User, "add"), new_user())

    assert response.status_code == 200
    assert response.context["adminform"].form.errors == {
        "school": ["Choose the school, or the district for who works in all of its schools."]
    }
    assert manager.post(page(User, "add"), new_user(district=manager.user.district.pk)).status_code == 302


def test_an_address_that_differs_in_case_only_is_one_account(manager):
    UserFactory.create(email="mary.jones@example.org", district=manager.user.district)

    response = manager.post(page(User, "add"), new_user())

    assert response.status_code == 200
    assert response.context["adminform"].form.errors["email"] == ["Another user logs in with this e-mail address."]
    assert User.objects.count() == 2


def test_a_manager_of_users_makes_no_administrator(manager):
    response = manager.post(page(User, "add"), new_user(role="ADMIN"))

    assert "“ADMIN” is not one of" in str(response.context["adminform"].form.errors["role"])
    assert User.objects.filter(role=UserRole.ADMIN).count() == 0


@pytest.mark.parametrize("fields", [{"role": UserRole.ADMIN}, {"is_superuser": True}], ids=str)
def test_a_manager_of_users_neither_changes_nor_deactivates_who_stands_above(fields, manager):
    above = UserFactory.create(**fields)

    changed = manager.post(page(User, "change", above.pk), {"first_name": "Eve"})
    listed = act(manager, "deactivate", [above])

    assert changed.status_code == 403
    assert messages_of(listed) == ["0 deactivated.", "1 not deactivated: your own account, or one you may not manage."]
    assert User.objects.get(pk=above.pk).is_active


def test_nobody_raises_their_own_role(manager):
    address = page(User, "change", manager.user.pk)
    data = form_data(manager.get(address)) | {"role": "ADMIN", "is_superuser": "on"}

    response = manager.post(address, data)

    assert response.status_code == 302
    user = User.objects.get(pk=manager.user.pk)
    assert (user.role, user.is_superuser) == (UserRole.DISTRICT_ADMIN, False)


def test_only_a_superuser_makes_a_superuser(administrator, client_as):
    superuser = client_as(UserRole.ADMIN, is_superuser=True)
    user = UserFactory.create()
    data = form_data(administrator.get(page(User, "change", user.pk))) | {"is_superuser": "on"}

    administrator.post(page(User, "change", user.pk), data)
    by_administrator = User.objects.get(pk=user.pk).is_superuser
    superuser.post(page(User, "change", user.pk), data)

    assert by_administrator is False
    assert User.objects.get(pk=user.pk).is_superuser is True


def test_nobody_sets_the_password_of_another(administrator):
    user = UserFactory.create()
    shown = administrator.get(page(User, "change", user.pk))

    response = administrator.post(
        f"/admin/core/user/{user.pk}/password/",
        {"usable_password": "true", "password1": "a new long passphrase", "password2": "a new long passphrase"},
    )

    assert response.status_code == 302
    assert User.objects.get(pk=user.pk).password == user.password
    assert user.password not in shown.content.decode()
    assert f"/core/user/{user.pk}/password/" not in shown.content.decode()


def test_users_are_deactivated_and_reactivated_and_the_rest_is_reported(administrator):
    present, gone = UserFactory.create(), UserFactory.create(is_active=False)

    off = act(administrator, "deactivate", [present, gone, administrator.user])
    states = list(User.objects.filter(pk__in=[present.pk, gone.pk]).values_list("is_active", flat=True))
    on = act(administrator, "reactivate", [present])

    assert messages_of(off) == [
        "1 deactivated.",
        "1 left as they were: already deactivated.",
        "1 not deactivated: your own account, or one you may not manage.",
    ]
    assert states == [False, False]
    assert messages_of(on) == ["1 reactivated."]


def test_nobody_deletes_a_user_not_even_a_superuser(client_as):
    superuser = client_as(UserRole.ADMIN, is_superuser=True)
    user = UserFactory.create()

    response = superuser.post(page(User, "delete", user.pk), {"post": "yes"})

    assert response.status_code == 403
    assert User.objects.filter(pk=user.pk).exists()


def test_a_nurse_sees_colleagues_but_manages_none(nurse):
    colleague = UserFactory.create(school=nurse.user.school)

    assert nurse.get(page(User, "change", colleague.pk)).status_code == 200
    assert nurse.get(page(User, "add")).status_code == 403
    assert nurse.post(page(User, "change", colleague.pk), {}).status_code == 403


def test_a_deactivated_user_is_logged_out(nurse):
    User.objects.filter(pk=nurse.user.pk).update(is_active=False)

    response = nurse.get("/admin/")

    assert response.status_code == 302
    assert response.url.startswith("/admin/login/")


@pytest.mark.django_db
def test_logging_in_takes_the_address_in_any_case_and_leads_home(client):
    UserFactory.create(email="nora@example.org")

    response = client.post("/admin/login/", {"username": "Nora@Example.org", "password": PASSWORD})

    assert (response.status_code, response.url) == (302, "/admin/")

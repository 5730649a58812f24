import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser

from core.authentication import RoleBackend
from core.models import UserRole
from core.roles import PERMISSIONS, permissions_of, roles_with
from tests.admin.pages import ALL_MODELS, OF_ONESELF, OUR_MODELS, SOFT_DELETED, perm
from tests.factories.core import UserFactory

User = get_user_model()

# Everybody sets up what opens their own account, whatever else they may.
OWN_FACTORS = {
    perm(model, action)
    for model in ALL_MODELS
    if model.__name__ in OF_ONESELF
    for action in ("view", "add", "change", "delete")
}


def test_the_table_speaks_of_every_role_and_every_model_and_nothing_else():
    spoken_of = {name for names in PERMISSIONS.values() for name in names}

    assert set(PERMISSIONS) == set(UserRole)
    assert {name.split(".")[0] + "." + name.rsplit("_", 1)[1] for name in spoken_of} == {
        model._meta.label_lower for model in ALL_MODELS
    }


def test_an_administrator_sees_every_table():
    assert {perm(model, "view") for model in OUR_MODELS} <= PERMISSIONS[UserRole.ADMIN]


def test_whoever_may_do_anything_to_a_row_may_see_it():
    blind = [
        (role, name)
        for role, names in PERMISSIONS.items()
        for name in names
        if "look_up" not in name and f"{name.split('.')[0]}.view_{name.rsplit('_', 1)[1]}" not in names
    ]

    assert blind == []


def test_only_what_is_marked_as_deleted_can_be_restored_and_only_an_assignment_and_one_s_own_factors_are_erased():
    soft = {model._meta.label_lower for model in SOFT_DELETED}
    tables = {
        action: {
            name.split(".")[0] + "." + name.rsplit("_", 1)[1]
            for names in PERMISSIONS.values()
            for name in names
            if f".{action}_" in name
        }
        for action in ("delete", "restore")
    }

    assert tables["restore"] == soft
    of_oneself = {model._meta.label_lower for model in ALL_MODELS if model.__name__ in OF_ONESELF}
    assert tables["delete"] - soft == {"core.schoolassignment"} | of_oneself


def test_a_viewer_changes_only_what_opens_their_own_account_and_sees_no_health_information():
    assert (
        PERMISSIONS[UserRole.VIEWER]
        == {
            "core.view_district",
            "core.view_school",
            "core.view_student",
            "core.look_up_user",
            "configuration.look_up_systemconfiguration",
        }
        | OWN_FACTORS
    )


@pytest.mark.django_db
def test_permissions_follow_the_role_and_take_no_query(django_assert_num_queries):
    nurse = UserFactory.create(role=UserRole.NURSE)

    with django_assert_num_queries(0):
        assert nurse.has_perm("core.restore_student")
        assert nurse.has_perm("core.view_student", obj=nurse)
        assert not nurse.has_perm("core.add_user")
        assert nurse.has_module_perms("health")
        assert not nurse.has_module_perms("configuration")
        assert nurse.get_all_permissions() == PERMISSIONS[UserRole.NURSE]


@pytest.mark.django_db
def test_who_is_not_active_or_not_logged_in_may_do_nothing():
    gone = UserFactory.create(role=UserRole.ADMIN, is_active=False, is_superuser=True)

    assert RoleBackend().get_all_permissions(gone) == set()
    assert not gone.has_perm("core.view_student")
    assert RoleBackend().get_all_permissions(AnonymousUser()) == set()


@pytest.mark.django_db
def test_a_superuser_may_do_what_an_administrator_may_and_no_more():
    superuser = UserFactory.create(role=UserRole.VIEWER, is_superuser=True)

    assert superuser.get_all_permissions() == PERMISSIONS[UserRole.ADMIN]
    assert superuser.has_perm("core.restore_student")
    assert not superuser.has_perm("core.delete_district")


@pytest.mark.django_db
def test_users_with_a_permission_are_those_of_the_roles_that_have_it():
    nurse = UserFactory.create(role=UserRole.NURSE)
    superuser = UserFactory.create(role=UserRole.VIEWER, is_superuser=True)
    UserFactory.create(role=UserRole.VIEWER)
    UserFactory.create(role=UserRole.NURSE, is_active=False)

    assert set(RoleBackend().with_perm("health.add_vitalsigns")) == {nurse, superuser}
    assert set(RoleBackend().with_perm("health.add_vitalsigns", include_superusers=False)) == {nurse}


def test_an_unknown_role_may_do_nothing():
    assert permissions_of("JANITOR") == frozenset()
    assert roles_with("core.no_such_thing") == []

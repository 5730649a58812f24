"""The settings page: a person chooses among declared keys, for whom they may, and says why."""

import pytest
from django.test import Client
from django.urls import reverse

import configuration
from configuration.admin.value_fields import in_words, setting_of, value_field
from configuration.changing import put, take_back
from configuration.models import ConfigCategory, ConfigScope, ConfigurationHistory, ConfigValueType, SystemConfiguration
from configuration.resolving import Holder
from core.models import UserRole
from medications.declared_settings import DUE_AFTER, DUE_BEFORE
from tests.admin.pages import errors_of, form_data, page
from tests.factories.configuration import SystemConfigurationFactory
from tests.factories.core import SchoolFactory, UserFactory

pytestmark = pytest.mark.django_db

ADD = page(SystemConfiguration, "add")
CHOOSE = reverse("admin:configuration_systemconfiguration_add")


def browser(role, school=None):
    school = school or SchoolFactory.create()
    of_district = role == UserRole.DISTRICT_ADMIN
    user = UserFactory.create(
        role=role, school=None if of_district else school, district=school.district if of_district else None
    )
    client = Client()
    client.force_login(user)
    return client


def system_row(setting=DUE_BEFORE):
    return SystemConfiguration.objects.get(key=setting.key, scope="SYSTEM")


def posted(client, address, **values):
    data = form_data(client.get(address)) | values
    return client.post(address, {name: value for name, value in data.items() if value is not None})


def changes():
    return list(
        ConfigurationHistory.objects.order_by("created_at").values_list("old_value", "new_value", "change_reason")
    )


def test_a_value_that_is_saved_holds_and_says_why():
    client = browser(UserRole.ADMIN)

    response = posted(client, page(SystemConfiguration, "change", system_row().pk), value="45", reason="Asked for")

    assert response.status_code == 302, errors_of(response)
    assert configuration.get(DUE_BEFORE) == 45
    assert changes() == [(None, "45", "Asked for")]
    assert ConfigurationHistory.objects.get().changed_by_name


def test_the_history_is_told_in_words_and_for_whom():
    school = SchoolFactory.create(name="Elm Street")
    put(DUE_BEFORE, 45, Holder(ConfigScope.SCHOOL, school.pk), reason="Long way")
    take_back(DUE_BEFORE, Holder(ConfigScope.SCHOOL, school.pk), reason="No longer")
    client = browser(UserRole.ADMIN)

    listed = client.get(page(ConfigurationHistory, "changelist")).content.decode()

    assert "A dose may be given early by" in listed
    assert "Elm Street" in listed
    assert "45 minutes" in listed
    assert "taken back" in listed
    assert "medication.dose_minutes_before" not in listed


def test_a_value_is_set_again_only_by_who_may_set_it():
    """Nobody is led to a page that refuses."""
    put(DUE_BEFORE, 45, Holder(ConfigScope.SYSTEM, None), reason="For all")
    address = page(ConfigurationHistory, "change", ConfigurationHistory.objects.get().pk)

    assert "Set this value again" in browser(UserRole.ADMIN).get(address).content.decode()
    assert "Set this value again" not in browser(UserRole.SCHOOL_ADMIN).get(address).content.decode()


def test_a_change_without_a_reason_is_not_saved():
    client = browser(UserRole.ADMIN)

    response = posted(client, page(SystemConfiguration, "change", system_row().pk), value="45")

    assert errors_of(response) == {"reason": ["Say why, for those who will wonder."]}
    assert changes() == []


@pytest.mark.parametrize("value", ["241", "-1", "30.5", "soon", ""])
def test_a_wrong_value_is_said_beside_it_with_what_would_be_right(value):
    client = browser(UserRole.ADMIN)

    response = posted(client, page(SystemConfiguration, "change", system_row().pk), value=value, reason="Test")

    assert set(errors_of(response)) == {"value"}
    assert b"a whole number from 0 to 240 (minutes)" in response.content
    assert changes() == []


def test_a_value_is_taken_back_by_a_switch():
    put(DUE_BEFORE, 45, reason="A")
    client = browser(UserRole.ADMIN)

    response = posted(client, page(SystemConfiguration, "change", system_row().pk), is_active=None, reason="B")

    assert response.status_code == 302, errors_of(response)
    assert configuration.get(DUE_BEFORE) == 30
    assert changes() == [(None, "45", "A"), ("45", None, "B")]


def test_a_school_administrator_sets_a_value_for_the_own_school_only():
    school, other = SchoolFactory.create_batch(2)
    client = browser(UserRole.SCHOOL_ADMIN, school)
    shown = client.get(ADD).context["adminform"].form

    assert shown.fields["holder"].choices[1:] == [("School", [(f"SCHOOL {school.pk}", school.name)])]
    elsewhere = posted(client, ADD, holder=f"SCHOOL {other.pk}", value="20", reason="Test")
    here = posted(client, ADD, holder=f"SCHOOL {school.pk}", value="20", reason="Test")

    assert set(errors_of(elsewhere)) == {"holder"}
    assert here.status_code == 302, errors_of(here)
    assert (configuration.get(DUE_BEFORE, school=school), configuration.get(DUE_BEFORE, school=other)) == (20, 30)


def test_a_value_that_was_taken_back_is_set_again_by_adding_it():
    school = SchoolFactory.create()
    holder = Holder(ConfigScope.SCHOOL, school.pk)
    put(DUE_BEFORE, 10, holder, reason="A")
    take_back(DUE_BEFORE, holder, reason="B")
    client = browser(UserRole.SCHOOL_ADMIN, school)

    added = posted(client, ADD, holder=f"SCHOOL {school.pk}", value="20", reason="C")
    again = posted(client, ADD, holder=f"SCHOOL {school.pk}", value="25", reason="D")

    assert added.status_code == 302, errors_of(added)
    assert errors_of(again) == {"holder": ["There is a value already. Change that one, from the list."]}
    assert changes() == [(None, "10", "A"), ("10", None, "B"), (None, "20", "C")]


def test_without_a_key_the_page_offers_the_settings_that_one_may_set():
    client = browser(UserRole.SCHOOL_ADMIN)

    found = client.get(CHOOSE).content.decode()
    unknown = client.get(f"{CHOOSE}?key=test.unheard_of").content.decode()

    for text in (found, unknown):
        assert f"?key={DUE_BEFORE.key}" in text
        assert "expiry.medication_days" not in text  # the system's alone


@pytest.mark.parametrize(
    ("role", "may"), [(UserRole.ADMIN, True), (UserRole.DISTRICT_ADMIN, False), (UserRole.SCHOOL_ADMIN, False)]
)
def test_what_one_may_not_set_is_shown_and_not_asked_for(role, may):
    response = browser(role).get(page(SystemConfiguration, "change", system_row().pk))

    assert response.status_code == 200
    assert ("value" in response.context["adminform"].form.fields) == may


@pytest.mark.parametrize("role", [UserRole.NURSE, UserRole.COUNSELOR, UserRole.VIEWER])
def test_who_administers_nothing_has_no_settings_page(role):
    assert browser(role).get(page(SystemConfiguration, "changelist")).status_code == 403


def test_a_past_value_is_set_again_with_a_reason_of_its_own():
    put(DUE_BEFORE, 10, reason="A")
    put(DUE_BEFORE, 20, reason="B")
    first = ConfigurationHistory.objects.order_by("created_at")[0]
    client = browser(UserRole.ADMIN)
    revert = reverse("admin:configuration_configurationhistory_revert", args=[first.pk])

    assert revert in client.get(page(SystemConfiguration, "change", system_row().pk)).content.decode()
    without = client.post(revert, {})
    done = client.post(revert, {"reason": "C"})

    assert "Say why" in without.content.decode()
    assert done.status_code == 302
    assert configuration.get(DUE_BEFORE) == 10
    assert changes() == [(None, "10", "A"), ("10", "20", "B"), ("20", "10", "C")]


def test_going_back_to_where_nothing_was_set_takes_the_value_back():
    put(DUE_BEFORE, 10, reason="A")
    take_back(DUE_BEFORE, reason="B")
    put(DUE_BEFORE, 20, reason="C")
    taken = ConfigurationHistory.objects.get(new_value=None)

    browser(UserRole.ADMIN).post(
        reverse("admin:configuration_configurationhistory_revert", args=[taken.pk]), {"reason": "D"}
    )

    assert configuration.get(DUE_BEFORE) == 30
    assert changes()[-1] == ("20", None, "D")


@pytest.mark.parametrize("role", [UserRole.DISTRICT_ADMIN, UserRole.SCHOOL_ADMIN])
def test_nobody_reverts_what_is_not_theirs(role):
    school = SchoolFactory.create()
    put(DUE_BEFORE, 10, reason="A")
    put(DUE_BEFORE, 20, Holder(ConfigScope.SCHOOL, SchoolFactory.create().pk), reason="B")
    client = browser(role, school)

    answers = {
        row.new_value: client.post(
            reverse("admin:configuration_configurationhistory_revert", args=[row.pk]), {"reason": "C"}
        ).status_code
        for row in ConfigurationHistory.objects.all()
    }

    assert answers == {"10": 403, "20": 404}
    assert len(changes()) == 2


def test_a_default_that_its_own_rules_do_not_allow_is_told():
    key = "test.of_no_app"
    row = SystemConfigurationFactory.create(key=key, value="", value_type="STRING", default_value="red")
    SystemConfiguration.objects.filter(pk=row.pk).update(value="blue", valid_values=["blue"])
    SystemConfiguration.objects.filter(pk=row.pk).update(is_active=False)
    change = ConfigurationHistory.objects.filter(configuration=row).earliest("created_at")
    client = browser(UserRole.ADMIN)

    shown = client.get(reverse("admin:configuration_configurationhistory_revert", args=[change.pk]))

    assert shown.status_code == 200
    assert "red, the default, which should be one of blue" in shown.content.decode()


def test_nothing_is_saved_as_new_from_the_page_of_a_row():
    put(DUE_BEFORE, 10, reason="A")
    rows = SystemConfiguration.objects.count()

    copied = {"value": "12", "reason": "B", "_saveasnew": "1"}
    done = browser(UserRole.ADMIN).post(page(SystemConfiguration, "change", system_row().pk), copied, follow=True)

    assert done.status_code == 200
    assert "Nothing was saved" in done.content.decode()
    assert SystemConfiguration.objects.count() == rows
    assert changes() == [(None, "10", "A")]


def test_two_who_change_one_setting_do_not_lose_a_value():
    put(DUE_BEFORE, 10, reason="A")
    client = browser(UserRole.ADMIN)
    address = page(SystemConfiguration, "change", system_row().pk)
    shown = client.get(address)
    opened = {shown.context["opened_name"]: shown.context["opened"]}
    put(DUE_BEFORE, 20, reason="B")

    response = client.post(address, form_data(shown) | opened | {"value": "15", "reason": "C"})

    assert response.status_code == 200
    assert "changed this to “20”" in errors_of(response)["value"][0]
    assert configuration.get(DUE_BEFORE) == 20


def test_the_list_says_values_in_words_and_whose_they_are():
    school = SchoolFactory.create(name="Lincoln School")
    put(DUE_AFTER, 45, Holder(ConfigScope.SCHOOL, school.pk), reason="A")

    text = browser(UserRole.ADMIN).get(page(SystemConfiguration, "changelist") + "?tag=doses").content.decode()

    for words in ("60 minutes (default)", "45 minutes", "Lincoln School", "Everybody", "Medication: Doses"):
        assert words in text
    assert "EpiPen" not in text


VALUES = {
    ConfigValueType.STRING: "a word",
    ConfigValueType.NUMBER: "2.5",
    ConfigValueType.BOOLEAN: "true",
    ConfigValueType.JSON: '{"a": [1, 2]}',
    ConfigValueType.ARRAY: '["a", "b"]',
    ConfigValueType.DATE: "2026-08-31",
    ConfigValueType.TIME: "14:30:00",
    ConfigValueType.DATETIME: "2026-08-31T14:30:00-04:00",
    ConfigValueType.EMAIL: "a@example.org",
    ConfigValueType.URL: "https://example.org/",
    ConfigValueType.COLOR: "#0f766e",
    ConfigValueType.ENUM: "a",
}


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("kind", ConfigValueType)
def test_each_type_has_a_field_that_gives_back_what_it_shows(kind, listed):
    row = SystemConfiguration.objects.create(
        key="test.kind",
        value=VALUES[kind],
        value_type=kind,
        default_value=VALUES[kind],
        category=ConfigCategory.GENERAL,
        valid_values=[VALUES[kind], "a", "b"] if listed or kind == ConfigValueType.ENUM else [],
    )
    client = browser(UserRole.ADMIN)
    address = page(SystemConfiguration, "change", row.pk)

    untouched = posted(client, address)
    setting = setting_of(row)

    assert untouched.status_code == 302, errors_of(untouched)
    row.refresh_from_db()
    assert setting.parse(row.value) == setting.parse(VALUES[kind])
    assert len(changes()) == 1
    assert in_words(setting, row.value)
    assert value_field(setting).label == "Value"

"""Who reads which settings, and in how many queries."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

import configuration
from configuration.changing import put
from configuration.declaring import UnknownSettingError
from configuration.models import ConfigScope
from configuration.resolving import Holder, effective
from core.acting import acting_as
from core.middleware import ActorMiddleware
from core.models import UserRole
from medications.declared_settings import DUE_AFTER, DUE_BEFORE
from tests.factories.core import SchoolFactory, UserFactory

pytestmark = pytest.mark.django_db


def ask(view, user=None):
    """Run a view in a request, and count the queries that read settings."""

    def respond(request):
        middleware.process_view(request)
        view()
        return HttpResponse()

    request = RequestFactory().get("/")
    if user is not None:
        request.user = user
    middleware = ActorMiddleware(respond)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        middleware(request)
    return sum("system_configurations" in query["sql"] for query in queries)


def of(scope, row):
    return Holder(scope, row.pk)


def test_the_default_holds_until_somebody_sets_a_value():
    assert configuration.get(DUE_BEFORE) == 30
    assert effective(DUE_BEFORE).holder is None

    put(DUE_BEFORE, 20, reason="Asked for by the nurses")

    assert configuration.get("medication.dose_minutes_before") == 20


@pytest.mark.parametrize("role", UserRole.values)
def test_each_role_reads_what_holds_at_its_school_in_one_query(role):
    school = SchoolFactory.create()
    elsewhere = SchoolFactory.create()
    user = UserFactory.create(role=role, school=school, district=school.district)
    put(DUE_BEFORE, 10, of(ConfigScope.DISTRICT, school.district), reason="Test")
    put(DUE_AFTER, 20, of(ConfigScope.SCHOOL, school), reason="Test")
    put(DUE_AFTER, 25, of(ConfigScope.SCHOOL, elsewhere), reason="Test")
    read = []

    def view():
        for asked in ({"user": user}, {"user": user.pk}, {"school": school}, {"school": school.pk}):
            read.append((configuration.get(DUE_BEFORE, **asked), configuration.get(DUE_AFTER, **asked)))
        read.append(configuration.get(DUE_AFTER, school=elsewhere))

    assert ask(view, user) == 1
    assert read == [(10, 20)] * 4 + [25 if role == UserRole.ADMIN else 60]


def test_an_undeclared_key_is_refused():
    with pytest.raises(UnknownSettingError, match=r"No app declares the setting medication\.unheard_of"):
        configuration.get("medication.unheard_of")


def test_outside_a_request_nothing_is_remembered():
    put(DUE_BEFORE, 10, reason="Test")
    assert configuration.get(DUE_BEFORE) == 10
    put(DUE_BEFORE, 11, reason="Test")
    assert configuration.get(DUE_BEFORE) == 11


def test_who_acts_for_a_while_within_a_request_does_not_use_its_memory():
    user = UserFactory.create(role=UserRole.NURSE)
    read = []

    def view():
        read.append(configuration.get(DUE_BEFORE))
        with acting_as(user):
            read.append(configuration.get(DUE_BEFORE))
        read.append(configuration.get(DUE_BEFORE))

    assert ask(view, user) == 2
    assert read == [30, 30, 30]

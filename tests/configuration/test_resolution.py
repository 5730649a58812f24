"""Which value holds, against an oracle that looks at every row and knows nothing of caches, queries or policies."""

import random

import pytest

import configuration
from configuration.changing import put, take_back
from configuration.declaring import Setting, _declared
from configuration.models import ConfigCategory, ConfigScope, ConfigValueType, SystemConfiguration
from configuration.resolving import Holder
from core.middleware import RequestActor
from core.request_memory import RequestMemory, remembering
from tests.factories.core import DistrictFactory, SchoolFactory, UserFactory

pytestmark = pytest.mark.django_db

ALL = (ConfigScope.DISTRICT, ConfigScope.SCHOOL, ConfigScope.USER)
SETTINGS = [
    Setting(f"test.{name}", ConfigValueType.NUMBER, default, ConfigCategory.GENERAL, scopes=scopes, is_public=is_public)
    for name, default, scopes, is_public in (
        ("all", "0", ALL, False),
        ("schools", "1", ALL[:2], False),
        ("users", None, (ConfigScope.USER,), False),
        ("everybody", "3", (), True),
    )
]


@pytest.fixture
def declared_for_the_test(monkeypatch):
    from configuration.bringing import bring_declared_settings

    for setting in SETTINGS:
        monkeypatch.setitem(_declared, setting.key, setting)
    bring_declared_settings()


class Place:
    """A district with two schools and users with a school, with a district only, and with neither."""

    def __init__(self, district):
        self.district = district
        self.schools = SchoolFactory.create_batch(2, district=district)
        self.users = [
            UserFactory.create(school=self.schools[0], district=None),
            UserFactory.create(school=None, district=district),
            UserFactory.create(school=self.schools[1], district=DistrictFactory.create()),
        ]


def oracle(setting, school, district, user):
    """USER > SCHOOL > DISTRICT > SYSTEM > default, said by looking for one row after the other."""
    if school is None and user is not None:
        school = user.school
    if district is None and school is not None:
        district = school.district
    if district is None and user is not None:
        district = user.district
    for scope, row in (("USER", user), ("SCHOOL", school), ("DISTRICT", district), ("SYSTEM", None)):
        if scope != "SYSTEM" and (row is None or scope not in setting.scopes):
            continue
        found = SystemConfiguration.objects.filter(
            key=setting.key, scope=scope, scope_id=row and row.pk, is_active=True
        ).first()
        if found is not None:
            return setting.parse(found.value)
    return None if setting.default is None else setting.parse(setting.default)


@pytest.mark.parametrize("seed", range(6))
def test_what_holds_is_what_the_oracle_says(seed, declared_for_the_test):
    chance = random.Random(seed)
    places = [Place(DistrictFactory.create()) for _ in range(2)]
    districts = [place.district for place in places]
    schools = [school for place in places for school in place.schools]
    users = [user for place in places for user in place.users]
    rows = {ConfigScope.DISTRICT: districts, ConfigScope.SCHOOL: schools, ConfigScope.USER: users}
    for setting in SETTINGS:
        holders = [Holder(scope, row.pk) for scope in setting.scopes for row in rows[scope]]
        for holder in [Holder(ConfigScope.SYSTEM, None), *holders]:
            if chance.random() < 0.5:
                empty = setting.default is None and chance.random() < 0.3
                put(setting, None if empty else chance.randint(10, 99), holder, reason="Test")
                if chance.random() < 0.25:
                    take_back(setting, holder, reason="Test")
    asked = [
        (setting, chance.choice([None, *schools]), chance.choice([None, *districts]), chance.choice([None, *users]))
        for setting in SETTINGS
        for _ in range(40)
    ]

    with remembering(chance.choice([None, RequestMemory()])):
        for setting, school, district, user in asked:
            by_key = chance.random() < 0.4
            arguments = {"school": school, "district": district, "user": user}
            if by_key:
                arguments = {name: row and row.pk for name, row in arguments.items()}
            found = configuration.get(setting, **arguments)
            assert found == oracle(setting, school, district, user), (setting.key, school, district, user)


def test_a_value_that_the_code_allows_no_longer_gives_way_to_the_next(declared_for_the_test, monkeypatch):
    school = SchoolFactory.create()
    before = SETTINGS[1]
    put(before, 50, Holder(ConfigScope.SCHOOL, school.pk), reason="Test")
    put(before, 5, Holder(ConfigScope.DISTRICT, school.district_id), reason="Test")

    narrower = Setting(before.key, before.value_type, "1", before.category, scopes=before.scopes, maximum=10)

    assert configuration.get(narrower, school=school) == 5


def test_what_a_request_changes_it_reads_anew(declared_for_the_test):
    with remembering(RequestMemory()):
        assert configuration.get("test.all") == 0
        put("test.all", 7, reason="Test")
        assert configuration.get("test.all") == 7


def test_the_memory_of_a_request_is_its_own(rf):
    assert RequestActor(rf.get("/")).memory is not RequestActor(rf.get("/")).memory

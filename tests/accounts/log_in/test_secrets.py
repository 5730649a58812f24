"""What opens an account is read by its owner alone, encrypted where it is kept, and in no log."""

import uuid

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from accounts.checks import check_relying_party, check_second_factor_keys
from accounts.models import AuthenticatorApp, Passkey, RecoveryCode
from accounts.second_factor import authenticator, secret_box
from accounts.second_factor.secret_box import SecretUnreadableError
from core.acting import acting_as, declare_actor
from core.models import UserRole
from tests.accounts.log_in.logging_in import code_now, with_app
from tests.factories.accounts import AuthenticatorAppFactory, PasskeyFactory, RecoveryCodeFactory
from tests.factories.core import UserFactory, home_school
from tests.schema.rows import execute, query

pytestmark = pytest.mark.django_db
TABLES = ("authenticator_apps", "passkeys", "recovery_codes")


@pytest.fixture
def owner():
    user = UserFactory.create(role=UserRole.NURSE, school=home_school())
    for factory in (AuthenticatorAppFactory, PasskeyFactory, RecoveryCodeFactory):
        factory.create(user=user)
    return user


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("role", UserRole.values)
def test_nobody_reads_changes_or_removes_what_opens_a_colleague_s_account(owner, role, table):
    school = home_school()
    colleague = UserFactory.create(role=role, school=school, district=school.district)

    with acting_as(colleague):
        assert query(f"SELECT * FROM {table}") == []
        assert execute(f"UPDATE {table} SET created_at = now()") == 0
        assert execute(f"DELETE FROM {table}") == 0
    with acting_as(owner):
        assert len(query(f"SELECT * FROM {table}")) == 1
    assert len(query(f"SELECT * FROM {table}")) == 1


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["SELECT * FROM {}", "SELECT user_id FROM {}", "DELETE FROM {}"])
def test_whoever_is_not_logged_in_has_no_right_to_any(owner, refused, table, statement):
    with refused("permission denied"):
        declare_actor(None)
        execute("SET LOCAL ROLE whitecross_anonymous")
        execute(statement.format(table))


@pytest.mark.parametrize(
    "made",
    [
        "authenticator_apps (user_id, secret) VALUES (%s, 'gAAAA' || repeat('x', 100))",
        "passkeys (user_id, name, credential_id, public_key) VALUES (%s, 'Mine', 'x', 'x')",
        "recovery_codes (user_id, code_hash) VALUES (%s, repeat('a', 64))",
    ],
)
@pytest.mark.parametrize("role", ["NURSE", "DISTRICT_ADMIN", "ADMIN"])
def test_nobody_adds_a_key_to_a_colleague_s_account(owner, refused, role, made):
    with acting_as(UserFactory.create(role=role)), refused("row-level security"):
        execute(f"INSERT INTO {made}", [owner.pk])


@pytest.mark.parametrize("table", TABLES)
def test_nobody_gives_a_key_to_a_colleague(owner, refused, table):
    colleague = UserFactory.create()

    with acting_as(owner), refused("row-level security"):
        execute(f"UPDATE {table} SET user_id = %s", [colleague.pk])


def test_the_audit_log_has_no_image_of_a_secret(owner):
    app, passkey, code = AuthenticatorApp.objects.get(), Passkey.objects.get(), RecoveryCode.objects.get()
    with acting_as(owner):
        for table in TABLES:
            execute(f"DELETE FROM {table}")

    log = str(query("SELECT * FROM audit_logs"))
    images = query("SELECT old_row FROM audit_logs WHERE action = 'DELETE' AND entity_type = ANY (%s)", [list(TABLES)])
    assert len(images) == 3
    assert app.secret not in log
    assert code.code_hash not in log
    assert not any(f'"{column}"' in str(images) for column in ("secret", "public_key", "code_hash"))
    assert bytes(passkey.public_key).hex() not in log


# --- Encryption -------------------------------------------------------------------------------------------------------


def test_the_secret_is_not_in_the_database(nurse):
    secret = with_app(nurse)

    assert secret not in str(query("SELECT * FROM authenticator_apps"))
    assert secret not in str(query("SELECT * FROM audit_logs"))


@pytest.mark.parametrize("clear", ["JBSWY3DPEHPK3PXP", "gAAAA", "JBSWY3DPEHPK3PXP" * 10])
def test_the_database_takes_no_secret_in_clear(nurse, refused, clear):
    with refused("authenticator_apps_secret"):
        execute("INSERT INTO authenticator_apps (user_id, secret) VALUES (%s, %s)", [nurse.pk, clear])


def test_a_new_key_encrypts_and_the_old_one_still_opens(nurse):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    with override_settings(SECOND_FACTOR_KEYS=[old]):
        secret = with_app(nurse)
    before = AuthenticatorApp.objects.get().secret

    with override_settings(SECOND_FACTOR_KEYS=[new, old]):
        assert authenticator.take_code(nurse, code_now(secret))
        call_command("reencrypt_second_factors", verbosity=0)
    with override_settings(SECOND_FACTOR_KEYS=[new]):
        assert authenticator.take_code(nurse, code_now(secret, steps=1))

    assert AuthenticatorApp.objects.get().secret != before
    with override_settings(SECOND_FACTOR_KEYS=[old]), pytest.raises(SecretUnreadableError):
        secret_box.unseal(nurse, AuthenticatorApp.objects.get().secret)


def test_reencrypting_says_which_secrets_no_key_opens_and_changes_none(nurse):
    with_app(nurse)
    with override_settings(SECOND_FACTOR_KEYS=[Fernet.generate_key().decode()]):
        with_app(UserFactory.create())
        before = set(AuthenticatorApp.objects.values_list("secret", flat=True))

        with pytest.raises(CommandError, match="1 of 2 secrets cannot be read"):
            call_command("reencrypt_second_factors", verbosity=0)

    assert set(AuthenticatorApp.objects.values_list("secret", flat=True)) == before


def test_a_secret_put_into_another_s_row_opens_nothing(nurse, caplog):
    secret = with_app(nurse)
    thief = UserFactory.create()
    execute(
        "INSERT INTO authenticator_apps (user_id, secret, confirmed_at) "
        "SELECT %s, secret, now() FROM authenticator_apps",
        [thief.pk],
    )

    assert not authenticator.take_code(thief, code_now(secret))
    assert "cannot be read" in caplog.text
    assert secret not in caplog.text


# --- Settings ---------------------------------------------------------------------------------------------------------


def ids(found):
    return [problem.id for problem in found]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"SECOND_FACTOR_KEYS": [], "DEBUG": False}, ["whitecross.E020"]),
        ({"SECOND_FACTOR_KEYS": [], "DEBUG": True}, []),
        ({"SECOND_FACTOR_KEYS": ["short"], "DEBUG": True}, ["whitecross.E021"]),
        ({"SECOND_FACTOR_KEYS": [Fernet.generate_key().decode(), "é"]}, ["whitecross.E021"]),
        ({"SECOND_FACTOR_KEYS": [Fernet.generate_key().decode()]}, []),
    ],
)
def test_the_keys_are_checked(settings, expected):
    with override_settings(**settings):
        assert ids(check_second_factor_keys(None)) == expected


@pytest.mark.parametrize(
    ("domain", "hosts", "expected"),
    [
        ("", ["health.example.org"], []),
        ("health.example.org", ["health.example.org"], []),
        ("example.org", ["health.example.org"], []),
        ("example.org", [".example.org"], []),
        ("other.org", ["health.example.org"], ["whitecross.E022"]),
        ("https://health.example.org", ["health.example.org"], ["whitecross.E022"]),
        ("lth.example.org", ["health.example.org"], ["whitecross.E022"]),
    ],
)
def test_the_domain_of_passkeys_is_checked(domain, hosts, expected):
    with override_settings(WEBAUTHN_RP_ID=domain, ALLOWED_HOSTS=hosts):
        assert ids(check_relying_party(None)) == expected


def test_without_a_key_nothing_is_sealed_outside_development(nurse):
    with override_settings(SECOND_FACTOR_KEYS=[], DEBUG=False), pytest.raises(ImproperlyConfigured):
        secret_box.seal(nurse, "x")


def test_in_development_a_key_follows_from_the_secret_key(nurse):
    with override_settings(SECOND_FACTOR_KEYS=[], DEBUG=True):
        assert secret_box.unseal(nurse, secret_box.seal(nurse, "x")) == "x"


# --- Reset ------------------------------------------------------------------------------------------------------------


def reset(actor, user, reason="Lost the phone; called back"):
    with acting_as(actor, reason=reason):
        return query("SELECT reset_second_factor(%s)", [user.pk])[0][0]


@pytest.mark.parametrize("role", [UserRole.ADMIN, UserRole.DISTRICT_ADMIN])
def test_an_administrator_resets_the_factors_of_the_staff(owner, role):
    administrator = UserFactory.create(role=role, district=home_school().district)

    assert reset(administrator, owner) == 3
    assert [query(f"SELECT * FROM {table}") for table in TABLES] == [[], [], []]
    entries = query(
        "SELECT user_id, reason FROM audit_logs WHERE action = 'DELETE' AND entity_type = ANY (%s)", [list(TABLES)]
    )
    assert entries == [(administrator.pk, "Lost the phone; called back")] * 3


@pytest.mark.parametrize("role", [UserRole.NURSE, UserRole.COUNSELOR, UserRole.SCHOOL_ADMIN, UserRole.VIEWER])
def test_staff_of_a_school_reset_nobody(owner, refused, role):
    with refused("permission denied for function"):
        reset(UserFactory.create(role=role, school=home_school()), owner)


def test_a_district_administrator_resets_nobody_elsewhere_and_nobody_above(owner, refused):
    school = home_school()
    people = {
        "elsewhere": (UserFactory.create(role=UserRole.DISTRICT_ADMIN), owner),
        "above": (
            UserFactory.create(role=UserRole.DISTRICT_ADMIN, district=school.district),
            UserFactory.create(role=UserRole.ADMIN, district=school.district),
        ),
        "superuser": (
            UserFactory.create(role=UserRole.DISTRICT_ADMIN, district=school.district),
            UserFactory.create(is_superuser=True, school=school),
        ),
        "no district": (
            UserFactory.create(role=UserRole.DISTRICT_ADMIN, district=None),
            UserFactory.create(school=None, district=None),
        ),
        "superuser by an administrator": (
            UserFactory.create(role=UserRole.ADMIN),
            UserFactory.create(is_superuser=True),
        ),
    }
    for actor, user in people.values():
        with refused("manages the account"):
            reset(actor, user)


@pytest.mark.parametrize("role", [UserRole.ADMIN, UserRole.DISTRICT_ADMIN])
def test_nobody_resets_their_own(refused, role):
    administrator = UserFactory.create(role=role, district=home_school().district)

    with refused("manages the account"):
        reset(administrator, administrator)


def test_a_reset_has_a_reason_and_a_person(owner, refused):
    administrator = UserFactory.create(role=UserRole.ADMIN)

    with refused("for a reason"):
        reset(administrator, owner, reason="")
    with refused("manages the account"), acting_as(administrator, reason="x"):
        query("SELECT reset_second_factor(%s)", [uuid.uuid4()])

"""Minimal valid rows of accounts."""

import hashlib
from datetime import timedelta

import factory
import pyotp
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts import models
from accounts.second_factor.secret_box import seal
from accounts.sessions import stored_key
from tests.factories.core import MOMENT, UserFactory


class AuthenticatorAppFactory(DjangoModelFactory[models.AuthenticatorApp]):
    """An app that is set up. `shared` is the secret in clear."""

    class Meta:
        model = models.AuthenticatorApp
        exclude = ("shared",)

    shared = factory.LazyFunction(pyotp.random_base32)
    user = factory.SubFactory(UserFactory)
    secret = factory.LazyAttribute(lambda app: seal(app.user, app.shared))
    confirmed_at = MOMENT


class PasskeyFactory(DjangoModelFactory[models.Passkey]):
    class Meta:
        model = models.Passkey

    user = factory.SubFactory(UserFactory)
    name = "Phone"
    credential_id = factory.Sequence(lambda n: hashlib.sha256(f"credential {n}".encode()).digest())
    public_key = b"no key of a device, but long enough to be told from others"


class RecoveryCodeFactory(DjangoModelFactory[models.RecoveryCode]):
    class Meta:
        model = models.RecoveryCode

    user = factory.SubFactory(UserFactory)
    code_hash = factory.Sequence(lambda n: hashlib.sha256(f"code {n}".encode()).hexdigest())


class LoginAttemptFactory(DjangoModelFactory[models.LoginAttempt]):
    """A wrong password."""

    class Meta:
        model = models.LoginAttempt

    user = factory.SubFactory(UserFactory)
    account_mark = factory.Sequence(lambda n: hashlib.sha256(f"account {n}".encode()).digest())
    ip_address = "192.0.2.1"
    network = "192.0.2.1"
    failure_reason = models.LoginFailure.PASSWORD


class UserSessionFactory(DjangoModelFactory[models.UserSession]):
    """A session whose cookie nobody has."""

    class Meta:
        model = models.UserSession

    session_key = factory.Sequence(lambda number: stored_key(f"cookie {number}"))
    session_data = ""
    expire_date = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=15))
    user = factory.SubFactory(UserFactory)
    ip_address = "203.0.113.7"
    user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

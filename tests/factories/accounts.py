"""Minimal rows of accounts."""

import hashlib

import factory
import pyotp
from factory.django import DjangoModelFactory

from accounts import models
from accounts.second_factor.secret_box import seal
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
    public_key = b"\xa5"


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

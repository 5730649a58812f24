"""The two ceremonies of passkeys: a device is made known, and a device signs (WebAuthn).

Of each ceremony the challenge stays in the session, for five minutes and for one answer.
"""

import base64
import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

import webauthn
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import Passkey
from core.acting import acting_as
from core.models import User

_CHALLENGE = "passkey_challenge"
_SECONDS = 300
_LONGEST_ANSWER = 20_000  # characters
# What the library, JSON and we raise at an answer that is none.
_UNREADABLE = (WebAuthnException, ValueError, LookupError, TypeError, AttributeError, RecursionError)


class PasskeyRefusedError(Exception):
    """What the browser sent is not what the passkey of this user signs here and now."""


@dataclass(frozen=True)
class Shown:
    """A passkey that has signed, and whose it is."""

    user: User
    is_user_verified: bool


def relying_party(request: HttpRequest) -> str:
    """The domain to which passkeys are bound: that of the settings, or else the host of the request."""
    # get_host() has checked it against ALLOWED_HOSTS.
    return settings.WEBAUTHN_RP_ID or request.get_host().rsplit(":", maxsplit=1)[0]


def origin(request: HttpRequest) -> str:
    """The site on which the browser should have been asked."""
    return f"{request.scheme}://{request.get_host()}"


def creation_options(request: HttpRequest, user: User) -> dict[str, Any]:
    """What the browser is told to make a passkey; its handle is a random key, no name."""
    options = webauthn.generate_registration_options(
        rp_id=relying_party(request),
        rp_name="White Cross",
        user_id=user.pk.bytes,
        user_name=user.email,
        user_display_name=str(user),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(user),
    )
    return _remember(request, "create", options)


def request_options(request: HttpRequest, user: User | None = None) -> dict[str, Any]:
    """What the browser is told to let a passkey sign: one of the user's, or any whose owner unlocks it."""
    options = webauthn.generate_authentication_options(
        rp_id=relying_party(request),
        allow_credentials=_descriptors(user) if user else [],
        user_verification=UserVerificationRequirement.PREFERRED if user else UserVerificationRequirement.REQUIRED,
    )
    return _remember(request, "get", options)


def add(request: HttpRequest, user: User, answer: str, name: str) -> Passkey:
    """Make known the passkey that the browser has made.

    Raises:
        PasskeyRefusedError: the answer is not one to our challenge on this site.
    """
    challenge = _challenge(request, "create")
    try:
        made = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=challenge,
            expected_rp_id=relying_party(request),
            expected_origin=origin(request),
        )
        transports = _transports(answer)
    except _UNREADABLE as error:
        raise PasskeyRefusedError("The passkey was not made for this site, or too late.") from error
    passkey = Passkey(
        user=user,
        name=name,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        transports=transports,
    )
    try:
        passkey.clean_fields()
    except ValidationError as error:
        raise PasskeyRefusedError("The passkey is none that we can keep.") from error
    try:
        # That it is a colleague's, only the database knows: nobody sees those of others.
        with transaction.atomic():
            passkey.save()
    except IntegrityError as error:
        raise PasskeyRefusedError("This passkey is known already.") from error
    return passkey


def check(request: HttpRequest, answer: str, user: User | None = None) -> Shown:
    """Who has signed: this user, or, without one, whoever the passkey says, if its owner has unlocked it.

    Passkeys are read as their owner: nobody who is not logged in yet sees any.

    Raises:
        PasskeyRefusedError: nobody we know has signed our challenge on this site.
    """
    challenge = _challenge(request, "get")
    try:
        credential = parse_authentication_credential_json(_read(answer))
        owner = user or _owner(credential)
        with acting_as(owner):
            return _check(request, credential, owner, challenge, must_verify=user is None)
    except _UNREADABLE as error:
        raise PasskeyRefusedError("The passkey did not sign what was asked.") from error


def _check(
    request: HttpRequest, credential: AuthenticationCredential, owner: User, challenge: bytes, *, must_verify: bool
) -> Shown:
    passkey = Passkey.objects.filter(user=owner, credential_id=credential.raw_id).first()
    if passkey is None:
        raise PasskeyRefusedError("This passkey is not known.")
    signed = webauthn.verify_authentication_response(
        credential=credential,
        expected_challenge=challenge,
        expected_rp_id=relying_party(request),
        expected_origin=origin(request),
        credential_public_key=bytes(passkey.public_key),
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=must_verify,
    )
    # Of two answers with the same count the second finds another count than it was checked against.
    same = Passkey.objects.filter(pk=passkey.pk, sign_count=passkey.sign_count)
    if same.update(sign_count=signed.new_sign_count, last_used_at=timezone.now()) != 1:
        raise PasskeyRefusedError("The passkey was used twice at once.")
    return Shown(owner, signed.user_verified)


def _owner(credential: AuthenticationCredential) -> User:
    handle = credential.response.user_handle
    if handle is None or len(handle) != 16:
        raise PasskeyRefusedError("The passkey does not say whose it is.")
    found = User.objects.filter(pk=uuid.UUID(bytes=handle), is_active=True).first()
    if found is None:
        raise PasskeyRefusedError("This passkey is not known.")
    return found


def _descriptors(user: User) -> list[PublicKeyCredentialDescriptor]:
    rows = Passkey.objects.filter(user=user).values_list("credential_id", "transports")
    return [
        PublicKeyCredentialDescriptor(
            id=bytes(credential_id), transports=[AuthenticatorTransport(transport) for transport in transports]
        )
        for credential_id, transports in rows
    ]


def _remember(request: HttpRequest, kind: str, options: Any) -> dict[str, Any]:
    challenge = base64.b64encode(options.challenge).decode()
    request.session[_CHALLENGE] = {"kind": kind, "challenge": challenge, "at": int(time.time())}
    result: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return result


def _challenge(request: HttpRequest, kind: str) -> bytes:
    """The challenge of the ceremony that goes on, which no other answer meets from here on."""
    asked = request.session.pop(_CHALLENGE, None)
    if asked is None or asked["kind"] != kind or time.time() - asked["at"] > _SECONDS:
        raise PasskeyRefusedError("Nobody was asked, or too long ago.")
    return base64.b64decode(asked["challenge"])


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > _LONGEST_ANSWER:
        raise ValueError("The answer is too long to be one.")
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise TypeError("The answer is no object.")
    return read


def _transports(answer: str) -> list[str]:
    """How the device can be reached, as far as it says and we know of it."""
    said = _read(answer).get("response", {}).get("transports") or []
    known = {transport.value for transport in AuthenticatorTransport}
    return sorted({transport for transport in said if isinstance(transport, str) and transport in known})

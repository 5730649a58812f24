"""A device that keeps passkeys, made of software: what it sends, and what a forger would send in its place."""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

ORIGIN = "http://testserver"
DOMAIN = "testserver"


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


class Device:
    """A key pair under an id, and a count of what it has signed; a device that does not count stays at 0."""

    def __init__(self, credential_id: bytes | None = None, *, counts: bool = True) -> None:
        self.credential_id = credential_id or secrets.token_bytes(32)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.counts, self.count = counts, 0

    def made(self, options: dict[str, Any], *, origin: str = ORIGIN, domain: str = DOMAIN) -> str:
        """The answer to the options of a registration."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        known = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id + cbor2.dumps(public)
        attested = {"fmt": "none", "attStmt": {}, "authData": self._data(domain, 0x45) + known}
        return self._answer(
            {
                "clientDataJSON": _text(self._client("webauthn.create", options, origin)),
                "attestationObject": _text(cbor2.dumps(attested)),
                "transports": ["internal"],
            }
        )

    def signed(
        self, options: dict[str, Any], user: Any, *, origin: str = ORIGIN, domain: str = DOMAIN, flags: int = 0x05
    ) -> str:
        """The answer to the options of a log-in; `flags` say that somebody was there, and who it was."""
        client = self._client("webauthn.get", options, origin)
        data = self._data(domain, flags)
        return self._answer(
            {
                "clientDataJSON": _text(client),
                "authenticatorData": _text(data),
                "signature": _text(self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))),
                "userHandle": _text(user.pk.bytes),
            }
        )

    def _data(self, domain: str, flags: int) -> bytes:
        self.count += self.counts
        return hashlib.sha256(domain.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, options: dict[str, Any], origin: str) -> bytes:
        asked = urlsafe_b64decode(options["challenge"] + "==")
        return json.dumps({"type": kind, "challenge": _text(asked), "origin": origin}).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        key = _text(self.credential_id)
        return json.dumps({"id": key, "rawId": key, "type": "public-key", "response": response})

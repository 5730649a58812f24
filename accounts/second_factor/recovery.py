"""Recovery codes: ten on paper, each of which opens the log-in once."""

import hashlib
import re
import secrets

from django.utils import timezone

from accounts.models import RecoveryCode
from core.models import User

NUMBER = 10
# Without letters that are read as digits. 16 of 32 signs: 80 bits, which nobody guesses from a fast hash.
_SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH = 16
_MISREAD = str.maketrans("oil", "011")


def make_codes(user: User) -> list[str]:
    """Ten new codes as they are shown, this once; the old ones open nothing any more."""
    codes = ["".join(secrets.choice(_SIGNS) for _ in range(_LENGTH)) for _ in range(NUMBER)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, code_hash=_hash(user, code)) for code in codes)
    return ["-".join(re.findall("....", code)) for code in codes]


def take_code(user: User, typed: str) -> bool:
    """Whether this is a code of the user that was not used. It is used now."""
    code = re.sub(r"[\s-]", "", typed.lower()).translate(_MISREAD)
    if len(code) != _LENGTH:
        return False
    unused = RecoveryCode.objects.filter(user=user, code_hash=_hash(user, code), used_at=None)
    return unused.update(used_at=timezone.now()) == 1


def codes_left(user: User) -> int:
    """How many codes can still be used."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def _hash(user: User, code: str) -> str:
    return hashlib.sha256(f"{user.pk}:{code}".encode()).hexdigest()

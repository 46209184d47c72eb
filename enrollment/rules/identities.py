"""Who a participant is: sealed with the keys of this installation, and recognised again without being read.

Keys are Fernet keys, the newest first: it seals, all of them open.
"""

import hmac
import json
import unicodedata
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Keys = Sequence[str]


@dataclass(frozen=True)
class Identity:
    """What the study site needs to recognise and reach somebody. birth_date: YYYY-MM-DD."""

    full_name: str
    identity_number: str = ""
    birth_date: str = ""
    phone: str = ""
    address: str = ""
    contact_person: str = ""


def seal(identity: Identity, keys: Keys) -> str:
    return seal_text(json.dumps(asdict(identity)), keys)


def unseal(sealed: str, keys: Keys) -> Identity:
    return Identity(**json.loads(unseal_text(sealed, keys)))


def seal_text(text: str, keys: Keys) -> str:
    return _lock(keys).encrypt(text.encode()).decode()


def unseal_text(sealed: str, keys: Keys) -> str:
    """Raises cryptography.fernet.InvalidToken when none of the keys fits, or there is none, or a byte was changed."""
    if not keys:
        raise InvalidToken
    return _lock(keys).decrypt(sealed).decode()


def _lock(keys: Keys) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def marks(identity: Identity, keys: Keys) -> list[str]:
    """Keyed hashes that two entries of one person share: of the identity number, of birth date and name.

    One for each key, so that entries made under an older one are still recognised.
    """
    known = [_normal(identity.identity_number), _normal(identity.birth_date) + _same_name(identity)]
    enough = [bool(known[0]), bool(identity.birth_date and identity.full_name)]
    told = [f"{kind}:{text}" for kind, text, given in zip("np", known, enough, strict=True) if given]
    return [hmac.digest(_marking_key(key), text.encode(), "sha256").hex() for key in keys for text in told]


def _marking_key(key: str) -> bytes:
    """A key of its own, so that a mark says nothing about what the sealing key sealed."""
    return HKDF(SHA256(), 32, salt=None, info=b"participant marks").derive(urlsafe_b64decode(key))


def _same_name(identity: Identity) -> str:
    """Whatever the order of the names."""
    return "".join(sorted(_normal(part) for part in identity.full_name.split()))


def _normal(text: str) -> str:
    """Letters and digits only, full width as half width, upper case as lower case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))

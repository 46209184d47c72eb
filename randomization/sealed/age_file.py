"""The allocation list on its way: a file in the age format, locked to a passphrase or to a recipient's key."""

import os
from getpass import getpass
from pathlib import Path

import pyrage

from randomization.sealed.custody import CustodyError

AGE = b"age-encryption.org/"
SHORTEST_PASSPHRASE = 16


def write_encrypted(file: Path, text: bytes, *, recipient: str | None) -> None:
    """Write `text` encrypted to a new file that its owner alone may read; never over an existing one."""
    locked = _encrypt(text, recipient)
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
            output.write(locked)
    except FileExistsError:
        raise CustodyError(f"{file} exists already and is never overwritten.") from None
    except OSError as error:
        raise CustodyError(f"{file} cannot be written: {error.strerror}.") from None


def read_list(file: Path, *, identity: Path | None) -> bytes:
    """The bytes of a list; decrypted, when the file is in the age format."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise CustodyError(f"{file} cannot be read: {error.strerror}.") from None
    return _decrypt(content, file, identity) if content.startswith(AGE) else content


def _encrypt(text: bytes, recipient: str | None) -> bytes:
    if recipient is None:
        return pyrage.passphrase.encrypt(text, _passphrase(times=2))
    try:
        return pyrage.encrypt(text, [pyrage.x25519.Recipient.from_str(recipient)])
    except pyrage.RecipientError:
        raise CustodyError("The recipient is not an age public key.") from None


def _decrypt(content: bytes, file: Path, identity: Path | None) -> bytes:
    try:
        if identity is None:
            return pyrage.passphrase.decrypt(content, _passphrase(times=1))
        return pyrage.decrypt(content, [pyrage.x25519.Identity.from_str(identity.read_text().strip())])
    except (OSError, UnicodeDecodeError, pyrage.IdentityError):
        raise CustodyError(f"{identity} holds no age secret key.") from None
    except pyrage.DecryptError:
        raise CustodyError(
            f"{file} cannot be decrypted: the passphrase or key is wrong, or the file was changed."
        ) from None


def _passphrase(*, times: int) -> str:
    """From the environment, else typed; typed twice where a slip would lock the list away for good."""
    given = os.environ.get("ALLOCATION_LIST_PASSPHRASE")
    typed = {given} if given else {ask("Passphrase of the allocation list: ") for _ in range(times)}
    passphrase = typed.pop()
    if typed:
        raise CustodyError("The two passphrases differ.")
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise CustodyError(f"The passphrase needs at least {SHORTEST_PASSPHRASE} characters.")
    return passphrase


def ask(prompt: str) -> str:
    """Something typed that must not stand on the screen or in a shell's history."""
    try:
        return getpass(prompt)
    except EOFError:
        raise CustodyError("There is nobody to type it: give it in the environment.") from None

"""The allocation list is loaded once, and only the one that was made."""

import pyrage
import pytest
from django.core.management import CommandError

from randomization.models import AllocationCommitment
from randomization.rules.allocation_list import allocation_list, canonical, commitment
from tests.cast import ARMS
from tests.custody import make, opened, run, tamper

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.usefixtures("passphrase"),
]
SEED = bytes(range(32))


class TestLoading:
    @pytest.fixture
    def _no_list_yet(self, owner):
        tamper(
            owner,
            "DELETE FROM sealed_place; DELETE FROM sealed_sealedsecret;"
            " DELETE FROM randomization_allocationcommitment",
        )

    @pytest.mark.usefixtures("_no_list_yet")
    def test_it_publishes_the_commitment_and_the_room_agrees(self, file):
        make(file)
        said = run("load_allocation_list", file)
        sha256 = commitment(opened(file))
        assert said == f"40 places loaded. Commitment (SHA-256): {sha256}\n"
        assert AllocationCommitment.objects.get().sha256 == sha256
        assert run("verify_randomization", file=file).startswith("0 randomizations follow")

    @pytest.mark.usefixtures("_no_list_yet")
    def test_with_the_key_of_the_recipient(self, file, tmp_path):
        key, other = (pyrage.x25519.Identity.generate() for _ in range(2))
        make(file, recipient=str(key.to_public()))
        identity = tmp_path / "key.txt"
        identity.write_text(str(other))
        with pytest.raises(CommandError, match="cannot be decrypted"):
            run("load_allocation_list", file, identity=identity)
        identity.write_text("no key")
        with pytest.raises(CommandError, match="holds no age secret key"):
            run("load_allocation_list", file, identity=identity)
        identity.write_text(f"{key}\n")
        assert "40 places loaded" in run("load_allocation_list", file, identity=identity)

    def test_a_second_list_is_refused(self, file, key, identity):
        make(file, recipient=str(key.to_public()))
        with pytest.raises(CommandError, match="already loaded; it is never replaced"):
            run("load_allocation_list", file, identity=identity)

    def test_a_wrong_passphrase_is_refused(self, file, monkeypatch):
        make(file)
        monkeypatch.setenv("ALLOCATION_LIST_PASSPHRASE", "somebody else's passphrase")
        with pytest.raises(CommandError, match="the passphrase or key is wrong, or the file was changed"):
            run("load_allocation_list", file)

    @pytest.mark.parametrize("position", [30, 120, -1])
    def test_a_changed_file_is_refused(self, file, position, key, identity):
        make(file, recipient=str(key.to_public()))
        content = bytearray(file.read_bytes())
        content[position] ^= 1
        file.write_bytes(content)
        with pytest.raises(CommandError, match="the passphrase or key is wrong, or the file was changed"):
            run("load_allocation_list", file, identity=identity)

    @pytest.mark.parametrize("text", [b"", b"a poem\n", "名单".encode(), b"00\n1,R001,A\n"])
    def test_what_is_no_list_is_refused(self, file, text, key, identity):
        file.write_bytes(pyrage.encrypt(text, [key.to_public()]))
        with pytest.raises(CommandError, match="is not an allocation list"):
            run("load_allocation_list", file, identity=identity)

    def test_a_list_with_other_arms_is_refused_without_naming_one(self, file, key, identity):
        text = canonical(SEED, allocation_list(SEED, arms=ARMS, sizes=(4, 6), planned=20))
        file.write_bytes(pyrage.encrypt(text, [key.to_public()]))
        with pytest.raises(CommandError) as refusal:
            run("load_allocation_list", file, identity=identity)
        assert str(refusal.value) == "The list's arms are not the protocol's arms."

    def test_a_missing_file_is_said_in_a_sentence(self, file):
        with pytest.raises(CommandError, match="cannot be read: No such file"):
            run("load_allocation_list", file)

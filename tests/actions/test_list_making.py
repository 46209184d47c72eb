"""The allocation list is made encrypted, on any machine."""

import os
import subprocess
import sys
from pathlib import Path

import pyrage
import pytest
from django.core.management import CommandError

from randomization.rules.allocation_list import allocation_list, commitment, parse
from tests.custody import PASSPHRASE, make, opened
from trial_site.core import protocol as protocols

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.usefixtures("passphrase"),
]
PROJECT = Path(__file__).resolve().parents[2]


class TestMaking:
    def test_only_the_encrypted_list_is_written_for_its_owner_alone(self, file):
        said = make(file)
        text = opened(file)
        assert commitment(text) in said
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_bytes().startswith(b"age-encryption.org/v1")
        assert not any(code.encode() in file.read_bytes() for code in protocols.latest().arm_codes)

    def test_the_list_is_regenerated_from_the_seed_in_the_file(self, file, key):
        make(file, recipient=str(key.to_public()))
        seed, allocations = parse(pyrage.decrypt(file.read_bytes(), [key]))
        arms = protocols.latest().arm_codes
        assert allocations == allocation_list(seed, arms=arms, sizes=(4, 6), planned=20)

    def test_for_the_key_of_a_recipient(self, file, tmp_path, monkeypatch):
        monkeypatch.delenv("ALLOCATION_LIST_PASSPHRASE")
        key = pyrage.x25519.Identity.generate()
        make(file, recipient=str(key.to_public()))
        assert len(parse(pyrage.decrypt(file.read_bytes(), [key]))[1]) == 40

    def test_a_file_is_never_overwritten(self, file):
        file.write_bytes(b"precious")
        with pytest.raises(CommandError, match="exists already and is never overwritten"):
            make(file)
        assert file.read_bytes() == b"precious"

    @pytest.mark.parametrize("sizes", ["14,16", "7777,4", "8", "8,8", "-8,4", "0,8", "8;4", "88,eight"])
    def test_sizes_that_do_not_do_are_refused_and_never_repeated(self, file, sizes, capfd):
        with pytest.raises(CommandError) as refusal:
            make(file, block_sizes=sizes)
        said = str(refusal.value) + "".join(capfd.readouterr())
        assert not any(character.isdigit() for character in said)
        assert not file.exists()

    def test_sizes_and_passphrase_are_typed_unseen(self, file, monkeypatch):
        monkeypatch.delenv("ALLOCATION_LIST_PASSPHRASE")
        typed = iter(["4,6", PASSPHRASE, PASSPHRASE])
        monkeypatch.setattr("randomization.sealed.age_file.getpass", lambda prompt: next(typed))
        said = make(file, block_sizes=None)
        assert "4,6" not in said
        assert len(parse(opened(file))[1]) == 40

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ([PASSPHRASE, "a slip of the finger"], "passphrases differ"),
            (["short"] * 2, "at least 16 characters"),
        ],
    )
    def test_a_slip_or_a_short_passphrase_writes_nothing(self, file, monkeypatch, typed, sentence):
        monkeypatch.delenv("ALLOCATION_LIST_PASSPHRASE")
        answers = iter(typed)
        monkeypatch.setattr("randomization.sealed.age_file.getpass", lambda prompt: next(answers))
        with pytest.raises(CommandError, match=sentence):
            make(file)
        assert not file.exists()

    def test_a_wrong_recipient_writes_nothing(self, file):
        with pytest.raises(CommandError, match="not an age public key"):
            make(file, recipient="age1nobody")
        assert not file.exists()

    def test_a_missing_folder_is_said_in_a_sentence(self, file):
        with pytest.raises(CommandError, match="cannot be written: No such file"):
            make(file.parent / "nowhere" / "list.age")

    def test_it_runs_on_a_machine_without_any_installation(self, file):
        environment = {
            "PATH": os.environ["PATH"],
            "ALLOCATION_LIST_PASSPHRASE": PASSPHRASE,
            "ALLOCATION_BLOCK_SIZES": "4,6",
        }
        command = [sys.executable, str(PROJECT / "manage.py"), "make_allocation_list", "--output", str(file)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert commitment(opened(file)) in done.stdout
        assert "4,6" not in done.stdout + done.stderr

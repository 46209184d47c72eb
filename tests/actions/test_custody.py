"""The list's custody: made encrypted, loaded once, and followed, which anyone can verify at any time."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pyrage
import pytest
from django.core.management import CommandError, call_command

from randomization.models import AllocationCommitment
from randomization.rules.allocation_list import allocation_list, canonical, commitment, parse
from tests.cast import ARMS
from tests.secrecy.attacker import Attacker
from tests.story import participant_at
from trial_site.core import protocol as protocols

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PROJECT = Path(__file__).resolve().parents[2]
PASSPHRASE = "an unblinded statistician's words"
SEED = bytes(range(32))


@pytest.fixture(autouse=True)
def _passphrase(monkeypatch):
    monkeypatch.setenv("ALLOCATION_LIST_PASSPHRASE", PASSPHRASE)


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "list.age"


@pytest.fixture
def key() -> pyrage.x25519.Identity:
    """Locks and opens at once, where a passphrase is stretched for a second."""
    return pyrage.x25519.Identity.generate()


@pytest.fixture
def identity(key, tmp_path) -> Path:
    (tmp_path / "key.txt").write_text(f"{key}\n")
    return tmp_path / "key.txt"


def run(command: str, *arguments, **options) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def make(file: Path, **options) -> str:
    return run("make_allocation_list", output=file, **{"block_sizes": "4,6"} | options)


def opened(file: Path) -> bytes:
    return pyrage.passphrase.decrypt(file.read_bytes(), PASSPHRASE)


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


@pytest.fixture
def three_randomized(cast) -> None:
    for seed in (1, 2, 3):
        participant_at("randomized", seed=seed)


def tamper(owner, statements: str) -> None:
    connection = owner()
    with connection, connection.cursor() as cursor:
        cursor.execute(statements)


def committed_text(owner) -> bytes:
    """The list as the statistician holds it."""
    with owner().cursor() as cursor:
        cursor.execute("SELECT encode(salt, 'hex') FROM sealed_sealedsecret")
        lines = [cursor.fetchone()[0]]
        cursor.execute("SELECT place, randomization_number, arm FROM sealed_place ORDER BY place")
        lines += [",".join(map(str, row)) for row in cursor.fetchall()]
    return ("\n".join(lines) + "\n").encode()


def findings(**options) -> list[str]:
    out = StringIO()
    with pytest.raises(CommandError, match=r"finding\(s\)"):
        call_command("verify_randomization", stdout=out, **options)
    assert not any(arm in out.getvalue() for arm in ARMS)
    return out.getvalue().splitlines()


SWAP_KITS = """
UPDATE {0} SET {1} = 'aside' WHERE {1} = (SELECT kit_number FROM sealed_binding WHERE place = 1);
UPDATE {0} SET {1} = (SELECT kit_number FROM sealed_binding WHERE place = 1)
 WHERE {1} = (SELECT kit_number FROM sealed_binding WHERE place = 2);
UPDATE {0} SET {1} = (SELECT kit_number FROM sealed_binding WHERE place = 2) WHERE {1} = 'aside';
"""
KIT_OF_THE_OTHER_ARM = """
UPDATE randomization_kit SET number = 'other' WHERE number =
    (SELECT kit_number FROM sealed_binding WHERE place = 1);
UPDATE sealed_binding b SET kit_number = (
    SELECT min(k.number) FROM sealed_kitcontent k
     WHERE k.number NOT IN (SELECT kit_number FROM sealed_binding)
       AND k.arm <> (SELECT p.arm FROM sealed_place p WHERE p.place = 1)) WHERE place = 1;
UPDATE randomization_kit SET number = (SELECT kit_number FROM sealed_binding WHERE place = 1)
 WHERE number = 'other'
"""
REUSE = """
ALTER TABLE sealed_binding DROP CONSTRAINT sealed_binding_place_key;
UPDATE sealed_binding SET place = 1 WHERE place = 2
"""
TURN = """
UPDATE sealed_binding SET id = -id;
UPDATE sealed_binding SET id = 10 - place
"""
FORGED = "UPDATE randomization_allocationcommitment SET sha256 = repeat('0', 64)"
SECOND = (
    "INSERT INTO randomization_allocationcommitment (sha256, places, generator, loaded_at)"
    " SELECT repeat('0', 64), places, generator, loaded_at FROM randomization_allocationcommitment"
)
NOT_COMMITTED = "The list in the sealed room is not the one whose commitment was published."
NOT_FOLLOWED = "A place in the sealed room was given a number or kit that does not follow the list."

TAMPERED = {
    "a hole": ("DELETE FROM sealed_binding WHERE place = 1", "Place 1 of the list was skipped."),
    "a reused place": (REUSE, "Place 1 was used 2 times."),
    "a place out of turn": (TURN, "Place 2 was taken after place 3."),
    "kits swapped in the records": (SWAP_KITS.format("randomization_kit", "number"), "has kit "),
    "a kit of the other arm": (KIT_OF_THE_OTHER_ARM, NOT_FOLLOWED),
    "a kit lost from the records": ("DELETE FROM randomization_kit", "recorded as none."),
    "a randomization without binding": (
        "DELETE FROM sealed_binding WHERE place = 3",
        "Randomization R003 has no place in the list.",
    ),
    "another randomization number": (
        "UPDATE randomization_randomization SET number = 'R009' WHERE number = 'R002'",
        "Place 2 is randomization R002, recorded as R009.",
    ),
    "a number that is not the list's": (
        "UPDATE sealed_binding SET randomization_number = 'R009' WHERE place = 2",
        NOT_FOLLOWED,
    ),
    "a request moved to another place": (
        "UPDATE randomization_randomizationrequest SET place = 9 WHERE place = 2",
        "The request for place 9 was given place 2.",
    ),
    "a changed commitment": (FORGED, NOT_COMMITTED),
    "a second commitment": (SECOND, "One commitment should be published; there are 2."),
    "a withdrawn commitment": (
        "DELETE FROM randomization_allocationcommitment",
        "One commitment should be published; there are 0.",
    ),
    "a changed future place": (
        "UPDATE sealed_place SET arm = (SELECT min(arm) FROM sealed_place WHERE arm <> p.arm)"
        " FROM (SELECT arm FROM sealed_place WHERE place = 40) p WHERE place = 40",
        NOT_COMMITTED,
    ),
    "a longer list": (
        "INSERT INTO sealed_place (place, randomization_number, arm) SELECT 41, 'R041', min(arm) FROM sealed_place",
        NOT_COMMITTED,
    ),
}


@pytest.mark.usefixtures("three_randomized")
class TestVerifying:
    def test_an_honest_study_holds(self):
        assert run("verify_randomization") == "3 randomizations follow the committed list.\n"
        assert json.loads(run("verify_randomization", json=True)) == {
            "holds": True,
            "randomizations": 3,
            "list_given": False,
            "findings": [],
        }

    @pytest.mark.parametrize(("statements", "sentence"), TAMPERED.values(), ids=TAMPERED)
    def test_tampering_is_found(self, owner, statements, sentence):
        tamper(owner, statements)
        assert any(sentence in found for found in findings())

    def test_a_place_taken_past_the_application_is_found(self, application):
        Attacker(application).allocated_subject()
        assert findings() == ["Place 4 is taken, but its randomization was never recorded."]

    def test_findings_as_json(self, owner):
        tamper(owner, FORGED)
        assert json.loads(findings(json=True)[0]) == {
            "holds": False,
            "randomizations": 3,
            "list_given": False,
            "findings": [NOT_COMMITTED],
        }

    def test_the_list_is_the_committed_one_and_sha256sum_alone_says_so(self, owner, tmp_path, file):
        text = committed_text(owner)
        plain = tmp_path / "list.txt"
        plain.write_bytes(text)
        file.write_bytes(pyrage.passphrase.encrypt(text, PASSPHRASE))
        done = subprocess.run(["sha256sum", plain], capture_output=True, text=True, check=True)
        assert done.stdout.split()[0] == AllocationCommitment.objects.get().sha256
        for given in (plain, file):
            assert "the list given is the one committed" in run("verify_randomization", file=given)

    def test_another_list_is_not(self, owner, tmp_path):
        other = tmp_path / "other.txt"
        other.write_bytes(committed_text(owner).replace(b"40,R040,CANARY", b"40,R040,CANARI"))
        assert "is not the commitment published" in findings(file=other)[0]

    def test_the_room_answers_without_anything_that_follows_an_arm(self, application):
        with Attacker(application).session() as cursor:
            cursor.execute("SELECT * FROM sealed_bindings()")
            columns = [column.name for column in cursor.description]
            cursor.execute("SELECT * FROM sealed_intact()")
            assert cursor.fetchone() == (True, True)
        assert columns == ["place", "request_id", "randomization_number", "kit_number", "turn"]

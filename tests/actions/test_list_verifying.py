"""The allocation list is followed, which anyone can verify at any time."""

import json
import subprocess
from io import StringIO

import pyrage
import pytest
from django.core.management import CommandError, call_command

from randomization.models import AllocationCommitment
from tests.cast import ARMS
from tests.custody import PASSPHRASE, run, tamper
from tests.secrecy.attacker import Attacker
from tests.story import participant_at

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    pytest.mark.usefixtures("passphrase"),
]


@pytest.fixture
def three_randomized(cast) -> None:
    for seed in (1, 2, 3):
        participant_at("randomized", seed=seed)


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
UPDATE {0} SET {1} = 'aside' WHERE {1} = (SELECT bag FROM sealed_binding WHERE place = 1);
UPDATE {0} SET {1} = (SELECT bag FROM sealed_binding WHERE place = 1)
 WHERE {1} = (SELECT bag FROM sealed_binding WHERE place = 2);
UPDATE {0} SET {1} = (SELECT bag FROM sealed_binding WHERE place = 2) WHERE {1} = 'aside';
"""
KIT_OF_THE_OTHER_ARM = """
ALTER TABLE sealed_movement DISABLE TRIGGER USER;
UPDATE sealed_movement SET kit_number = (
    SELECT min(k.number) FROM sealed_kitcontent k
     WHERE k.number NOT IN (SELECT m.kit_number FROM sealed_movement m WHERE m.step = 'assigned')
       AND k.arm <> (SELECT p.arm FROM sealed_place p WHERE p.place = 1))
 WHERE bag = (SELECT bag FROM sealed_binding WHERE place = 1)
"""
REUSE = """
ALTER TABLE sealed_binding DROP CONSTRAINT sealed_binding_place_key;
UPDATE sealed_binding SET place = 1 WHERE place = 2
"""
TURN = """
ALTER TABLE sealed_binding DISABLE TRIGGER zz_audit;
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

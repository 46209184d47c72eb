"""The board's reports: groups by letter after a committed record, new with a code break; pooled without few."""

import pytest
from django.test import Client
from django.urls import reverse

from randomization.models import StudyAccess
from tests.cast import Member
from tests.secrecy.test_code_break import recorded
from trial_site.exports import board

pytestmark = pytest.mark.django_db(transaction=True)
RECORD = (
    "INSERT INTO randomization_studyaccess (person_id, why, tx, at)"
    " SELECT id, 'board', 1, now() FROM core_staffmember WHERE email = %s RETURNING id"
)
GROUPS = "SELECT string_agg(letter, '' ORDER BY subject_id) FROM sealed_groups(%s)"


def test_letters_need_a_committed_record_of_the_unblinded_statistician(attacker):
    for _ in range(6):
        attacker.allocated_subject()
    for login in ("statistician", "pharmacist1", "pi", "monitor.unblinded", "medicalmonitor"):
        attacker.is_refused(RECORD, f"{login}@demo.example")
    with attacker.session() as cursor:
        cursor.execute(RECORD, ["statistician.unblinded@demo.example"])
        access = cursor.fetchone()[0]
    attacker.is_refused(GROUPS, access)
    access = attacker.commit(RECORD, "statistician.unblinded@demo.example")[0]
    letters = attacker.commit(GROUPS, access)[0]
    assert set(letters) == {"A", "B"}
    assert len(letters) == 6
    drawn, subject = {letters}, attacker.allocated_subject()
    for _ in range(14):  # by chance always the same: once in 16,384
        if len(drawn) == 2:
            break
        recorded(attacker, subject)
        access = attacker.commit(RECORD, "statistician.unblinded@demo.example")[0]
        drawn.add(attacker.commit(GROUPS, access)[0][:6])
    assert drawn == {letters, letters.translate(str.maketrans("AB", "BA"))}


def test_a_record_is_taken_in_its_own_transaction_only(attacker):
    with attacker.session() as cursor:
        cursor.execute(RECORD, ["statistician.unblinded@demo.example"])
        access = cursor.fetchone()[0]
        with pytest.raises(Exception, match="The sealed room refuses"):
            cursor.execute(GROUPS, [access])
    attacker.is_refused("UPDATE randomization_studyaccess SET why = 'x'")


@pytest.fixture(autouse=True)
def _static_files_that_nobody_has_collected(settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


def test_the_closed_report_names_no_arm_and_no_participant(attacker):
    attacker.allocated_subject()
    client, url = Client(), reverse("exports:closed_report")
    client.force_login(Member("statistician.unblinded@demo.example").staff)
    assert client.get(url).status_code == 200
    assert client.post(url, {"why": ""}).status_code == 422
    assert not StudyAccess.objects.exists()
    answer = client.post(url, {"why": "Meeting 1"})
    assert answer.status_code == 200
    assert "Worst grade 3" in answer.content.decode()
    assert not [secret for secret in (b"CANARY", b"X-", b"R001") if secret in answer.content]
    assert StudyAccess.objects.count() == 1


def test_the_open_report_shows_no_number_from_one_to_four(monkeypatch):
    lines = [board.Line("few", [4]), board.Line("none", [0]), board.Line("enough", [5])]
    monkeypatch.setattr(board, "lines", lambda groups: lines)
    assert board.pooled() == [("few", None), ("none", 0), ("enough", 5)]

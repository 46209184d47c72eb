"""Sealed letters: printed by unblinded staff as the owner, opened without the system, entered and counted after."""

import subprocess
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from randomization import unblinding
from randomization.models import CodeBreak, LetterCount, LetterPrint
from randomization.selectors import has_seen_arm
from tests.cast import ARMS
from tests.secrecy.attacker import Attacker
from tests.story import participant_at
from tests.views.test_randomization import browser
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring.models import Deviation

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
HOUR = timedelta(hours=1)


def make(tmp_path, by="statistician.unblinded"):
    file = tmp_path / "letters.pdf"
    call_command("make_code_letters", by=f"{by}@demo.example", output=file)
    return file


def test_a_letter_for_every_place_with_the_arm_on_the_inner_side(tmp_path, owner):
    file = make(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600
    pages = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
    ).stdout.split("\f")[:-1]
    with owner().cursor() as cursor:
        cursor.execute("SELECT randomization_number, arm FROM sealed_place ORDER BY place")
        places = cursor.fetchall()
    assert len(pages) == 2 * len(places)
    for (number, arm), inner, outer in zip(places, pages[::2], pages[1::2], strict=True):
        assert number in inner
        assert number in outer
        assert arm in inner
        assert not any(name in outer for name in ARMS)
    assert LetterPrint.objects.get().letters == len(places)


@pytest.mark.parametrize("by", ["coordinator", "investigator", "monitor", "nobody"])
def test_blinded_staff_print_none(tmp_path, by):
    with pytest.raises(CommandError, match="unblinded delegation"):
        make(tmp_path, by=by)
    assert not LetterPrint.objects.exists()
    assert not list(tmp_path.iterdir())


def test_a_file_is_not_overwritten(tmp_path):
    make(tmp_path)
    with pytest.raises(CommandError, match="cannot be written"):
        make(tmp_path)
    assert LetterPrint.objects.count() == 1


def test_the_application_cannot_write_the_log_of_prints(application):
    Attacker(application).is_refused(
        "INSERT INTO randomization_letterprint (letters, printed_by_id, printed_at) VALUES (40, 1, now())"
    )


def opened(cast, subject, now, **changes) -> CodeBreak:
    given = {"category": "emergency", "why": "The system was down", "opened_by": cast.investigator.staff}
    given |= {"opened_at": now, "password": cast.password} | changes
    return unblinding.record_letter_opened(subject, **given, by=cast.principal.actor(now), at=now)


def test_an_opening_is_entered_once_as_a_code_break_and_shows_nothing(cast):
    subject, now = participant_at("randomized")
    early = subject.randomization.randomized_at - HOUR
    for wrong in ({"opened_at": now + HOUR}, {"opened_at": early}, {"password": "a wrong one"}, {"why": " "}):
        with pytest.raises(Refused):
            opened(cast, subject, now, **wrong)
    assert not CodeBreak.objects.exists()
    code_break = opened(cast, subject, now)
    assert code_break.letter == subject.randomization.number
    assert Deviation.objects.get().kind == "unblinding"
    assert has_seen_arm(cast.investigator.actor(now), subject)
    assert not has_seen_arm(cast.principal.actor(now), subject)
    with pytest.raises(Refused, match="sealed letter"):
        unblinding.treatment(code_break, by=cast.investigator.actor(now))
    with pytest.raises(Refused, match="entered already"):
        opened(cast, subject, now)


def test_a_difference_between_seals_and_entries_must_be_explained(cast):
    subject, now = participant_at("randomized")
    opened(cast, subject, now)
    count = {"occasion": "visit", "intact": 39, "comment": "", "by": cast.monitor.actor(now), "at": now}
    assert unblinding.count_letters(subject.site, opened=1, **count).agrees
    with pytest.raises(Refused) as refusal:
        unblinding.count_letters(subject.site, opened=2, **count)
    assert "comment" in refusal.value.fields
    explained = count | {"comment": "R012 was torn in transit"}
    assert not unblinding.count_letters(subject.site, opened=2, **explained).agrees
    with pytest.raises(NotAllowed):
        unblinding.count_letters(subject.site, opened=1, **count | {"by": cast.coordinator.actor(now)})


@pytest.fixture(autouse=True)
def _static_files_that_nobody_has_collected(settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


def test_the_pages_take_an_opening_and_a_count(cast):
    subject, now = participant_at("randomized")
    client, url = browser(cast, "investigator"), reverse("randomization:letter_opened", args=[subject.number])
    assert subject.randomization.number in client.get(url).content.decode()
    given = {"category": "emergency", "why": "Down", "opened_by": cast.principal.staff.pk}
    given |= {"opened_at": (now + HOUR / 2).isoformat(), "password": cast.password}
    given |= {"email": cast.investigator.email}
    assert client.post(url, given).status_code == 302
    client, url = browser(cast, "monitor"), reverse("randomization:letters")
    given = {"site": subject.site.pk, "occasion": "close_out", "intact": 39, "opened": 0, "comment": ""}
    assert client.post(url, given).status_code == 422
    assert client.post(url, given | {"opened": 1}).status_code == 302
    assert LetterCount.objects.get().agrees
    assert "agrees" in client.get(url).content.decode()

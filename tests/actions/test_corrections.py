"""Facts after the verdict: read-only once signed; what it takes to change them before and after randomization."""

from decimal import Decimal

import pytest

from enrollment import actions
from enrollment.actions.corrections import CORRECTED
from enrollment.models import SubjectState
from enrollment.selectors import screening_of, signed_eligibility
from outcomes.actions.reminders import send_due_notices
from randomization.actions import complete_request, request_randomization
from randomization.models import Kit, Randomization
from tests.actions.test_reminders import Post
from tests.cast import LOGINS
from tests.clinic import NOW, eligible
from tests.story import participant_at
from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.core.models import Notice
from trial_site.monitoring.models import Deviation

transactional = pytest.mark.django_db(transaction=True)
BEAT = Actor.system("visit reminders")
HEAVIER = {"weight_kg": Decimal("71.5")}


def amend(cast, subject, values):
    screening = screening_of(subject)
    by = cast.coordinator.actor(NOW)
    return actions.amend_screening(
        screening, values=values, version=screening.version, reason="Read again", by=by, at=NOW
    )


def correct(cast, subject, values, *, at, reason="Read again", version=None, by=None):
    screening = screening_of(subject)
    return actions.correct_screening(
        screening,
        values=values,
        version=version or screening.version,
        reason=reason,
        by=(by or cast.coordinator).actor(at),
        at=at,
    )


def unsign(cast, subject, *, reason="Scale was wrong", by=None):
    actions.unsign_eligibility(subject, reason=reason, by=(by or cast.investigator).actor(NOW), at=NOW)


# --- Before randomization ---


@pytest.mark.django_db
def test_once_signed_the_facts_are_read_only(cast):
    subject = eligible(cast)
    with pytest.raises(Refused, match="eligible"):
        amend(cast, subject, HEAVIER)
    assert screening_of(subject).version == 1
    with pytest.raises(Refused) as refusal:
        unsign(cast, subject, reason=" ")
    assert set(refusal.value.fields) == {"reason"}
    unsign(cast, subject)
    assert signed_eligibility(subject, at=NOW) is None
    assert amend(cast, subject, HEAVIER) == ["weight_kg"]
    assert subject.assessments.count() == 1
    event = Event.objects.filter(table="enrollment_subject", operation="U").latest("pk")
    assert (event.reason, event.new["state"]) == ("Scale was wrong", "consented")


@pytest.mark.django_db
@pytest.mark.parametrize("who", sorted(LOGINS.keys() - {"investigator", "principal"}))
def test_only_an_investigator_takes_a_signature_back(cast, who):
    with pytest.raises(NotAllowed):
        unsign(cast, eligible(cast), by=getattr(cast, who))


@transactional
def test_after_randomization_no_signature_is_taken_back(cast):
    subject, _now = participant_at("randomized")
    with pytest.raises(Refused, match="randomized"):
        unsign(cast, subject)


@transactional
def test_taken_back_while_the_room_was_asked_the_place_is_kept_and_reported(cast):
    """Between the committed request and its answer, e.g. during a supply hold."""
    subject, now = participant_at("ready")
    request = request_randomization(subject, by=cast.coordinator.actor(now), at=now)
    unsign(cast, subject)
    complete_request(request, by=Actor.system("finish interrupted randomization"))
    subject.refresh_from_db()
    assert subject.state == SubjectState.RANDOMIZED
    [deviation] = Deviation.objects.all()
    assert (deviation.kind, deviation.grade, deviation.subject) == ("eligibility", "major", subject.number)


# --- After randomization ---


@transactional
@pytest.mark.parametrize(
    ("values", "grade"),
    [(HEAVIER, "minor"), ({"respiratory_rate": 31}, "major"), ({"spo2_percent": 90}, "major")],
)
def test_a_correction_is_a_deviation_told_to_the_investigators_and_voids_nothing(cast, values, grade):
    subject, now = participant_at("infused")
    before = allocated(subject), subject.assessments.values_list("facts", "verdict").last()
    assert correct(cast, subject, values, at=now) == list(values)
    subject.refresh_from_db()
    assert subject.state == SubjectState.RANDOMIZED
    assert (allocated(subject), subject.assessments.values_list("facts", "verdict").last()) == before
    [deviation] = Deviation.objects.all()
    assert (deviation.kind, deviation.grade, deviation.form) == ("eligibility", grade, "SC")
    assert ("Not met on the corrected data" in deviation.text) is (grade == "major")
    told = Notice.objects.filter(kind=CORRECTED).values_list("recipient__email", flat=True)
    assert set(told) == {cast.investigator.email, cast.principal.email}


def allocated(subject) -> tuple:
    randomization = Randomization.objects.get(subject=subject)
    return (
        randomization.number,
        randomization.randomized_at,
        *Kit.objects.filter(subject=subject).values_list(),
    )


@transactional
def test_the_letter_names_nobody_and_nothing(cast):
    subject, now = participant_at("infused")
    correct(cast, subject, HEAVIER, at=now)
    post = Post()
    while send_due_notices(post, by=BEAT, at=now):
        if not Notice.objects.filter(kind=CORRECTED, state="planned").exists():
            break
    letters = [letter for letter in post.taken if "corrected" in letter.subject]
    assert len(letters) == 2
    for letter in letters:
        assert subject.number not in letter.subject + letter.body
        assert "71.5" not in letter.body


@transactional
def test_each_correction_is_reported_once_and_none_without_a_change(cast):
    subject, now = participant_at("randomized")
    correct(cast, subject, HEAVIER, at=now)
    assert correct(cast, subject, HEAVIER, at=now) == []
    assert Deviation.objects.count() == 1
    correct(cast, subject, {"weight_kg": Decimal("72.5")}, at=now)
    assert Deviation.objects.count() == 2


@transactional
def test_what_must_not_be_is_refused(cast):
    subject, now = participant_at("randomized")
    with pytest.raises(Refused) as refusal:
        correct(cast, subject, HEAVIER, at=now, reason=" ")
    assert set(refusal.value.fields) == {"reason"}
    with pytest.raises(StaleRecord):
        correct(cast, subject, HEAVIER, at=now, version=9)
    with pytest.raises(Refused, match="Not possible"):
        correct(cast, subject, {"spo2_percent": 101}, at=now)
    for who in ("monitor", "nurse", "assessor", "outsider"):
        with pytest.raises(NotAllowed):
            correct(cast, subject, HEAVIER, at=now, by=getattr(cast, who))
    assert not Deviation.objects.exists()


@pytest.mark.django_db
def test_before_randomization_there_is_nothing_to_correct_in_this_way(cast):
    with pytest.raises(Refused, match="eligible"):
        correct(cast, eligible(cast), HEAVIER, at=NOW)

"""The simulated study shows what a real one meets: somebody screened again, a new consent form half of the way."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from enrollment.models import Consent, Subject, SubjectState
from enrollment.selectors import consents_due, same_person
from tests.clinic import consented
from tests.story import SteadyRandom, suitable, troupe
from trial_site.simulation.amendment import NOT_ASKED_YET, amend_consent, consent_again
from trial_site.simulation.story import Narrator

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def tell(cast, flaw: str) -> list[Subject]:
    """The story of somebody with this flaw, until it is decided once more or over."""
    rng, seen_at = SteadyRandom(1), datetime.now(UTC).replace(hour=1, minute=0) - 30 * DAY
    before = set(Subject.objects.values_list("pk", flat=True))
    patient = replace(suitable(rng, cast.site.date_of(seen_at)), flaw=flaw)
    for _now in Narrator(troupe(), cast.site, rng).tell(patient, seen_at):
        theirs = Subject.objects.exclude(pk__in=before)
        if theirs.filter(state=SubjectState.ELIGIBLE).exists():
            break
    return list(Subject.objects.exclude(pk__in=before).order_by("pk"))


def test_the_first_in_whom_it_has_passed_is_screened_again(cast):
    first, again = tell(cast, "influenza")
    assert (first.state, again.state, again.rescreen_of) == ("screen_failed", "eligible", first)
    assert Consent.objects.filter(subject=again).exists()
    assert same_person(again) == []
    assert len(tell(cast, "influenza")) == 1, "one is enough"


def test_who_has_a_tumour_is_not(cast):
    [only] = tell(cast, "tumour")
    assert only.state == SubjectState.SCREEN_FAILED


def test_all_but_the_last_have_consented_to_the_new_form(cast):
    subjects, now = [consented(cast) for _ in range(NOT_ASKED_YET + 2)], datetime.now(UTC)
    amend_consent(cast.site, troupe(), at=now)
    consent_again(cast.site, troupe(), at=now)
    waiting = [subject for subject, _version in consents_due(Subject.objects.all(), at=now)]
    assert waiting == subjects[-NOT_ASKED_YET:]
    assert Consent.objects.filter(consent_version__version="1.1").count() == 2

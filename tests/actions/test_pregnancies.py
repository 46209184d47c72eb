"""Pregnancies of a participant or a partner: reported like a serious event, followed to their end."""

import pytest

from enrollment.actions import record_withdrawal
from enrollment.selectors import screening_of
from outcomes.actions import amend_entry, record_entry
from outcomes.models import Pregnancy
from tests.followed import DAY
from trial_site.casebook.selectors.worklist import work_of
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import Notice

pytestmark = pytest.mark.django_db(transaction=True)


def report(followed, *, by=None, **changes):
    values = {
        "whose": "partner",
        "learned_on": followed.day(7),
        "last_period_on": followed.day(-40),
        "due_on": followed.day(240),
        "outcome": "ongoing",
        "course": "No complaints.",
    }
    by = by or followed.coordinator
    return record_entry(followed.subject, form="PG", values=values | changes, by=by, at=followed.now)


def refused(followed, **changes):
    with pytest.raises(Refused) as refusal:
        report(followed, **changes)
    return refusal.value.fields


def test_safety_is_told_that_something_waits(followed):
    report(followed)
    roles = Notice.objects.filter(kind="serious_event").values_list("recipient__role", flat=True)
    assert set(roles) >= {"safety_officer", "investigator"}


def test_a_man_is_not_pregnant(followed):
    sex = screening_of(followed.subject).sex
    fields = refused(followed, whose="participant") if sex == "male" else {"whose": "A man is not pregnant."}
    assert "A man is not pregnant" in fields["whose"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"due_on": -50}, "due_on"),
        ({"last_period_on": 8}, "last_period_on"),
        ({"ended_on": 6}, "ended_on"),
        ({"child": "healthy"}, "child"),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field(followed, changes, field):
    dated = {name: followed.day(n) if isinstance(n, int) else n for name, n in changes.items()}
    assert field in refused(followed, **dated)


def test_it_is_followed_when_the_expected_date_has_come_until_it_ended(followed):
    entry = report(followed)
    sentence = f"Follow up the pregnancy reported for {followed.subject.number}"

    def waiting(later):
        at = followed.now + later
        return sentence in [todo.sentence for todo in work_of(followed.cast.coordinator.actor(at), at=at)]

    assert not waiting(100 * DAY)
    assert waiting(240 * DAY)
    born = {"outcome": "birth", "ended_on": followed.day(230), "child": "healthy"}
    at = followed.now + 240 * DAY
    by = followed.cast.coordinator.actor(at)
    amend_entry(entry, values=born, version=1, reason="Birth", by=by, at=at)
    assert not waiting(241 * DAY)


def test_it_is_still_reported_after_withdrawal(followed):
    given = {"on": followed.day(5), "by": followed.coordinator, "at": followed.now}
    record_withdrawal(followed.subject, kind="consent", **given)
    assert report(followed).number == 1


@pytest.mark.parametrize("who", ["assessor", "monitor", "outsider"])
def test_only_the_site_reports(followed, who):
    with pytest.raises(NotAllowed):
        report(followed, by=getattr(followed.cast, who).actor(followed.now))
    assert not Pregnancy.objects.exists()

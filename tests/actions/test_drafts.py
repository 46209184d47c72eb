"""What is typed is kept without being saved; what changes after a verdict was shown stays known, with its reason."""

from datetime import timedelta

import pytest

from enrollment import actions
from enrollment.actions import Typed
from enrollment.models import ChangeAfterVerdict, Screening, ScreeningDraft, SubjectState
from enrollment.selectors import draft_of
from tests.cast import LOGINS
from tests.clinic import NOW, TODAY, VALUES, consented, eligible, screened
from trial_site.audit.models import Event
from trial_site.casebook.selectors import work_of
from trial_site.core.errors import NotAllowed, Refused, StaleRecord

pytestmark = pytest.mark.django_db
FAST = VALUES | {"respiratory_rate": 31}


def keep(cast, subject, values, *, by=None, **typed):
    typed.setdefault("fields", {name: [str(value)] for name, value in values.items()})
    typed = Typed(**{"window": "w", "turn": turn(subject) + 1} | typed)
    return actions.keep_draft(
        subject, typed=typed, values=values, by=(by or cast.coordinator).actor(NOW), at=NOW
    )


def turn(subject) -> int:
    draft = draft_of(subject)
    return draft.turn if draft else 0


def save(cast, subject, values=VALUES, *, by=None, reason=""):
    return actions.record_screening(
        subject, values=values, reason=reason, by=(by or cast.coordinator).actor(NOW), at=NOW
    )


def changed() -> list[tuple]:
    return list(ChangeAfterVerdict.objects.values_list("fact", "old", "new", "not_met", "reason"))


class TestDraft:
    def test_it_is_kept_as_typed_and_gone_at_save(self, cast):
        subject = consented(cast)
        keep(cast, subject, {}, fields={"weight_kg": ["7o"]})
        assert draft_of(subject).typed == {"weight_kg": ["7o"]}
        assert not Screening.objects.exists()
        save(cast, subject)
        assert not ScreeningDraft.objects.exists()

    def test_it_waits_for_the_coordinator(self, cast):
        subject = consented(cast)
        keep(cast, subject, {"respiratory_rate": 20})
        [todo] = [
            one for one in work_of(cast.coordinator.actor(NOW), at=NOW) if one.subject == subject.number
        ]
        assert todo.sentence == (
            f"Save the screening form of {subject.number}: something is typed and not saved"
        )

    def test_it_leaves_no_trace_in_history(self, cast):
        subject = consented(cast)
        before = Event.objects.count()
        keep(cast, subject, {"birth_date": TODAY})
        assert Event.objects.count() == before

    def test_a_late_message_of_the_same_window_overwrites_nothing(self, cast):
        subject = consented(cast)
        keep(cast, subject, {"respiratory_rate": 20}, turn=7)
        keep(cast, subject, {"respiratory_rate": 2}, turn=6)
        assert draft_of(subject).typed == {"respiratory_rate": ["20"]}

    def test_another_window_goes_on_and_the_old_one_is_told(self, cast):
        subject = consented(cast)
        keep(cast, subject, {}, window="first")
        keep(cast, subject, {}, window="second", continues="first")
        with pytest.raises(Refused, match="another window"):
            keep(cast, subject, {"respiratory_rate": 20}, window="first")

    def test_another_persons_draft_is_never_overwritten(self, cast):
        subject = consented(cast)
        keep(cast, subject, {"respiratory_rate": 20})
        for attempt in (keep, save):
            with pytest.raises(Refused, match=r"Mei Demo is filling in this form"):
                attempt(cast, subject, VALUES, by=cast.investigator)
        assert draft_of(subject).typed == {"respiratory_rate": ["20"]}

    def test_it_can_be_taken_over_and_its_author_is_told(self, cast):
        subject = consented(cast)
        keep(cast, subject, {"respiratory_rate": 20})
        actions.take_over_draft(subject, by=cast.investigator.actor(NOW), at=NOW)
        assert draft_of(subject).typed == {"respiratory_rate": ["20"]}
        with pytest.raises(Refused, match=r"Dr\. Lin Demo"):
            keep(cast, subject, {"respiratory_rate": 21})
        save(cast, subject, by=cast.investigator)

    def test_a_draft_of_an_older_version_is_not_saved_over_the_newer(self, cast):
        subject = screened(cast)
        with pytest.raises(StaleRecord):
            actions.amend_screening(
                subject.screening,
                values=FAST,
                version=0,
                reason="again",
                by=cast.coordinator.actor(NOW),
                at=NOW,
            )

    def test_it_ends_with_the_screening(self, cast):
        subject = consented(cast)
        keep(cast, subject, VALUES)
        withdrawn = {"kind": "consent", "on": TODAY}
        actions.record_withdrawal(subject, **withdrawn, by=cast.coordinator.actor(NOW), at=NOW)
        assert subject.state == SubjectState.WITHDRAWN
        assert not ScreeningDraft.objects.exists()

    def test_what_is_signed_is_not_typed_into(self, cast):
        with pytest.raises(Refused, match="eligible"):
            keep(cast, eligible(cast), VALUES)

    @pytest.mark.parametrize("who", sorted(LOGINS.keys() - {"coordinator", "investigator", "principal"}))
    def test_everyone_else_is_refused(self, cast, who):
        subject, by = consented(cast), getattr(cast, who).actor(NOW)
        with pytest.raises(NotAllowed):
            keep(cast, subject, VALUES, by=getattr(cast, who))
        for verb in (actions.take_over_draft, actions.discard_draft):
            given = {"reason": "x"} if verb is actions.discard_draft else {}
            with pytest.raises(NotAllowed):
                verb(subject, **given, by=by, at=NOW)


class TestChangesAfterAVerdict:
    def test_a_value_with_which_a_criterion_was_shown_as_not_met_changes_with_a_reason(self, cast):
        subject = consented(cast)
        assert keep(cast, subject, FAST).outcome.code == "not_met"
        keep(cast, subject, VALUES)
        assert changed() == [("respiratory_rate", "31", "20", "IN01b1 IN04b", "")]
        with pytest.raises(Refused) as refusal:
            save(cast, subject)
        assert set(refusal.value.fields) == {"reason"}
        save(cast, subject, reason="Counted again")
        assert changed() == [("respiratory_rate", "31", "20", "IN01b1 IN04b", "Counted again")]

    def test_what_no_draft_kept_is_noticed_at_save(self, cast):
        subject = consented(cast)
        keep(cast, subject, FAST)
        with pytest.raises(Refused):
            save(cast, subject)
        save(cast, subject, reason="Counted again")
        assert changed() == [("respiratory_rate", "31", "20", "IN01b1 IN04b", "Counted again")]

    def test_undetermined_counts_as_well(self, cast):
        subject = consented(cast)
        keep(cast, subject, {"height_cm": 170})
        keep(cast, subject, {"height_cm": 171})
        [change] = ChangeAfterVerdict.objects.all()
        assert (change.old, change.new, change.not_met, change.undetermined) == ("170", "171", "", "IN05d")

    def test_a_met_criterion_and_an_empty_field_ask_for_nothing(self, cast):
        subject = consented(cast)
        keep(cast, subject, {})
        keep(cast, subject, VALUES)
        keep(cast, subject, VALUES | {"respiratory_rate": 21})
        save(cast, subject)
        assert changed() == []

    def test_what_is_being_typed_is_not_judged_before_it_is_complete(self, cast):
        subject = consented(cast)
        keep(cast, subject, VALUES)
        verdict = keep(cast, subject, VALUES | {"respiratory_rate": 3}, typing="respiratory_rate")
        assert verdict.outcome.code == "met"
        typing = keep(cast, subject, FAST, typing="respiratory_rate")
        assert typing.outcome.code == "met"
        keep(cast, subject, VALUES)
        assert changed() == []

    def test_emptying_a_value_hides_nothing(self, cast):
        subject = consented(cast)
        keep(cast, subject, FAST)
        keep(cast, subject, VALUES | {"respiratory_rate": None})
        keep(cast, subject, VALUES)
        assert [row[:3] for row in changed()] == [
            ("respiratory_rate", "31", ""),
            ("respiratory_rate", "31", "20"),
        ]

    def test_a_colleague_cannot_begin_afresh(self, cast):
        subject = consented(cast)
        keep(cast, subject, FAST)
        actions.take_over_draft(subject, by=cast.investigator.actor(NOW), at=NOW)
        with pytest.raises(Refused, match="after a verdict was shown"):
            save(cast, subject, by=cast.investigator)

    def test_discarding_keeps_what_was_shown(self, cast):
        subject = consented(cast)
        keep(cast, subject, FAST)
        with pytest.raises(Refused) as refusal:
            actions.discard_draft(subject, reason=" ", by=cast.coordinator.actor(NOW), at=NOW)
        assert set(refusal.value.fields) == {"reason"}
        actions.discard_draft(subject, reason="Wrong person", by=cast.coordinator.actor(NOW), at=NOW)
        assert ("respiratory_rate", "31", "", "IN01b1 IN04b", "Wrong person") in changed()
        assert not ScreeningDraft.objects.exists()

    def test_a_saved_value_is_listed_when_it_is_corrected(self, cast):
        subject = screened(cast, respiratory_rate=31)
        actions.amend_screening(
            subject.screening,
            values={"respiratory_rate": 20},
            version=1,
            reason="Counted again",
            by=cast.coordinator.actor(NOW),
            at=NOW + timedelta(minutes=5),
        )
        assert changed() == [("respiratory_rate", "31", "20", "IN01b1 IN04b", "Counted again")]

    def test_nobody_changes_what_was_noted(self, cast):
        subject = consented(cast)
        keep(cast, subject, FAST)
        keep(cast, subject, VALUES)
        save(cast, subject, reason="Counted again")
        events = Event.objects.filter(table="enrollment_changeafterverdict")
        assert [event.operation for event in events] == ["I", "U"]

"""What was done, compared with what would have been allowed. Nothing is refused here: truth is never refused."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from dosing.rules.bedside import randomization_lead
from dosing.rules.orders import recheck_fresh
from dosing.rules.slots import keeps_first_apart
from enrollment.rules import Window
from trial_site.core.protocol import Protocol

RECORDED = "recorded_afterwards"


@dataclass(frozen=True)
class Done:
    """An infusion as it was given; None where the study knows of nothing.

    bag: the number read on it; own_bags: those of this participant; start_by, use_by: of the bag's release.
    """

    started_at: datetime
    stopped_at: datetime
    bag: str
    own_bags: Collection[str]
    bag_given_before: bool
    blind_kept: bool
    two_people: bool
    vitals_before: bool
    treatment_stands: bool
    randomized_at: datetime | None
    rechecked_at: datetime | None
    start_by: datetime | None
    use_by: datetime | None
    window: Window | None
    zone: tzinfo
    others: Sequence[datetime]
    protocol: Protocol


def departures(done: Done) -> list[str]:
    """Each departure from the protocol; that it was recorded afterwards is always one."""
    return [RECORDED, *_of_the_person(done), *_of_the_bag(done), *_of_the_conduct(done)]


def _of_the_person(done: Done) -> Iterator[str]:
    day = done.started_at.astimezone(done.zone).date()
    if done.window is None or not done.window.contains(day):
        yield "outside_window"
    if done.randomized_at is None or done.randomized_at > done.started_at:
        yield "not_randomized"
    elif done.started_at - done.randomized_at > randomization_lead(done.protocol):
        yield "randomized_too_early"
    if not done.treatment_stands:
        yield "treatment_ended"
    if not keeps_first_apart(done.started_at, done.others, done.protocol):
        yield "first_apart"


def _of_the_bag(done: Done) -> Iterator[str]:
    if done.bag not in done.own_bags:
        yield "wrong_bag"
    if done.bag_given_before:
        yield "bag_used"
    if done.start_by is None or done.use_by is None:
        yield "not_released"
    else:
        if done.started_at > done.start_by:
            yield "past_start_by"
        if done.stopped_at > done.use_by:
            yield "past_use_by"


def _of_the_conduct(done: Done) -> Iterator[str]:
    if done.rechecked_at is None or done.rechecked_at > done.started_at:
        yield "no_recheck"
    elif not recheck_fresh(done.rechecked_at, at=done.started_at, protocol=done.protocol):
        yield "recheck_old"
    if not done.two_people:
        yield "one_person"
    if not done.vitals_before:
        yield "no_vitals_before"
    if not done.blind_kept:
        yield "blind_not_kept"


def impossible_things(values: Mapping[str, Any], *, at: datetime) -> dict[str, str]:
    """What cannot have been: the future, an end before the start, a volume below nothing."""
    found = {}
    if values["started_at"] > at:
        found["started_at"] = "future"
    if values["stopped_at"] > at:
        found["stopped_at"] = "future"
    elif values["stopped_at"] < values["started_at"]:
        found["stopped_at"] = "before_start"
    if not 0 <= values["volume_ml"] <= 500:
        found["volume_ml"] = "no_such_volume"
    return found

"""Who went how far, as CONSORT 2025 counts it. Pooled over the arms: no number here knows one.

Pure: persons in, counts out. Each person stands in one box of enrolment and, if randomized, in one of allocation.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.rules.consequences import CONSEQUENCES, Box, Event, analysed

Text = str | Promise


@dataclass(frozen=True)
class Person:
    """One person ever seen. received: was any of the infusion given? failed: codes of the criteria that failed."""

    number: str
    seen_on: date
    state: str
    events: frozenset[Event] = frozenset()
    failed: tuple[str, ...] = ()
    randomized_on: date | None = None
    received: bool = False

    @property
    def randomized(self) -> bool:
        return self.randomized_on is not None

    @property
    def excluded(self) -> bool:
        """Left before randomization."""
        return not self.randomized and bool(self.declined or self.state == "screen_failed" or self.events)

    @property
    def declined(self) -> bool:
        return not self.randomized and (self.state == "declined" or Event.CONSENT in self.events)


@dataclass(frozen=True)
class Count:
    label: Text
    number: int


@dataclass(frozen=True)
class Stage:
    """One box of the diagram: how many, and of what they are made up. `aside` ones leave the flow."""

    phase: Text
    title: Text
    number: int
    parts: Sequence[Count] = ()
    aside: bool = False


ENROLMENT, ALLOCATION = _("Enrolment"), _("Allocation (both arms together)")
FOLLOW_UP, ANALYSIS = _("Follow-up (both arms together)"), _("Analysis (both arms together)")
# Which of several reasons a person is counted under: the first of these.
LEAVING = (Event.DEATH, Event.CONSENT, Event.LOST, Event.DATA_USE)
FIRST = (*LEAVING, Event.WORSENED, Event.TREATMENT, Event.DISCONTINUED)


def flow(people: Iterable[Person]) -> list[Stage]:
    """The boxes from the first person seen to the analysis, in their order."""
    everyone = list(people)
    randomized = [one for one in everyone if one.randomized]
    return [
        Stage(ENROLMENT, _("Assessed for eligibility"), len(everyone)),
        excluded([one for one in everyone if one.excluded]),
        Stage(
            ENROLMENT,
            _("Still in screening"),
            sum(not one.excluded and not one.randomized for one in everyone),
            aside=True,
        ),
        Stage(ENROLMENT, _("Randomized"), len(randomized)),
        *allocation(randomized),
        followed(randomized),
        *analysis(randomized),
    ]


def excluded(people: Sequence[Person]) -> Stage:
    """One reason each: declined, else criteria, else what happened; beneath, how often each criterion failed."""
    declined = sum(one.declined for one in people)
    unfit = [one for one in people if not one.declined and one.failed]
    criteria = Counter(code for one in unfit for code in one.failed)
    return Stage(
        ENROLMENT,
        _("Excluded"),
        len(people),
        (
            Count(_("Not meeting the criteria"), len(unfit)),
            *(Count(f"· {code}", number) for code, number in sorted(criteria.items())),
            Count(_("Declined or withdrew consent"), declined),
            Count(_("Other reasons"), len(people) - len(unfit) - declined),
        ),
        aside=True,
    )


def allocation(randomized: Sequence[Person]) -> list[Stage]:
    without = [one for one in randomized if not one.received]
    left = [one for one in without if one.events]
    reasons = Counter(reason(one) for one in left)
    waiting = Count(_("Waiting for the infusion"), len(without) - len(left))
    received = Count(_("Received the infusion"), len(randomized) - len(without))
    return [
        Stage(ALLOCATION, _("Allocated to an arm"), len(randomized), (received, waiting)),
        Stage(
            ALLOCATION,
            _("Did not receive the infusion"),
            len(left),
            [Count(_(event.label), reasons[event]) for event in Event if reasons[event]],
            aside=True,
        ),
    ]


def reason(person: Person) -> Event:
    return next((event for event in FIRST if event in person.events), Event.NEVER_INFUSED)


def followed(randomized: Sequence[Person]) -> Stage:
    """Who left after randomization, one reason each; a discontinued intervention is one that had begun."""
    left = Counter(end for one in randomized if (end := end_of(one)))
    stopped = sum(one.received and Box.DISCONTINUED in boxes_of(one) for one in randomized)
    parts = [
        *(Count(TITLES[event], left[event]) for event in LEAVING),
        Count(_("Discontinued the intervention"), stopped),
    ]
    return Stage(FOLLOW_UP, _("In follow-up or completed"), len(randomized) - left.total(), parts)


def end_of(person: Person) -> Event | None:
    return next((event for event in LEAVING if event in person.events), None)


def boxes_of(person: Person) -> set[Box]:
    return {CONSEQUENCES[event].box for event in person.events}


def analysis(randomized: Sequence[Person]) -> list[Stage]:
    kept = sum(analysed(one.events) for one in randomized)
    objected = Count(_("Objected to the use of data"), len(randomized) - kept)
    return [
        Stage(ANALYSIS, _("Excluded from the analysis"), len(randomized) - kept, [objected], aside=True),
        Stage(ANALYSIS, _("To be analysed as randomized"), kept),
    ]


TITLES = {
    Event.LOST: _("Lost to follow-up"),
    Event.CONSENT: _("Withdrew consent"),
    Event.DATA_USE: _("Objected to the use of data"),
    Event.DEATH: _("Died"),
}


@dataclass(frozen=True)
class Month:
    """Randomized so far at the end of a month, beside the plan."""

    last: date
    planned: int
    randomized: int


def planned_by(day: date, *, opened: date, planned: int, months: int) -> int:
    """Participants the plan expects by a day: evenly over the months of recruitment, then all."""
    elapsed = (day - opened).days / (months * 365.25 / 12)
    return max(0, min(planned, int(planned * elapsed)))

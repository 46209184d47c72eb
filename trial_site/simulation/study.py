"""A whole simulated study: many stories, told in the order in which things happen."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from trial_site.core.models import StudySite
from trial_site.core.permissions import Role
from trial_site.simulation.patients import draw
from trial_site.simulation.ranges import set_usual_ranges
from trial_site.simulation.story import Narrator, Story
from trial_site.simulation.troupe import Troupe

SPAN_DAYS = 60
LATEST_DAYS_AGO = 4
FAILURE_RATE = 0.25
# Steps of a story: logged, consented, screened, signed and planned, signed afresh, randomized.
NEWCOMERS_TOLD_UP_TO = (2, 3, 4, 4, 5, 7)
NEWCOMERS_SINCE = timedelta(hours=5)


@dataclass(order=True)
class Turn:
    """A story and the instant it waits for; the participant's index breaks ties."""

    at: datetime
    index: int
    story: Story = field(compare=False)


def simulate(
    site: StudySite,
    troupe: Troupe,
    *,
    participants: int,
    seed: int,
    until: datetime,
    progress: Callable[[str], None] = lambda line: None,
) -> None:
    """Play `participants` people first seen over the weeks before `until`, up to that instant.

    The same seed, instant and number give the same study; only numbers drawn in the sealed room differ.
    """
    set_usual_ranges(site, by=troupe.actor(Role.COORDINATOR, at=until))
    turns = list(opening_turns(site, troupe, participants=participants, seed=seed, until=until))
    heapq.heapify(turns)
    while turns and turns[0].at <= until:
        turn = heapq.heappop(turns)
        following = next(turn.story, None)
        if following is not None:
            heapq.heappush(turns, Turn(following, turn.index, turn.story))
        else:
            progress(f"participant {turn.index + 1} of {participants}: nothing more to tell")


def opening_turns(
    site: StudySite, troupe: Troupe, *, participants: int, seed: int, until: datetime
) -> Iterator[Turn]:
    """One story each. The last few are newcomers of today, each told up to another step, so that every worklist
    has something on it."""
    newcomers = min(len(NEWCOMERS_TOLD_UP_TO), participants // 2)
    for index in range(participants):
        rng = Random(f"{seed}:{index}")
        narrator = Narrator(troupe, site, rng)
        if index < participants - newcomers:
            story = earlier_participant(narrator, until - span(index, participants - newcomers))
        else:
            steps = NEWCOMERS_TOLD_UP_TO[index - participants]
            story = islice(newcomer(narrator, until - NEWCOMERS_SINCE), steps)
        yield Turn(next(story), index, story)


def span(index: int, count: int) -> timedelta:
    """How long ago participant `index` of `count` was first seen, spread evenly."""
    return timedelta(days=LATEST_DAYS_AGO + SPAN_DAYS * (count - 1 - index) / count)


def earlier_participant(narrator: Narrator, around: datetime) -> Story:
    rng, local = narrator.rng, around.astimezone(narrator.site.tz)
    seen_at = local.replace(hour=rng.randint(8, 11), minute=rng.randint(0, 59), second=0, microsecond=0)
    flawed = rng.random() < FAILURE_RATE
    return narrator.tell(draw(rng, seen_on=seen_at.date(), flawed=flawed), seen_at)


def newcomer(narrator: Narrator, seen_at: datetime) -> Story:
    seen_on = narrator.site.date_of(seen_at)
    return narrator.tell(draw(narrator.rng, seen_on=seen_on, flawed=False, ill_for=10), seen_at)

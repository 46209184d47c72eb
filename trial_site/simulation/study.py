"""A whole simulated study: many stories, told in the order in which things happen."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from trial_site.core.models import StudySite
from trial_site.simulation.patients import draw
from trial_site.simulation.story import Narrator, Story
from trial_site.simulation.troupe import Troupe

SPAN_DAYS = 60
FAILURE_RATE = 0.25


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
    """One story each, begun on a day spread evenly over the span, at a working hour of the site."""
    for index in range(participants):
        rng = Random(f"{seed}:{index}")
        days_ago = round(SPAN_DAYS * (participants - index) / participants) - 1
        local = (until - timedelta(days=days_ago)).astimezone(site.tz)
        seen_at = local.replace(hour=rng.randint(8, 11), minute=rng.randint(0, 59), second=0, microsecond=0)
        patient = draw(rng, seen_on=seen_at.date(), flawed=rng.random() < FAILURE_RATE)
        story = Narrator(troupe, site, rng).tell(patient, seen_at)
        yield Turn(next(story), index, story)

"""What follows when something ends for a participant: one table, read by everything that waits for them.

A row is an event, a column what happens to one thing. Whoever needs an answer asks the table
(`enrollment.selectors.standing`); nobody decides it again. docs/generated/consequences.md is this table.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from enrollment.rules.wording import Choice, _


class Event(Choice):
    """What can happen to a participant's part in the study. Several may be true of one person."""

    CONSENT = "consent", _("withdraws consent")
    TREATMENT = "treatment", _("discontinues treatment, stays in follow-up")
    DATA_USE = "data_use", _("objects to further use of data")
    DISCONTINUED = "discontinued", _("treatment discontinued by the investigator")
    WORSENED = "worsened", _("severe or critical before the dose")
    NEVER_INFUSED = "never_infused", _("randomized, window closed without an infusion")
    LOST = "lost", _("lost to follow-up")
    DEATH = "death", _("death")


class Slot(Choice):
    KEPT = "kept", _("kept")
    GIVEN_BACK = "given_back", _("given back")


class Order(Choice):
    KEPT = "kept", _("kept")
    CANCELLED = "cancelled", _("cancelled unless the infusion has started")


class Kit(Choice):
    KEPT = "kept", _("kept")
    RETURNED = "returned", _("returned if not given; never given to anyone else")


class Visits(Choice):
    GO_ON = "go_on", _("go on from the infusion, without one from randomization")
    END = "end", _("end that day; none is expected afterwards")


class Reminders(Choice):
    GO_ON = "go_on", _("go on")
    STOP = "stop", _("none leaves any more, queued ones included")


class Forms(Choice):
    """The case report forms that are due."""

    ALL = "all", _("those of every visit")
    UP_TO_THAT_DAY = "up_to_that_day", _("those of visits up to that day")
    AND_EVENT = "and_event", _("those of visits up to that day; after consent a serious adverse event")


class Box(Choice):
    """The box of the CONSORT diagram that counts the participant, if randomized."""

    NOT_INFUSED = "not_infused", _("did not receive the infusion, if it was not given")
    DISCONTINUED = "discontinued", _("discontinued the intervention")
    LOST = "lost", _("lost to follow-up")
    WITHDRAWN = "withdrawn", _("withdrew consent")
    EXCLUDED = "excluded", _("excluded from the analysis")
    DIED = "died", _("died; analysed as an outcome")


class Analysis(Choice):
    """What an analysis of all who were randomized (intention to treat) takes of the participant."""

    EVERYTHING = "everything", _("everything")
    UP_TO_THAT_DAY = "up_to_that_day", _("what was collected up to that day")
    OUTCOME = "outcome", _("everything; the death is an outcome, also before the infusion")
    NOTHING = "nothing", _("nothing")


@dataclass(frozen=True)
class Consequence:
    """What one event does to each thing that waits for the participant."""

    slot: Slot
    order: Order
    kit: Kit
    visits: Visits
    reminders: Reminders
    forms: Forms
    box: Box
    analysis: Analysis


NO_DOSE = (Slot.GIVEN_BACK, Order.CANCELLED, Kit.RETURNED)
FOLLOWED = (Visits.GO_ON, Reminders.GO_ON, Forms.ALL)
LEFT = (Visits.END, Reminders.STOP, Forms.UP_TO_THAT_DAY)
DEAD = (Visits.END, Reminders.STOP, Forms.AND_EVENT)
CONSEQUENCES = {
    Event.CONSENT: Consequence(*NO_DOSE, *LEFT, Box.WITHDRAWN, Analysis.UP_TO_THAT_DAY),
    Event.TREATMENT: Consequence(*NO_DOSE, *FOLLOWED, Box.DISCONTINUED, Analysis.EVERYTHING),
    # No dose whose effects may not be recorded.
    Event.DATA_USE: Consequence(*NO_DOSE, *LEFT, Box.EXCLUDED, Analysis.NOTHING),
    Event.DISCONTINUED: Consequence(*NO_DOSE, *FOLLOWED, Box.DISCONTINUED, Analysis.EVERYTHING),
    Event.WORSENED: Consequence(*NO_DOSE, *FOLLOWED, Box.NOT_INFUSED, Analysis.EVERYTHING),
    Event.NEVER_INFUSED: Consequence(*NO_DOSE, *FOLLOWED, Box.NOT_INFUSED, Analysis.EVERYTHING),
    Event.LOST: Consequence(*NO_DOSE, *LEFT, Box.LOST, Analysis.UP_TO_THAT_DAY),
    Event.DEATH: Consequence(*NO_DOSE, *DEAD, Box.DIED, Analysis.OUTCOME),
}


def may_be_dosed(events: Iterable[Event]) -> bool:
    return all(CONSEQUENCES[event].slot is Slot.KEPT for event in events)


def followed_up(events: Iterable[Event]) -> bool:
    return all(CONSEQUENCES[event].visits is Visits.GO_ON for event in events)


def reminded(events: Iterable[Event]) -> bool:
    return all(CONSEQUENCES[event].reminders is Reminders.GO_ON for event in events)


def analysed(events: Iterable[Event]) -> bool:
    """Does the analysis of all who were randomized take anything of this participant?"""
    return all(CONSEQUENCES[event].analysis is not Analysis.NOTHING for event in events)


def death_is_serious_event(died_on: date, *, consented_on: date | None) -> bool:
    """A death on or after the day of consent is a serious adverse event, infused or not."""
    return consented_on is not None and died_on >= consented_on


@dataclass(frozen=True)
class Attempt:
    """One try to reach a participant, on a day of the study site."""

    on: date
    reached: bool


def attempts_in_vain(attempts: Iterable[Attempt]) -> int:
    """On how many different days nobody was reached since the participant last was."""
    days: set[date] = set()
    for attempt in sorted(attempts, key=lambda one: (one.on, one.reached)):
        days = set() if attempt.reached else days | {attempt.on}
    return len(days)

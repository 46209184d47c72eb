"""Study events: the protocol's visits with their forms, and COMMON for forms that belong to no visit."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from trial_site.core.datasets import Dataset
from trial_site.core.protocol import Protocol, Visit
from trial_site.exports.languages import Spoken, in_languages, of_protocol

COMMON = "COMMON"


@dataclass(frozen=True)
class Event:
    """A StudyEventDef. kind: ODM's Scheduled, Unscheduled or Common; forms: codes."""

    code: str
    name: Spoken
    kind: str
    repeating: bool
    forms: tuple[str, ...]

    @property
    def oid(self) -> str:
        return f"SE.{self.code}"


def home_event(dataset: Dataset, protocol: Protocol) -> str:
    """The event of a form that is not bound to visits: the only visit that lists it, else COMMON."""
    listed = [visit.code for visit in protocol.visits if dataset.form in visit.forms]
    return listed[0] if len(listed) == 1 else COMMON


def events(protocol: Protocol, datasets: tuple[Dataset, ...]) -> list[Event]:
    found = [
        Event(
            code=visit.code,
            name=of_protocol(visit.name),
            kind="Unscheduled" if visit.day is None else "Scheduled",
            repeating=visit.repeating,
            forms=tuple(dataset.form for dataset in datasets if belongs(dataset, visit, protocol)),
        )
        for visit in protocol.visits
    ]
    elsewhere = [dataset for dataset in datasets if not dataset.visit]
    common = tuple(d.form for d in elsewhere if home_event(d, protocol) == COMMON)
    return [*found, Event(COMMON, in_languages(_("Forms outside visits")), "Common", False, common)]


def belongs(dataset: Dataset, visit: Visit, protocol: Protocol) -> bool:
    """A form bound to visits belongs to those that list it, or to all of them if none does."""
    if not dataset.visit:
        return home_event(dataset, protocol) == visit.code
    listed = any(dataset.form in other.forms for other in protocol.visits)
    return dataset.form in visit.forms or not listed

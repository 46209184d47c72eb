"""What a blinded export may hold: the declared columns of every form, and nothing that nobody decided about.

The only reader of the apps' `datasets.py`. A blinded export cannot name an arm because no declaration does, and
because the database role that runs it cannot read one (ADR 2).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from dosing.datasets import DATASETS as DOSING
from enrollment.datasets import DATASETS as ENROLLMENT
from enrollment.models import Subject
from enrollment.selectors import sites_for
from outcomes.datasets import DATASETS as OUTCOMES
from randomization.datasets import DATASETS as RANDOMIZATION
from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.datasets import Dataset
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, can
from trial_site.exports.deidentified import without_free_text
from trial_site.exports.odm_events import events, home_event
from trial_site.exports.wishes import Only, Wish
from trial_site.monitoring.selectors import database_lock

T = TypeVar("T")
DATASETS: tuple[Dataset, ...] = (*ENROLLMENT, *RANDOMIZATION, *DOSING, *OUTCOMES)


@dataclass(frozen=True)
class Selection:
    """The forms of an export, the study sites whose participants are in it, and what narrows it further.

    Empty `participants` and `visits` mean all of them. `visits` are codes of visits, or COMMON for what belongs
    to none.
    """

    datasets: tuple[Dataset, ...]
    sites: tuple[StudySite, ...]
    participants: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    only: str = Only.ALL
    as_of: datetime | None = None
    deidentified: bool = False

    @property
    def is_whole(self) -> bool:
        """Every record of every form of these participants that may be read by now."""
        return self.datasets == tuple(readable_now(DATASETS)) and not self.visits and self.only == Only.ALL


def datasets_for(actor: Actor) -> tuple[Dataset, ...]:
    """The forms this actor may export now; some are nobody's before the database is locked."""
    return tuple(readable_now(datasets_to_export(actor)))


def readable_now(datasets: Iterable[Dataset]) -> list[Dataset]:
    locked = database_lock() is not None
    return [dataset for dataset in datasets if locked or not dataset.until_lock]


def datasets_to_export(actor: Actor) -> tuple[Dataset, ...]:
    """Those of the actor's tasks: whoever assesses outcomes gets assessor forms only (design 5)."""
    if can(actor, Task.ASSESS_OUTCOMES):
        return tuple(d for d in DATASETS if d.audience == "assessor")
    return DATASETS


def sites_for_export(actor: Actor) -> tuple[StudySite, ...]:
    """The study sites where export is delegated to the actor; a command on the server sees all."""
    return tuple(StudySite.objects.all() if actor.is_system else sites_for(actor, Task.EXPORT))


def visit_codes() -> list[str]:
    """What visits can be chosen by: the protocol's visits, and COMMON."""
    return [event.code for event in events(protocols.latest(), DATASETS)]


def select(actor: Actor, wish: Wish) -> Selection:
    """What of a wish this actor may export. Raises Refused for what is not theirs to export."""
    datasets = chosen("forms", wish.forms, {d.form: d for d in datasets_for(actor)})
    sites = chosen("sites", wish.sites, {site.code: site for site in sites_for_export(actor)})
    visits = chosen("visits", wish.visits, {code: code for code in visit_codes()}) if wish.visits else ()
    known = set(
        Subject.objects.filter(site__in=sites, number__in=wish.participants).values_list("number", flat=True)
    )
    refuse_unknown("participants", set(wish.participants) - known)
    if wish.deidentified:
        datasets = tuple(map(without_free_text, datasets))
    if visits:
        datasets = tuple(d for d in datasets if d.visit or home_event(d, protocols.latest()) in visits)
    participants = tuple(sorted(wish.participants))
    return Selection(datasets, sites, participants, visits, wish.only, wish.as_of, wish.deidentified)


def chosen(name: str, wanted: Collection[str], allowed: dict[str, T]) -> tuple[T, ...]:
    """Those of `allowed` that are wanted, in their order; all of them when none is named."""
    refuse_unknown(name, set(wanted) - allowed.keys())
    return tuple(value for code, value in allowed.items() if not wanted or code in wanted)


def refuse_unknown(name: str, codes: Iterable[str]) -> None:
    sentences = {
        "forms": _("There is no form %(codes)s."),
        "sites": _("There is no study site %(codes)s."),
        "visits": _("There is no visit %(codes)s."),
        "participants": _("There is no participant %(codes)s."),
    }
    if codes := ", ".join(sorted(codes)):
        raise Refused(fields={name: sentences[name] % {"codes": codes}})

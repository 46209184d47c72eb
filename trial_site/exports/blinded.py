"""What a blinded export may hold: the declared columns of every form, and nothing that nobody decided about.

The only reader of the apps' `datasets.py`. A blinded export cannot name an arm because no declaration does, and
because the database role that runs it cannot read one (ADR 2).
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dosing.datasets import DATASETS as DOSING
from enrollment.datasets import DATASETS as ENROLLMENT
from enrollment.models import Subject
from enrollment.selectors import sites_for
from outcomes.datasets import DATASETS as OUTCOMES
from randomization.datasets import DATASETS as RANDOMIZATION
from trial_site.core.actors import Actor
from trial_site.core.datasets import Dataset
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, can

DATASETS: tuple[Dataset, ...] = (*ENROLLMENT, *RANDOMIZATION, *DOSING, *OUTCOMES)


@dataclass(frozen=True)
class Selection:
    """The forms of an export, the study sites whose participants are in it, and the one participant, if one."""

    datasets: tuple[Dataset, ...]
    sites: tuple[StudySite, ...]
    participant: str = ""


def datasets_for(actor: Actor) -> tuple[Dataset, ...]:
    """The forms this actor may export: whoever assesses outcomes gets assessor forms only (design 5)."""
    if can(actor, Task.ASSESS_OUTCOMES):
        return tuple(d for d in DATASETS if d.audience == "assessor")
    return DATASETS


def sites_for_export(actor: Actor) -> tuple[StudySite, ...]:
    """The study sites where export is delegated to the actor; a command on the server sees all."""
    return tuple(StudySite.objects.all() if actor.is_system else sites_for(actor, Task.EXPORT))


def select(actor: Actor, *, forms: Collection[str] | None = None, participant: str = "") -> Selection:
    """What this actor may export of `forms` (None: all). Raises Refused for what is not theirs to export."""
    allowed, sites = datasets_for(actor), sites_for_export(actor)
    wanted = {d.form for d in allowed} if forms is None else set(forms)
    if unknown := wanted - {d.form for d in allowed}:
        codes = ", ".join(sorted(unknown))
        raise Refused(fields={"forms": _("There is no form %(codes)s.") % {"codes": codes}})
    if not wanted:
        raise Refused(fields={"forms": _("Choose at least one form.")})
    if participant and not Subject.objects.filter(site__in=sites, number=participant).exists():
        there_is_none = _("There is no participant %(number)s.") % {"number": participant}
        raise Refused(fields={"participant": there_is_none})
    return Selection(tuple(d for d in allowed if d.form in wanted), sites, participant)

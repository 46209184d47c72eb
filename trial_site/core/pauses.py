"""Pausing randomization or infusion, at one site or everywhere. One neutral sentence, whatever the reason."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import Pause, Paused, StudySite
from trial_site.core.permissions import Task, require


@action
def pause(what: str, *, site: StudySite | None, decided_by: str, by: Actor, at: datetime) -> Pause:
    """Enter a decision to pause; from now on it is refused, without a reason."""
    _require(by, site)
    if in_force().filter(what=what, site=site).exists():
        raise Refused(_("This is paused already."))
    return Pause.objects.create(
        what=what, site=site, decided_by=decided_by, paused_at=at, paused_by_id=by.person_id
    )


@action
def resume(pause: Pause, *, reason: str, by: Actor, at: datetime) -> None:
    """End a pause, with the reason."""
    _require(by, pause.site)
    pause.refresh_from_db(from_queryset=Pause.objects.select_for_update())
    if pause.resumed_at:
        raise Refused(_("This pause has ended already."))
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why it is resumed.")})
    pause.resumed_at, pause.resumed_by_id, pause.resume_reason = at, by.person_id, reason.strip()
    pause.save(update_fields=["resumed_at", "resumed_by", "resume_reason"])


def _require(by: Actor, site: StudySite | None) -> None:
    """The whole study is paused and resumed by who is delegated for all of it."""
    require(by, Task.PAUSE_STUDY, site.pk if site else None)
    if site is None and (Task.PAUSE_STUDY, None) not in by.delegations:
        raise Refused(fields={"site": _("You may pause and resume your own study site only.")})


def in_force() -> QuerySet[Pause]:
    return Pause.objects.filter(resumed_at=None)


def refuse_if_paused(what: Paused, *, site_id: int) -> None:
    """Raises Refused with the one sentence that says it is paused."""
    if in_force().filter(Q(site=None) | Q(site=site_id), what=what).exists():
        raise Refused(SENTENCES[what])


SENTENCES = {
    Paused.RANDOMIZATION: gettext_lazy("Randomization is paused. You will be told when it goes on."),
    Paused.INFUSION: gettext_lazy("Infusions are paused. You will be told when they go on."),
}


def pauses_for(actor: Actor) -> QuerySet[Pause]:
    """The pauses that concern this person's study sites."""
    sites = {site for _task, site in actor.delegations}
    everywhere_or_here = Q() if None in sites else Q(site=None) | Q(site__in=sites)
    return in_force().filter(everywhere_or_here).select_related("site").order_by("what", "site")

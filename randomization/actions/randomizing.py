"""Randomizing, in three committed steps: the request takes its place in the list, the sealed room binds place and
kit, and what it bound is recorded.

Nothing is learned by trying and rolling back: the room tells only what is committed (ADR 2).
An interrupted randomization is finished by whoever comes next, or by a Celery task.
"""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from enrollment import actions as enrollment
from enrollment.models import Subject, SubjectState
from enrollment.selectors import infusion_window, protocol_of, signed_eligibility, standing, strata_of
from randomization import vault
from randomization.models import Kit, Randomization, RandomizationRequest
from randomization.selectors import randomization_of, unfinished_requests
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused, StillWaiting
from trial_site.core.models import Paused, StudySite
from trial_site.core.pauses import refuse_if_paused
from trial_site.core.permissions import Task, require


def supply_open(site: StudySite) -> bool:
    """May participants be randomized there at present? The answer never says which kit would be missing."""
    return vault.supply_open(site.pk)


def supply_totals(site: StudySite) -> dict[str, int]:
    """How many kits of a site took each step, of all arms together; empty until every one is gone for good."""
    return vault.totals(site.pk)


def randomize(subject: Subject, *, by: Actor, at: datetime) -> Randomization:
    """Randomize once, whatever is repeated, interrupted or done twice at the same instant.

    Raises Refused with a sentence safe for anyone unless eligibility is signed and valid, a slot inside the
    window is reserved within the allowed hours, and supply is open.
    """
    request = request_randomization(subject, by=by, at=at)
    for unfinished in unfinished_requests().filter(place__lt=request.place):
        complete_request(unfinished, by=Actor.system("finish interrupted randomization"))
    return complete_request(request, by=by)


@action(durable=True)
def request_randomization(subject: Subject, *, by: Actor, at: datetime) -> RandomizationRequest:
    """Commit the wish to randomize; the request's place in the list is final from here on."""
    require(by, Task.RANDOMIZE, subject.site_id)
    subject = Subject.objects.select_for_update().get(pk=subject.pk)
    earlier = RandomizationRequest.objects.filter(subject=subject).first()
    if earlier is not None:
        return earlier
    _require_ready(subject, at=at)
    request = RandomizationRequest.objects.create(
        subject=subject, requested_by_id=by.person_id, randomized_at=at, strata=strata_of(subject)
    )
    request.refresh_from_db()
    return request


def complete_request(request: RandomizationRequest, *, by: Actor) -> Randomization:
    """Bind the request's place and a kit, and record the randomization. Idempotent."""
    bind_place(request, by=by)
    return record_randomization(request, by=by)


@action(durable=True)
def bind_place(request: RandomizationRequest, *, by: Actor) -> None:
    """The sealed room binds a place and a kit; it tells which only after this is committed."""
    if not vault.allocate(request.pk):
        raise StillWaiting(_("Supply hold: call the pharmacy. The request is kept and will be completed."))


@action(durable=True)
def record_randomization(request: RandomizationRequest, *, by: Actor) -> Randomization:
    """Write down for everyone what the sealed room has bound. Idempotent."""
    answer = vault.bound(request.pk)
    subject = Subject.objects.select_for_update().get(pk=request.subject_id)
    done = randomization_of(subject)
    if done is not None:
        return done
    randomization = Randomization.objects.create(
        subject=subject,
        number=answer.randomization_number,
        randomized_at=request.randomized_at,
        randomized_by_id=request.requested_by_id,
    )
    Kit.objects.create(
        number=answer.kit_number,
        randomization=randomization,
        subject=subject,
        assigned_at=request.randomized_at,
    )
    if subject.state in (SubjectState.ELIGIBLE, SubjectState.CONSENTED):
        enrollment.mark_randomized(subject, by=by, at=request.randomized_at)
    return randomization


def finish_interrupted_randomizations() -> int:
    """Complete requests that a crash or a supply hold left behind, in list order. Returns how many.

    During a hold nothing is completed and nothing is wrong: the next round tries again.
    """
    unfinished = list(unfinished_requests())
    for completed, request in enumerate(unfinished):
        try:
            complete_request(request, by=Actor.system("finish interrupted randomization"))
        except Refused:
            return completed
    return len(unfinished)


def _require_ready(subject: Subject, *, at: datetime) -> None:
    hours = protocol_of(subject).randomization_max_hours_before_infusion
    window = infusion_window(subject)
    planned = subject.planned_infusion_at
    if subject.state != SubjectState.ELIGIBLE or not standing(subject).treatment_stands:
        raise Refused(_("Only an eligible participant whose consent stands can be randomized."))
    refuse_if_paused(Paused.RANDOMIZATION, site_id=subject.site_id)
    if planned is None or window is None or not window.contains(subject.site.date_of(planned)):
        raise Refused(_("Reserve an infusion slot inside the day 10 to 15 window first."))
    if signed_eligibility(subject, at=at) is None:
        raise Refused(_("The signed eligibility is no longer valid. An investigator must sign again."))
    if planned < at:
        raise Refused(_("The reserved time has passed. Reserve another infusion slot."))
    if planned - at > timedelta(hours=hours):
        raise Refused(
            _("Randomization is possible from %(hours)s hours before the planned infusion.")
            % {"hours": hours}
        )
    if not supply_open(subject.site):
        raise Refused(_("Supply hold: call the pharmacy."))

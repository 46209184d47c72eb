"""Randomizing, in two committed steps: the request takes its place in the list, then the sealed room answers.

Nothing is learned by trying and rolling back, because a place belongs to a request that is already committed.
An interrupted randomization is finished by whoever comes next, or by a Celery task.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from enrollment import actions as enrollment
from enrollment.models import Subject, SubjectState
from enrollment.selectors import infusion_window, protocol_of, signed_eligibility, standing
from randomization import vault
from randomization.models import AccessRecord, Kit, Randomization, RandomizationRequest
from randomization.selectors import randomization_of, unfinished_requests
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, require


def supply_open() -> bool:
    """May participants be randomized at present? The answer never says which kit would be missing."""
    return vault.supply_open()


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
        subject=subject, requested_by_id=by.person_id, randomized_at=at
    )
    request.refresh_from_db()
    return request


@action(durable=True)
def complete_request(request: RandomizationRequest, *, by: Actor) -> Randomization:
    """Bind the request's place and a kit, and record the randomization. Idempotent."""
    answer = vault.allocate(request.pk)
    if answer is None:
        raise Refused(_("Supply hold: call the pharmacy. The request is kept and will be completed."))
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
    if subject.state == SubjectState.ELIGIBLE:
        enrollment.mark_randomized(subject, by=by)
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


@action(durable=True)
def record_access(subject: Subject, *, purpose: str, why: str, by: Actor) -> AccessRecord:
    """Commit who is about to look into the sealed room, for whom and why; the database demands it first."""
    require(by, Task.PREPARE_PRODUCT, subject.site_id)
    if not why.strip():
        raise Refused(fields={"why": _("Say why you need to see this.")})
    return AccessRecord.objects.create(subject=subject, person_id=by.person_id, purpose=purpose, why=why)


@action
def store_preparation(
    access: AccessRecord,
    *,
    kit: str,
    thawed_at: datetime,
    cells_millions: Decimal,
    viability_percent: Decimal,
    volume_ml: Decimal,
    checked_by: StaffMember,
    use_by: datetime,
    by: Actor,
) -> None:
    """Keep the unblinded preparation record of a kit in the sealed room; same fields for both arms."""
    require(by, Task.PREPARE_PRODUCT, access.subject.site_id)
    vault.record_preparation(
        access.pk,
        kit=kit,
        thawed_at=thawed_at,
        cells_millions=cells_millions,
        viability_percent=viability_percent,
        volume_ml=volume_ml,
        checked_by_id=checked_by.pk,
        use_by=use_by,
    )


def _require_ready(subject: Subject, *, at: datetime) -> None:
    hours = protocol_of(subject).randomization_max_hours_before_infusion
    window = infusion_window(subject)
    planned = subject.planned_infusion_at
    if subject.state != SubjectState.ELIGIBLE or not standing(subject).treatment_stands:
        raise Refused(_("Only an eligible participant whose consent stands can be randomized."))
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
    if not supply_open():
        raise Refused(_("Supply hold: call the pharmacy."))

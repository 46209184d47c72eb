"""Reminders of tomorrow's visits: planned once per coordinator and day, sent at most once.

A notice is claimed in a transaction that commits before anything is sent, so neither a second worker, a task
delivered twice nor a worker killed in between sends it again. What may have been sent is shown, not resent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.translation import gettext as _

from dosing.actions.notices import (
    SLOT_CHANGED,
    WINDOW_CLOSES,
    still_of_the_pharmacy,
    windows_still_closing,
)
from enrollment.actions.corrections import CORRECTED
from outcomes.actions.delivery import Delivery, deliver
from outcomes.actions.digests import CLOCK, clock_still_runs, still_waiting
from outcomes.actions.letters import (
    clock_warning,
    code_broken,
    data_corrected,
    digest,
    pharmacy_calls,
    safety_news,
    slot_change,
    supply_low,
    visit_reminder,
    window_warning,
)
from outcomes.actions.notices import SERIOUS, still_of_safety
from outcomes.models import ReminderKind
from outcomes.rules.retries import CONFIRMED_WITHIN, next_attempt
from outcomes.selectors import coordinators_of, visits_planned_on
from outcomes.selectors.digests import DIGESTS, without
from randomization.actions import still_answers_for_supply
from randomization.models import CODE_BROKEN, PHARMACY_CALLS, SUPPLY_LOW
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import Notice, NoticeState, StudySite
from trial_site.core.permissions import Task, require

KIND = ReminderKind.VISITS.value
NOT_BEFORE = time(7)
RESENDABLE = (NoticeState.UNCERTAIN, NoticeState.FAILED)


@action
def plan_visit_reminders(*, by: Actor, at: datetime) -> None:
    """A notice per coordinator of each site where it is past seven and somebody is expected tomorrow."""
    for site in StudySite.objects.all():
        if at.astimezone(site.tz).time() >= NOT_BEFORE:
            _plan_for(site, at=at)


def _plan_for(site: StudySite, *, at: datetime) -> None:
    today = site.date_of(at)
    tomorrow = today + timedelta(days=1)
    people = coordinators_of(site, at=at).exclude(pk__in=without(KIND))
    keys = {f"{KIND}:{site.code}:{c.pk}:{tomorrow}": c for c in people}
    known = Notice.objects.filter(key__in=keys).values_list("key", flat=True)
    due = keys.keys() - set(known)
    count = visits_planned_on(site, tomorrow, today=today) if due else 0
    if count:
        notices = [
            Notice(
                key=key,
                kind=KIND,
                recipient=keys[key],
                site=site,
                on=tomorrow,
                count=count,
                planned_at=at,
                next_attempt_at=at,
            )
            for key in due
        ]
        Notice.objects.bulk_create(notices, ignore_conflicts=True)


@action
def mark_unconfirmed(*, by: Actor, at: datetime) -> None:
    """Notices whose sender has not reported in time may have been sent; a person decides."""
    lost = Notice.objects.filter(state=NoticeState.CLAIMED, claimed_at__lt=at - CONFIRMED_WITHIN)
    lost.update(state=NoticeState.UNCERTAIN)


def send_next_notice(post: BaseEmailBackend, *, by: Actor, at: datetime) -> bool:
    """Claim and send one due notice. False when nothing is due, or the mail server cannot be reached."""
    notice = claim_notice(by=by, at=at)
    if notice is None:
        return False
    topic = TOPICS[notice.kind]
    count = topic.still_due(notice, at)
    delivery = deliver(topic.letter(notice, count), post) if count else None
    settle_notice(notice, delivery=delivery, count=count, by=by, at=at)
    return delivery != Delivery.UNREACHABLE


@action(durable=True)
def claim_notice(*, by: Actor, at: datetime) -> Notice | None:
    """Take one due notice for this worker; rows that others are taking are skipped."""
    due = Notice.objects.filter(state=NoticeState.PLANNED, next_attempt_at__lte=at)
    notice = due.select_for_update(skip_locked=True).order_by("next_attempt_at", "id").first()
    if notice is not None:
        notice.state, notice.claimed_at, notice.attempts = NoticeState.CLAIMED, at, notice.attempts + 1
        notice.save(update_fields=["state", "claimed_at", "attempts"])
    return notice


@action(durable=True)
def settle_notice(notice: Notice, *, delivery: Delivery | None, count: int, by: Actor, at: datetime) -> None:
    """Keep what became of a claimed notice; a delivery of None means there was nothing left to remind of."""
    Notice.objects.filter(pk=notice.pk).update(count=count, **_settled(notice, delivery, at=at))


@action
def resend_notice(notice: Notice, *, by: Actor, at: datetime) -> None:
    """A person decides that what failed, or may have been sent, is sent once more."""
    require(by, Task.RECORD_LABORATORY, notice.site_id)
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.state not in RESENDABLE:
        raise Refused(_("This e-mail waits, is sent, or is not sent any more. Nothing was changed."))
    notice.state, notice.attempts, notice.next_attempt_at = NoticeState.PLANNED, 0, at
    notice.save(update_fields=["state", "attempts", "next_attempt_at"])


def _settled(notice: Notice, delivery: Delivery | None, *, at: datetime) -> dict[str, Any]:
    if delivery is None:
        return {"state": NoticeState.DROPPED}
    if delivery == Delivery.SENT:
        return {"state": NoticeState.SENT, "sent_at": at}
    if delivery == Delivery.UNKNOWN:
        return {"state": NoticeState.UNCERTAIN}
    retry_at = next_attempt(notice.attempts, at=at)
    if retry_at is None:
        return {"state": NoticeState.FAILED}
    return {"state": NoticeState.PLANNED, "next_attempt_at": retry_at}


def _visits_still_planned(notice: Notice, at: datetime) -> int:
    """Asked again right before sending: nobody is reminded of a participant who has withdrawn meanwhile."""
    today = notice.site.date_of(at)
    people = coordinators_of(notice.site, at=at).exclude(pk__in=without(KIND))
    if notice.on <= today or not people.filter(pk=notice.recipient_id).exists():
        return 0
    return visits_planned_on(notice.site, notice.on, today=today)


@dataclass(frozen=True)
class Topic:
    """A kind of notice: how many things it is still about (0: not sent any more), and its letter."""

    still_due: Callable[[Notice, datetime], int]
    letter: Callable[[Notice, int], EmailMessage]


TOPICS = {
    KIND: Topic(_visits_still_planned, visit_reminder),
    **{kind: Topic(still_waiting, digest) for kind in DIGESTS},
    CLOCK: Topic(clock_still_runs, clock_warning),
    WINDOW_CLOSES: Topic(windows_still_closing, window_warning),
    SLOT_CHANGED: Topic(still_of_the_pharmacy, slot_change),
    CODE_BROKEN: Topic(lambda notice, at: notice.count, code_broken),
    SERIOUS: Topic(still_of_safety, safety_news),
    CORRECTED: Topic(lambda notice, at: notice.count, data_corrected),
    PHARMACY_CALLS: Topic(lambda notice, at: notice.count, pharmacy_calls),
    SUPPLY_LOW: Topic(still_answers_for_supply, supply_low),
}

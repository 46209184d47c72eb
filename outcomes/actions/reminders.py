"""Reminders of tomorrow's visits: planned once per coordinator and day, sent at most once.

Notices are claimed in a transaction that commits before anything is sent, so neither a second worker, a task
delivered twice nor a worker killed in between sends one again. What may have been sent is shown, not resent.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.utils.translation import gettext as _

from dosing.actions.notices import (
    SLOT_CHANGED,
    WINDOW_CLOSES,
    still_of_the_pharmacy,
    windows_still_closing,
)
from enrollment.actions.corrections import CORRECTED
from outcomes.actions import appointments
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
# A worker that is killed leaves no more than these for a person to look at.
AT_ONCE = 50
# What was asked right before sending holds for so long; later it is asked again.
ANSWER_HOLDS = timedelta(seconds=10)
RESENDABLE = (NoticeState.UNCERTAIN, NoticeState.FAILED)


@action
def plan_visit_reminders(*, by: Actor, at: datetime) -> None:
    """A notice per coordinator of each site where it is past seven and somebody is expected tomorrow."""
    for site in StudySite.objects.all():
        if at.astimezone(site.tz).time() >= appointments.NOT_BEFORE:
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


@dataclass(frozen=True)
class Attempt:
    """What became of one claimed notice; a delivery of None means there was nothing left to remind of."""

    notice: Notice
    count: int
    delivery: Delivery | None


def send_due_notices(post: BaseEmailBackend, *, by: Actor, at: datetime) -> bool:
    """Claim and send a few due notices of one kind. False when none is due, or the mail server cannot be reached.

    An error leaves the notice it came from as claimed, for a person to look at; the others go back untouched.
    """
    waiting = claim_notices(by=by, at=at)
    if not waiting:
        return False
    attempts: list[Attempt] = []
    letters = TOPICS[waiting[0].kind](tuple(waiting), at)
    until = monotonic() + ANSWER_HOLDS.total_seconds()
    try:
        while waiting and monotonic() < until:
            notice = waiting.pop(0)
            count, letter = next(letters)
            attempts.append(Attempt(notice, count, deliver(letter, post) if letter else None))
            if attempts[-1].delivery == Delivery.UNREACHABLE:
                return False
    finally:
        settle_notices(attempts, untouched=waiting, by=by, at=at)
    return True


@action(durable=True)
def claim_notices(*, by: Actor, at: datetime) -> list[Notice]:
    """Take a few due notices of one kind for this worker; rows that others are taking are skipped."""
    due = Notice.objects.filter(state=NoticeState.PLANNED, next_attempt_at__lte=at)
    due = due.select_for_update(skip_locked=True, of=("self",)).order_by("next_attempt_at", "id")
    first = due.first()
    if first is None:
        return []
    notices = list(due.filter(kind=first.kind).select_related("recipient", "site")[:AT_ONCE])
    Notice.objects.filter(pk__in=[one.pk for one in notices]).update(
        state=NoticeState.CLAIMED, claimed_at=at, attempts=F("attempts") + 1
    )
    return notices


@action(durable=True)
def settle_notices(
    attempts: Sequence[Attempt], *, untouched: Sequence[Notice] = (), by: Actor, at: datetime
) -> None:
    """Keep what became of claimed notices; those that nobody began to send wait as they did before."""
    alike: dict[tuple[int, Delivery | None, int], list[int]] = defaultdict(list)
    for attempt in attempts:
        alike[attempt.count, attempt.delivery, attempt.notice.attempts + 1].append(attempt.notice.pk)
    for (count, delivery, tried), keys in alike.items():
        Notice.objects.filter(pk__in=keys).update(count=count, **_settled(delivery, tried, at=at))
    back = Notice.objects.filter(pk__in=[one.pk for one in untouched], state=NoticeState.CLAIMED)
    back.update(state=NoticeState.PLANNED, attempts=F("attempts") - 1)


@action
def resend_notice(notice: Notice, *, by: Actor, at: datetime) -> None:
    """A person decides that what failed, or may have been sent, is sent once more."""
    require(by, Task.RECORD_LABORATORY, notice.site_id)
    notice = Notice.objects.select_for_update().get(pk=notice.pk)
    if notice.state not in RESENDABLE:
        raise Refused(_("This e-mail waits, is sent, or is not sent any more. Nothing was changed."))
    notice.state, notice.attempts, notice.next_attempt_at = NoticeState.PLANNED, 0, at
    notice.save(update_fields=["state", "attempts", "next_attempt_at"])


def _settled(delivery: Delivery | None, tried: int, *, at: datetime) -> dict[str, Any]:
    if delivery is None:
        return {"state": NoticeState.DROPPED}
    if delivery == Delivery.SENT:
        return {"state": NoticeState.SENT, "sent_at": at}
    if delivery == Delivery.UNKNOWN:
        return {"state": NoticeState.UNCERTAIN}
    retry_at = next_attempt(tried, at=at)
    if retry_at is None:
        return {"state": NoticeState.FAILED}
    return {"state": NoticeState.PLANNED, "next_attempt_at": retry_at}


def _visits_still_planned(notice: Notice, at: datetime) -> int:
    """Asked again right before sending: nobody is reminded of a participant who has withdrawn meanwhile."""
    today = notice.site.date_of(at)
    people = coordinators_of(notice.site, at=at).exclude(pk__in=without(KIND))
    if notice.on <= today or not people.filter(pk=notice.person.pk).exists():
        return 0
    return visits_planned_on(notice.site, notice.on, today=today)


@dataclass(frozen=True)
class Topic:
    """A kind of notice: how many things it is still about (0: not sent any more), and its letter."""

    still_due: Callable[[Notice, datetime], int]
    letter: Callable[[Notice, int], EmailMessage]

    def __call__(self, notices: Sequence[Notice], at: datetime) -> Iterator[tuple[int, EmailMessage | None]]:
        """Each asked about right before its letter is written."""
        for notice in notices:
            count = self.still_due(notice, at)
            yield count, self.letter(notice, count) if count else None


Letters = Callable[[Sequence[Notice], datetime], Iterator[tuple[int, EmailMessage | None]]]
TOPICS: dict[str, Letters] = {
    KIND: Topic(_visits_still_planned, visit_reminder),
    appointments.KIND: appointments.appointments,
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

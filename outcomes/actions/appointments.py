"""Reminders to participants of tomorrow's visit: only to those who agree to be written to, and once a day."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.mail import EmailMessage

from enrollment.models import Subject
from enrollment.selectors import email_contacts
from outcomes.actions.letters import appointment_reminder
from outcomes.selectors.reminders import coming_on, expecting_an_email
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.models import Notice, StudySite

KIND = "participant"
NOT_BEFORE = time(7)


@action
def plan_appointment_reminders(*, by: Actor, at: datetime) -> None:
    """A notice per participant who agreed, once it is past seven at their study site the day before."""
    for site in StudySite.objects.all() if settings.CONTACT_KEYS else ():
        if at.astimezone(site.tz).time() >= NOT_BEFORE:
            _plan_for(site, at=at)


def _plan_for(site: StudySite, *, at: datetime) -> None:
    today = site.date_of(at)
    tomorrow = today + timedelta(days=1)
    told = Notice.objects.filter(kind=KIND, site=site, on=tomorrow).values("participant")
    untold = Subject.objects.filter(site=site).exclude(number__in=told)
    notices = [
        Notice(
            key=f"{KIND}:{number}:{tomorrow}",
            kind=KIND,
            participant=number,
            site=site,
            on=tomorrow,
            planned_at=at,
            next_attempt_at=at,
        )
        for number in sorted(expecting_an_email(tomorrow, untold, today=today))
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)


def appointments(notices: Sequence[Notice], at: datetime) -> Iterator[tuple[int, EmailMessage | None]]:
    """Asked again right before sending, of all of them at once: who still agrees, and who still comes."""
    contacts = email_contacts(one.participant for one in notices)
    coming: set[tuple[str, date]] = set()
    for site, day in {(one.site, one.on) for one in notices}:
        today = site.date_of(at)
        if today < day:
            theirs = Subject.objects.filter(site=site, number__in=contacts)
            coming |= {(number, day) for number in coming_on(day, theirs, today=today)}
    for notice in notices:
        if (notice.participant, notice.on) in coming:
            yield 1, appointment_reminder(notice, contacts[notice.participant])
        else:
            yield 0, None

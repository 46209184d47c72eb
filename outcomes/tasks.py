from contextlib import closing

from celery import shared_task
from django.core.mail import get_connection
from django.utils import timezone

from outcomes.actions import appointments, deviations, digests, reminders
from trial_site.core.actors import Actor

REMINDERS = Actor.system("visit reminders")


@shared_task(name="outcomes.plan_visit_reminders")
def plan_visit_reminders() -> None:
    reminders.plan_visit_reminders(by=REMINDERS, at=timezone.now())
    appointments.plan_appointment_reminders(by=REMINDERS, at=timezone.now())


@shared_task(name="outcomes.plan_digests")
def plan_digests() -> None:
    digests.plan_digests(by=REMINDERS, at=timezone.now())


@shared_task(name="outcomes.raise_schedule_deviations")
def raise_schedule_deviations() -> None:
    deviations.raise_schedule_deviations(by=Actor.system("schedule"), at=timezone.now())


@shared_task(name="outcomes.send_notices")
def send_notices() -> None:
    reminders.mark_unconfirmed(by=REMINDERS, at=timezone.now())
    with closing(get_connection()) as post:
        while reminders.send_due_notices(post, by=REMINDERS, at=timezone.now()):
            pass

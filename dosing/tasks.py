from celery import shared_task
from django.utils import timezone

from dosing.actions import plan_window_warnings
from dosing.actions.endings import settle_endings
from trial_site.core.actors import Actor


@shared_task(name="dosing.settle_endings")
def settle() -> None:
    settle_endings(by=Actor.system("settle endings"), at=timezone.now())


@shared_task(name="dosing.warn_of_windows")
def warn_of_windows() -> None:
    plan_window_warnings(by=Actor.system("window warnings"), at=timezone.now())

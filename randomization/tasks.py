from pathlib import Path

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from randomization import actions
from trial_site.audit.sealing import append_anchors
from trial_site.audit.sealing import send_anchor as send
from trial_site.core.actors import Actor


@shared_task(name="randomization.finish_interrupted")
def finish_interrupted() -> None:
    actions.finish_interrupted_randomizations()


@shared_task(name="randomization.seal_room")
def seal_room() -> None:
    actions.seal_room()
    if settings.SEALED_ANCHOR_FILE:
        append_anchors(Path(settings.SEALED_ANCHOR_FILE), actions.room_anchors)


@shared_task(name="randomization.send_anchor")
def send_anchor() -> None:
    send(settings.SEALED_ANCHOR_EMAIL, actions.room_anchors)


@shared_task(name="randomization.watch_supply")
def watch_supply() -> None:
    actions.warn_of_low_supply(by=Actor.system("watch supply"), at=timezone.now())

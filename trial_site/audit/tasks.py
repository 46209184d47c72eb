from pathlib import Path

from celery import shared_task
from django.conf import settings

from trial_site.audit import sealing


@shared_task(name="audit.seal")
def seal() -> None:
    sealing.seal()
    if settings.AUDIT_ANCHOR_FILE:
        sealing.append_anchors(Path(settings.AUDIT_ANCHOR_FILE), sealing.anchors)


@shared_task(name="audit.send_anchor")
def send_anchor() -> None:
    sealing.send_anchor(settings.AUDIT_ANCHOR_EMAIL, sealing.anchors)

from celery import shared_task

from trial_site.core import later


@shared_task(name="core.drain_outbox")
def drain_outbox() -> None:
    later.drain_outbox()

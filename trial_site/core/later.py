"""The outbox: work for Celery written in the transaction that wants it, sent after it has committed."""

from typing import Any

from celery import current_app
from django.db import transaction

from trial_site.core.models import OutboxTask


def later(task: str, *arguments: Any) -> None:
    """Have `task` run by a worker once this transaction has committed. Arguments hold keys, never data."""
    OutboxTask.objects.create(task=task, arguments=list(arguments))


def drain_outbox(limit: int = 200) -> int:
    """Send waiting tasks to the broker; rows another process is sending are skipped. Returns how many."""
    with transaction.atomic():
        rows = list(OutboxTask.objects.select_for_update(skip_locked=True).order_by("id")[:limit])
        for row in rows:
            current_app.send_task(row.task, args=row.arguments)
            row.delete()
    return len(rows)

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore


@shared_task(name="core.clear_sessions")
def clear_sessions() -> None:
    SessionStore.clear_expired()

"""The Celery application. Beat runs in UTC; what is due is decided in each study site's own zone."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trial_site.settings")

app = Celery("trial_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "finish interrupted randomizations": {"task": "randomization.finish_interrupted", "schedule": 60.0},
    "slots and orders of those who left": {"task": "dosing.settle_endings", "schedule": 60.0},
    "windows that close": {"task": "dosing.warn_of_windows", "schedule": 60.0},
    "supply": {"task": "randomization.watch_supply", "schedule": 3600.0},
    "visit reminders": {"task": "outcomes.plan_visit_reminders", "schedule": 60.0},
    "what waits today": {"task": "outcomes.plan_digests", "schedule": 60.0},
    "missed visits": {"task": "outcomes.raise_schedule_deviations", "schedule": 3600.0},
    "waiting exports": {"task": "exports.make_waiting", "schedule": 15.0},
    "expired exports": {"task": "exports.clear_away", "schedule": 3600.0},
    "seal the history": {"task": "audit.seal", "schedule": 300.0},
    "seal the sealed room": {"task": "randomization.seal_room", "schedule": 60.0},
    "e-mail the last seal": {"task": "audit.send_anchor", "schedule": crontab(hour=0, minute=5)},
    "e-mail the room's last seal": {
        "task": "randomization.send_anchor",
        "schedule": crontab(hour=0, minute=5),
    },
    "expired sessions": {"task": "core.clear_sessions", "schedule": 3600.0},
    "send notices": {"task": "outcomes.send_notices", "schedule": 60.0},
}

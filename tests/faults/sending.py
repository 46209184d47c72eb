"""A process of its own that sends what is due at an instant, until it is done or killed."""

import sys
from datetime import datetime

import django
from django.core.mail import get_connection


def send(at: datetime) -> None:
    from outcomes.actions.reminders import send_due_notices
    from trial_site.core.actors import Actor

    post = get_connection()
    while send_due_notices(post, by=Actor.system("visit reminders"), at=at):
        pass


if __name__ == "__main__":
    django.setup()
    send(datetime.fromisoformat(sys.argv[1]))

"""Handing one message to the mail server, and knowing what became of it."""

import logging
import smtplib
from contextlib import suppress
from enum import StrEnum

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

log = logging.getLogger(__name__)


class Delivery(StrEnum):
    """What is known after an attempt. Only what was surely not sent may be tried again."""

    SENT = "sent"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


def deliver(message: EmailMessage, post: BaseEmailBackend) -> Delivery:
    """One attempt. A connection lost in the middle leaves it open whether the server took the message."""
    outcome = _attempt(message, post)
    if outcome != Delivery.SENT:
        log.warning("E-mail %s: %s", message.extra_headers["Message-ID"], outcome)
        with suppress(OSError):
            post.close()
    return outcome


def _attempt(message: EmailMessage, post: BaseEmailBackend) -> Delivery:
    try:
        post.open()
    except OSError:
        return Delivery.UNREACHABLE
    try:
        post.send_messages([message])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused):
        return Delivery.REFUSED
    except OSError:
        return Delivery.UNKNOWN
    return Delivery.SENT

"""That an export is ready, by e-mail: the address of its page, no name of a file, no data."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from outcomes.actions.letters import message_id
from trial_site.core.models import Notice
from trial_site.exports.models import Export, ExportState


def still_ready(notice: Notice, at: datetime) -> int:
    code = notice.key.partition(":")[2]
    return Export.objects.filter(code=code, state=ExportState.READY, expires_at__gt=at).count()


def ready_letter(notice: Notice, count: int) -> EmailMessage:
    page = reverse("exports:export", args=[notice.key.partition(":")[2]])
    with translation.override(notice.person.language):
        return EmailMessage(
            subject=_("Your export is ready"),
            body=_("The export that you asked for is ready. Sign in to take it: %(address)s")
            % {"address": settings.PUBLIC_URL.rstrip("/") + page},
            to=[notice.person.email],
            headers={"Message-ID": message_id(notice), "Auto-Submitted": "auto-generated"},
        )

"""The text of e-mails. No participant, no disease, no arm, no health data: whoever reads a screen over somebody's
shoulder, or a mail server, learns nothing."""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.actions import address_in
from enrollment.models import EmailContact
from outcomes.models import ReminderKind
from trial_site.core.models import Notice


def visit_reminder(notice: Notice, count: int) -> EmailMessage:
    """How many visits are planned, when and at which site, in the recipient's language."""
    with translation.override(notice.person.language):
        subject = ngettext("%(count)d visit tomorrow", "%(count)d visits tomorrow", count)
        body = ngettext(
            "%(count)d visit is planned for %(day)s at site %(site)s.",
            "%(count)d visits are planned for %(day)s at site %(site)s.",
            count,
        )
        return short_letter(notice, subject, body, count)


def appointment_reminder(notice: Notice, contact: EmailContact) -> EmailMessage:
    """To a participant, in the language they chose, that there is an appointment; not what for, with whom or why."""
    with translation.override(contact.language):
        day = {"day": date_format(notice.on)}
        body = _(
            "You have an appointment tomorrow, %(day)s. If you cannot come, please call the number you were given."
        )
        closing = _("This e-mail was sent by itself. If you do not want any more of them, please tell us.")
        return EmailMessage(
            subject=_("Your appointment tomorrow"),
            body=f"{body % day}\n\n{closing}\n",
            to=[address_in(contact)],
            headers={"Message-ID": message_id(notice), "Auto-Submitted": "auto-generated"},
        )


DIGESTS = {
    ReminderKind.CLOSING: (
        gettext_lazy("Visit windows close: %(count)d"),
        gettext_lazy("At site %(site)s the window of %(count)d visits ends today or tomorrow."),
    ),
    ReminderKind.OVERDUE: (
        gettext_lazy("Overdue forms: %(count)d"),
        gettext_lazy("At site %(site)s %(count)d of your forms are overdue."),
    ),
    ReminderKind.UNSIGNED: (
        gettext_lazy("Signatures wait: %(count)d"),
        gettext_lazy("At site %(site)s %(count)d decisions wait for an investigator's signature."),
    ),
    ReminderKind.QUERIES: (
        gettext_lazy("Open queries: %(count)d"),
        gettext_lazy("At site %(site)s %(count)d queries wait for an answer."),
    ),
    ReminderKind.CONSENT: (
        gettext_lazy("Consent to be renewed: %(count)d"),
        gettext_lazy("At site %(site)s %(count)d people have not signed the current consent form yet."),
    ),
}


def digest(notice: Notice, count: int) -> EmailMessage:
    """How many things of one kind wait, at which site; nothing about whom or what they say."""
    subject, body = DIGESTS[ReminderKind(notice.kind)]
    with translation.override(notice.person.language):
        return short_letter(notice, str(subject), str(body), count)


def clock_warning(notice: Notice, count: int) -> EmailMessage:
    """That a report is due within hours, at which site; no health data, and not about whom."""
    with translation.override(notice.person.language):
        subject, body = (
            _("A report is due within hours"),
            _("At site %(site)s a report to the sponsor is due."),
        )
        return short_letter(notice, subject, body, count)


def window_warning(notice: Notice, count: int) -> EmailMessage:
    """That the infusion window of so many participants closes without an infusion, when and at which site."""
    with translation.override(notice.person.language):
        subject = ngettext("%(count)d infusion window closes", "%(count)d infusion windows close", count)
        body = _("Not infused yet, and the window closes after %(day)s at site %(site)s: %(count)d.")
        return short_letter(notice, subject, body, count)


def slot_change(notice: Notice, count: int) -> EmailMessage:
    """That a planned infusion was moved or cancelled, for the pharmacy."""
    with translation.override(notice.person.language):
        subject, body = _("Planned infusions changed"), _("Planned infusions at site %(site)s have changed.")
        return short_letter(notice, subject, body, count)


def code_broken(notice: Notice, count: int) -> EmailMessage:
    """That a code was broken, when and at which site; never whose, or what it showed."""
    with translation.override(notice.person.language):
        subject = _("A treatment code was broken")
        body = _("At site %(site)s the treatment code of a participant was broken on %(day)s.")
        return short_letter(notice, subject, body, count)


def data_corrected(notice: Notice, count: int) -> EmailMessage:
    """That screening data were corrected after randomization, at which site; never whose, or what."""
    with translation.override(notice.person.language):
        subject = _("Data corrected after randomization")
        body = _("At site %(site)s screening data were corrected after randomization on %(day)s.")
        return short_letter(notice, subject, body, count)


def safety_news(notice: Notice, count: int) -> EmailMessage:
    """That something about safety waits, at which site; no health data, and not about whom."""
    with translation.override(notice.person.language):
        return short_letter(
            notice, _("Safety: please sign in"), _("Something waits for you at site %(site)s."), count
        )


def supply_low(notice: Notice, count: int) -> EmailMessage:
    """To unblinded staff that kits should be ordered; not of which content, nor how many are left."""
    with translation.override(notice.person.language):
        subject = _("Look at the supply")
        body = _("Please look at the supply of site %(site)s and order what is needed.")
        return short_letter(notice, subject, body, count)


def pharmacy_calls(notice: Notice, count: int) -> EmailMessage:
    """To the medical monitor that the pharmacy must be called at once; not why."""
    with translation.override(notice.person.language):
        subject = _("Urgent: call the pharmacy")
        body = _("The pharmacy of site %(site)s asks you to call at once.")
        return short_letter(notice, subject, body, count)


def short_letter(notice: Notice, subject: str, body: str, count: int) -> EmailMessage:
    """One sentence and the address of the site; both texts are translated already."""
    facts = {"count": count, "day": date_format(notice.on), "site": notice.site.code}
    address = _("Sign in to see your list: %(address)s") % {"address": settings.PUBLIC_URL.rstrip("/") + "/"}
    return EmailMessage(
        subject=subject % facts,
        body=f"{body % facts}\n\n{address}\n",
        to=[notice.person.email],
        headers={"Message-ID": message_id(notice), "Auto-Submitted": "auto-generated"},
    )


def message_id(notice: Notice) -> str:
    """The same for every attempt, so that a mail server or reader can drop a second copy; says nothing of the key."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{salted_hmac('notices', notice.key).hexdigest()[:32]}@{domain}>"

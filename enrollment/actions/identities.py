"""The identification log: kept and read by delegated people of the participant's own study site."""

from datetime import datetime

from cryptography.fernet import InvalidToken
from django.conf import settings
from django.utils.translation import gettext as _

from enrollment.actions.subjects import SINCE_CONSENT, lock
from enrollment.models import EmailContact, IdentityEntry, IdentityView, Subject
from enrollment.rules.identities import Identity, marks, seal, seal_text, unseal, unseal_text
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.permissions import Task, require
from trial_site.core.serving import require_identity_keys


@action
def record_identity(subject: Subject, *, identity: Identity, by: Actor, at: datetime) -> IdentityEntry:
    """Seal who this participant is; an earlier entry stays, but no longer counts."""
    _require_own_site(subject, by)
    lock(subject, *SINCE_CONSENT)
    if not identity.full_name.strip():
        raise Refused(fields={"full_name": _("Enter the name.")})
    return IdentityEntry.objects.create(
        subject=subject,
        sealed=seal(identity, settings.IDENTITY_KEYS),
        marks=marks(identity, settings.IDENTITY_KEYS),
        entered_by_id=by.person_id,
        entered_at=at,
    )


@action(durable=True)
def open_identity(subject: Subject, *, by: Actor, at: datetime) -> IdentityEntry:
    """Put on record that this person looks; what they see is read afterwards, by `identity_in`."""
    _require_own_site(subject, by)
    entry = subject.identity_entries.last()
    if entry is None:
        raise Refused(_("The identification log has no entry for this participant."))
    IdentityView.objects.create(subject=subject, viewed_by_id=by.person_id, viewed_at=at)
    return entry


def identity_in(entry: IdentityEntry) -> Identity:
    """Raises Refused when the key that sealed it is lost."""
    try:
        return unseal(entry.sealed, settings.IDENTITY_KEYS)
    except InvalidToken as error:
        raise Refused(
            _(
                "This entry was sealed with a key that this installation does not have. Ask the administrator to"
                " restore the key. What you enter anew is sealed with the present one."
            )
        ) from error


@action
def record_email_contact(
    subject: Subject, *, agreed: bool, email: str = "", language: str = "en", by: Actor, at: datetime
) -> EmailContact:
    """What the participant says of reminders by e-mail. Taken back, nothing leaves any more, queued or not."""
    _require_own_site(subject, by)
    lock(subject, *SINCE_CONSENT)
    if not subject.identity_entries.exists():
        raise Refused(_("First record who this is."))
    if agreed and not settings.CONTACT_KEYS:
        raise Refused(_("This installation is not set up to write to participants."))
    if agreed and not email:
        raise Refused(fields={"email": _("Enter the e-mail address.")})
    return EmailContact.objects.create(
        subject=subject,
        agreed=agreed,
        language=language,
        sealed=seal_text(email, settings.CONTACT_KEYS) if agreed else "",
        entered_by_id=by.person_id,
        entered_at=at,
    )


def address_in(contact: EmailContact) -> str:
    """For the letter itself, and for whoever may look at the identification log. Refused when its key is lost."""
    try:
        return unseal_text(contact.sealed, settings.CONTACT_KEYS) if contact.sealed else ""
    except InvalidToken as error:
        raise Refused(
            _(
                "The e-mail address was sealed with a key that this installation does not have. Ask the"
                " administrator to restore the key, or the participant for the address."
            )
        ) from error


def _require_own_site(subject: Subject, by: Actor) -> None:
    """A delegation for every study site does not reach here: names stay where the participant is seen."""
    require_identity_keys()
    require(by, Task.KEEP_IDENTITIES, subject.site_id)
    if by.site is None or by.site.pk != subject.site_id:
        raise NotAllowed(_("The identification log is read at the participant’s own study site only."))

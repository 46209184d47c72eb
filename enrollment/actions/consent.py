"""Informed consent: which approved version, when, by whom."""

from datetime import date, datetime

from django.utils.translation import gettext as _

from enrollment.actions.subjects import TAKING_PART, lock, move
from enrollment.models import Consent, ConsentVersion, Subject, SubjectState
from enrollment.selectors import consent_versions_for
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Task, can, require


@action
def approve_consent_version(site: StudySite, *, version: str, approved_on: date, by: Actor) -> ConsentVersion:
    """The ethics committee approved a version for this site; it replaces the one in use from that day on."""
    if not by.is_system:
        require(by, Task.ADMINISTER)
    if ConsentVersion.objects.filter(site=site, version=version).exists():
        raise Refused(fields={"version": _("This version is approved at this site already.")})
    if ConsentVersion.objects.filter(site=site, approved_on__gt=approved_on).exists():
        raise Refused(fields={"approved_on": _("A later version is in use at this site.")})
    for replaced in ConsentVersion.objects.filter(site=site, superseded_on=None):
        replaced.superseded_on = approved_on
        replaced.save(update_fields=["superseded_on"])
    return ConsentVersion.objects.create(site=site, version=version, approved_on=approved_on)


@action
def record_consent(
    subject: Subject,
    *,
    consent_version: ConsentVersion,
    given_at: datetime,
    obtained_by: StaffMember,
    copy_given: bool,
    obtained_at: datetime | None = None,
    witness: str = "",
    witnessed_at: datetime | None = None,
    future_contact: bool = False,
    by: Actor,
    at: datetime,
) -> Consent:
    """The participant signed; refused with one sentence per field that cannot be true.

    Before screening it begins it; a participant who takes part consents again to a new version of the form.
    obtained_at: None when both signed at the same time.
    """
    require(by, Task.SCREEN, subject.site_id)
    lock(subject, SubjectState.IDENTIFIED, *TAKING_PART)
    wrong = {
        "given_at": _wrong_time(subject, given_at, at),
        "consent_version": _wrong_version(subject, consent_version, given_at),
        "obtained_at": _wrong_time(subject, obtained_at, at) if obtained_at else "",
        "obtained_by": _wrong_person(subject, obtained_by, obtained_at or given_at),
        "witnessed_at": _wrong_witness(subject, witness, witnessed_at, at),
        "copy_given": "" if copy_given else _("The participant must be given a copy."),
    }
    if any(wrong.values()):
        raise Refused(fields={field: sentence for field, sentence in wrong.items() if sentence})
    consent = Consent.objects.create(
        subject=subject,
        consent_version=consent_version,
        given_at=given_at,
        obtained_at=obtained_at or given_at,
        obtained_by=obtained_by,
        witness=witness,
        witnessed_at=witnessed_at,
        copy_given=copy_given,
        future_contact=future_contact,
    )
    if subject.state == SubjectState.IDENTIFIED:
        move(subject, SubjectState.CONSENTED)
    return consent


def _wrong_time(subject: Subject, given_at: datetime, at: datetime) -> str:
    if given_at > at:
        return _("This time is in the future.")
    if subject.site.date_of(given_at) < subject.identified_on:
        return _("This is before the person was first seen.")
    return ""


def _wrong_witness(subject: Subject, witness: str, witnessed_at: datetime | None, at: datetime) -> str:
    if bool(witness) != bool(witnessed_at):
        return _("A witness who was needed has signed at a time; without a witness there is none.")
    return _wrong_time(subject, witnessed_at, at) if witnessed_at else ""


def _wrong_version(subject: Subject, version: ConsentVersion, given_at: datetime) -> str:
    if Consent.objects.filter(subject=subject, consent_version=version).exists():
        return _("Consent to version %(version)s is recorded already.") % {"version": version}
    if consent_versions_for(subject.site, on=subject.site.date_of(given_at)).contains(version):
        return ""
    return _("Version %(version)s was not the approved one at this site on that date.") % {"version": version}


def _wrong_person(subject: Subject, person: StaffMember, given_at: datetime) -> str:
    if can(Actor.of(person, at=given_at), Task.OBTAIN_CONSENT, subject.site_id):
        return ""
    return _("%(name)s was not delegated to obtain consent at this site at that time.") % {"name": person}

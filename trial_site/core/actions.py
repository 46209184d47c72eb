"""Sites, accounts and the delegation log."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import Delegation, StaffMember, StudySite
from trial_site.core.permissions import MAY_HOLD, Role, Task, require
from trial_site.core.records import amend
from trial_site.core.signing import require_password


@action
def add_site(code: str, *, name: str, zone: str, by: Actor) -> StudySite:
    _require_administrator(by)
    site = StudySite(code=code, name=name, zone=zone)
    _clean(site)
    site.save()
    return site


@action
def change_site(
    site: StudySite, *, name: str, recruiting: bool, version: int, reason: str, by: Actor
) -> list[str]:
    """Its name, and whether it recruits. Code and zone stay: numbers and calendar dates depend on them."""
    _require_administrator(by)
    return amend(site, {"name": name, "recruiting": recruiting}, version=version, reason=reason)


@action
def close_site(site: StudySite, *, by: Actor, at: datetime) -> None:
    """From now on whoever worked there reads and writes nothing. Whether it may be closed was looked at before."""
    require(by, Task.LOCK, site.pk)
    if not StudySite.objects.filter(pk=site.pk, closed_at=None).update(closed_at=at):
        raise Refused(_("This study site is closed already. Nothing was changed."))


@action
def open_site_again(site: StudySite, *, reason: str, by: Actor) -> None:
    require(by, Task.LOCK, site.pk)
    if not reason.strip():
        raise Refused(fields={"reason": _("Write a sentence.")})
    if not StudySite.objects.filter(pk=site.pk).exclude(closed_at=None).update(closed_at=None):
        raise Refused(_("This study site is open already. Nothing was changed."))


@action
def add_staff(
    email: str,
    *,
    full_name: str,
    role: str,
    site: StudySite | None,
    password: str | None = None,
    language: str = "en",
    by: Actor,
) -> StaffMember:
    """An account; it may do nothing until the principal investigator signs a delegation.

    Without a password nobody can sign in before `ask_for_password`. Raises Refused beside the field that is wrong.
    """
    _require_administrator(by)
    staff = StaffMember(email=email, full_name=full_name, role=role, site=site, language=language)
    if password is not None:
        _refuse_easy(password, staff)
    staff.set_password(password)
    _clean(staff)
    staff.save()
    return staff


def _clean(record: StudySite | StaffMember) -> None:
    try:
        record.full_clean()
    except ValidationError as error:
        raise Refused(fields={name: " ".join(said) for name, said in error.message_dict.items()}) from None


def _refuse_easy(password: str, staff: StaffMember) -> None:
    try:
        validate_password(password, staff)
    except ValidationError as error:
        raise Refused(fields={"password": " ".join(error.messages)}) from None


@action
def ask_for_password(staff: StaffMember, *, reason: str, by: Actor, at: datetime) -> None:
    """The old password and every session end; only who reads the person's mail can choose a new one.

    The administrator never learns it, so that nobody signs as somebody else (21 CFR 11.200(a)(3), 11.300(c)).
    """
    _require_administrator(by)
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why.")})
    staff.refresh_from_db(from_queryset=StaffMember.objects.select_for_update())
    if not staff.is_active:
        raise Refused(_("This account is closed."))
    staff.set_unusable_password()
    staff.password_asked_at = at
    staff.save(update_fields=["password", "password_asked_at"])


@action
def choose_password(staff: StaffMember, *, token: str, password: str, by: Actor) -> None:
    """Whoever got the link chooses; it works once, and not after a day (PASSWORD_RESET_TIMEOUT)."""
    staff.refresh_from_db(from_queryset=StaffMember.objects.select_for_update())
    if not staff.is_active or not default_token_generator.check_token(staff, token):
        raise Refused(_("This link no longer works. Ask the study’s administrator for a new one."))
    _refuse_easy(password, staff)
    staff.set_password(password)
    staff.password_asked_at = None
    staff.save(update_fields=["password", "password_asked_at"])


@action
def delegate(
    staff: StaffMember,
    *,
    tasks: Iterable[str],
    site: StudySite | None,
    starts_at: datetime,
    ends_at: datetime | None = None,
    password: str,
    by: Actor,
    at: datetime,
) -> list[Delegation]:
    """Enter tasks in the delegation log under the principal investigator's signature, given with the password.

    Their own line comes first: nobody else could sign it.
    """
    if not first_line(staff, by):
        _require_signer(by, site)
    StaffMember.objects.select_for_update().get(pk=staff.pk)
    tasks = list(tasks)
    _refuse_tasks(staff, tasks, site, starts_at)
    _refuse_times(starts_at, ends_at, at=at)
    signer = StaffMember.objects.get(pk=by.person_id)
    wrong = _("This is not your password. Nothing was signed.")
    require_password(signer, password, field="password", wrong=wrong)
    return [
        Delegation.objects.create(
            staff=staff,
            task=task,
            site=site,
            starts_at=starts_at,
            ends_at=ends_at,
            signed_by_id=by.person_id,
            signed_at=at,
        )
        for task in tasks
    ]


def first_line(staff: StaffMember, by: Actor) -> bool:
    """Is this the principal investigator's own line, with which a delegation log begins?"""
    principal = by.role == Role.PRINCIPAL_INVESTIGATOR and by.id == staff.pk
    return principal and staff.is_active and not staff.delegations.exists()


def _require_signer(by: Actor, site: StudySite | None) -> None:
    """Who signs for one study site does not sign for every one."""
    if site is None and (Task.SIGN_DELEGATION, None) not in by.delegations:
        require(by, Task.SIGN_DELEGATION)
        raise Refused(fields={"site": _("You sign for your own study site only.")})
    require(by, Task.SIGN_DELEGATION, site.pk if site else None)


def _refuse_tasks(staff: StaffMember, tasks: list[str], site: StudySite | None, starts_at: datetime) -> None:
    if wrong := [task for task in tasks if staff.role not in MAY_HOLD[task]]:
        raise Refused(fields={"tasks": _("This role may not hold: %(tasks)s") % {"tasks": _named(wrong)}})
    lines = Delegation.objects.filter(staff=staff, task__in=tasks, site=site)
    if held := [line.task for line in lines if line.ends_at is None or line.ends_at > starts_at]:
        raise Refused(fields={"tasks": _("Delegated already: %(tasks)s") % {"tasks": _named(held)}})
    if staff.site and site != staff.site and staff.role != Role.PRINCIPAL_INVESTIGATOR:
        raise Refused(fields={"site": _("This person works at %(site)s.") % {"site": staff.site}})


def _named(tasks: Iterable[str]) -> str:
    return ", ".join(str(Task(task).label) for task in tasks)


def _refuse_times(starts_at: datetime, ends_at: datetime | None, *, at: datetime) -> None:
    """Nothing is delegated backwards in time; the minute of signing may have begun."""
    if starts_at < at.replace(second=0, microsecond=0):
        raise Refused(fields={"starts_at": _("A delegation begins when it is signed, or later.")})
    if ends_at is not None and ends_at <= starts_at:
        raise Refused(fields={"ends_at": _("A delegation ends after it begins.")})


@action
def end_delegation(delegation: Delegation, *, reason: str, by: Actor, at: datetime) -> None:
    """From `at` on the person may not do this task; what they did before stands."""
    require(by, Task.SIGN_DELEGATION, delegation.site_id)
    delegation.refresh_from_db(from_queryset=Delegation.objects.select_for_update())
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why.")})
    if delegation.ends_at and delegation.ends_at <= at:
        raise Refused(_("This delegation has ended already."))
    delegation.ends_at = max(at, delegation.starts_at)
    delegation.save(update_fields=["ends_at"])


@action
def close_account(staff: StaffMember, *, reason: str, by: Actor) -> None:
    """The person has left the study: no sign-in, no delegation; their name stays on what they did."""
    _require_administrator(by)
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why.")})
    if staff.pk == by.id:
        raise Refused(_("Nobody closes their own account."))
    staff.is_active = False
    staff.save(update_fields=["is_active"])


def _require_administrator(by: Actor) -> None:
    if not by.is_system:
        require(by, Task.ADMINISTER)


@action
def choose_language(staff: StaffMember, *, language: str, by: Actor) -> None:
    """Everyone chooses the language of their own account."""
    staff.language = language
    staff.save(update_fields=["language"])

"""Sites, accounts and the delegation log."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import Delegation, StaffMember, StudySite
from trial_site.core.permissions import MAY_HOLD, Role, Task, require


@action
def add_site(code: str, *, name: str, zone: str, by: Actor) -> StudySite:
    _require_administrator(by)
    site = StudySite(code=code, name=name, zone=zone)
    site.full_clean()
    site.save()
    return site


@action
def add_staff(
    email: str,
    *,
    full_name: str,
    role: str,
    site: StudySite | None,
    password: str,
    language: str = "en",
    by: Actor,
) -> StaffMember:
    """An account; it may do nothing until the principal investigator signs a delegation.

    Raises ValidationError, also for a password that is too easy.
    """
    _require_administrator(by)
    staff = StaffMember(email=email, full_name=full_name, role=role, site=site, language=language)
    validate_password(password, staff)
    staff.set_password(password)
    staff.full_clean()
    staff.save()
    return staff


@action
def delegate(
    staff: StaffMember,
    *,
    tasks: Iterable[str],
    site: StudySite | None,
    starts_at: datetime,
    ends_at: datetime | None = None,
    by: Actor,
    at: datetime,
) -> list[Delegation]:
    """Enter tasks in the delegation log under the principal investigator's signature.

    Their own line comes first: nobody else could sign it.
    """
    if not _first_line(staff, by):
        require(by, Task.SIGN_DELEGATION, site.pk if site else None)
    tasks = list(tasks)
    wrong = [task for task in tasks if staff.role not in MAY_HOLD[task]]
    if wrong:
        raise Refused(
            _("This role may not hold: %(tasks)s") % {"tasks": ", ".join(str(Task(t).label) for t in wrong)}
        )
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


def _first_line(staff: StaffMember, by: Actor) -> bool:
    principal = by.role == Role.PRINCIPAL_INVESTIGATOR and by.id == staff.pk
    return principal and staff.is_active and not staff.delegations.exists()


@action
def end_delegation(delegation: Delegation, *, reason: str, by: Actor, at: datetime) -> None:
    """From `at` on the person may not do this task; what they did before stands."""
    require(by, Task.SIGN_DELEGATION, delegation.site_id)
    delegation.refresh_from_db(from_queryset=Delegation.objects.select_for_update())
    if delegation.ends_at and delegation.ends_at <= at:
        raise Refused(_("This delegation has ended already."))
    delegation.ends_at = at
    delegation.save(update_fields=["ends_at"])


@action
def close_account(staff: StaffMember, *, reason: str, by: Actor) -> None:
    """The person has left the study: no sign-in, no delegation; their name stays on what they did."""
    _require_administrator(by)
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

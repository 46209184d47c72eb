"""Sites, accounts and the delegation log."""

from collections.abc import Iterable
from datetime import datetime

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
    """An account; it may do nothing until the principal investigator signs a delegation."""
    _require_administrator(by)
    staff = StaffMember(email=email, full_name=full_name, role=role, site=site, language=language)
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
    """Enter tasks in the delegation log under the principal investigator's signature."""
    principal = by.role == Role.PRINCIPAL_INVESTIGATOR
    if not principal or by.id != staff.pk:
        require(by, Task.SIGN_DELEGATION, site.pk if site else None)
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


def _require_administrator(by: Actor) -> None:
    if not by.is_system:
        require(by, Task.ADMINISTER)


@action
def choose_language(staff: StaffMember, *, language: str, by: Actor) -> None:
    """Everyone chooses the language of their own account."""
    staff.language = language
    staff.save(update_fields=["language"])

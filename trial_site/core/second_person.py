"""The second person: somebody else, delegated for the same task, who gives their own password."""

from datetime import datetime

from django.utils.translation import gettext as _

from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember
from trial_site.core.permissions import Task, can
from trial_site.core.signing import require_password


def require_second_person(
    person: StaffMember,
    *,
    password: str,
    fields: tuple[str, str] = ("second_person", "second_password"),
    task: Task,
    site_id: int | None,
    by: Actor,
    at: datetime,
) -> None:
    """Raises Refused beside the one of the two `fields` that is wrong."""
    who, secret = fields
    if person.pk == by.id:
        raise Refused(fields={who: _("The second person must be somebody else.")})
    if not can(Actor.of(person, at=at), task, site_id):
        raise Refused(fields={who: _("This person is not delegated for this at this site.")})
    wrong = _("This is not the password of the second person.")
    require_password(person, password, field=secret, wrong=wrong)

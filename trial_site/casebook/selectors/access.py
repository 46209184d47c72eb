"""Whose case report forms a person may read."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from enrollment.models import Subject
from enrollment.selectors import sites_for, subject_for, subjects_for
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed
from trial_site.core.permissions import Task
from trial_site.monitoring.selectors import READING, readable_forms


def require_reader(actor: Actor, site_id: int | None = None) -> None:
    """Raises NotAllowed for people who read no forms there, e.g. pharmacists."""
    if not readable_forms(actor, site_id):
        raise NotAllowed(
            _("This needs a current delegation for “%(task)s” at this site.")
            % {"task": Task.VIEW_CASEBOOK.label}
        )


def subjects_to_read(actor: Actor) -> QuerySet[Subject]:
    """The participants whose forms, or the assessor's part of them, this person may read."""
    return subjects_for(actor).filter(site__in=sites_for(actor, *READING))


def subject_to_read(actor: Actor, number: str) -> Subject:
    """Http404 as `subject_for`, NotAllowed as `require_reader`."""
    subject = subject_for(actor, number)
    require_reader(actor, subject.site_id)
    return subject

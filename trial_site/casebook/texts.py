"""The free texts on pages of the whole study, and the reasons for changes, as far as a person reads them."""

from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from enrollment.selectors import sites_for
from trial_site.audit.models import Event
from trial_site.casebook.selectors import study_trail
from trial_site.casebook.selectors.trail import numbers_of, untold
from trial_site.core.actors import Actor
from trial_site.core.models import Pause
from trial_site.core.permissions import Task, can
from trial_site.monitoring.models import AnalysisSets, AuditReview, DataReview, Freeze, RecordRef
from trial_site.monitoring.registry import FORMS
from trial_site.monitoring.selectors import READING, readable_forms, ref_of
from trial_site.monitoring.texts import FreeText


def whose(row: Any) -> RecordRef | None:
    """The participant whose number a row has, if it has one."""
    return participant(row.subject)


def participant(number: str) -> RecordRef | None:
    subject = Subject.objects.filter(number=number).first()
    return ref_of("SU", subject) if subject else None


def events_read_by(actor: Actor) -> QuerySet[Event]:
    """Those whose reasons this person reads: in the audit trail, and beside the forms."""
    tables = [FORMS[form].model._meta.db_table for form in readable_forms(actor)]
    subjects = Subject.objects.filter(site__in=sites_for(actor, *READING))
    beside = Q(table__in=tables, subject_id__in=subjects.values("pk"))
    in_the_trail = Q(pk__in=study_trail(actor).values("pk"))
    return Event.objects.filter(beside | in_the_trail).exclude(table__in=untold())


def read_with(task: Task, model: type[Model]) -> Any:
    """Every row, for whoever has the task at any study site."""

    def read_by(actor: Actor) -> QuerySet[Any]:
        rows = model._default_manager.all()
        return rows if can(actor, task) else rows.none()

    return read_by


def freezes_read_by(actor: Actor) -> QuerySet[Freeze]:
    return Freeze.objects.filter(Q(site__in=sites_for(actor, Task.VIEW_AUDIT)) | Q(site=None))


TEXTS = (
    FreeText(
        _("Reason for a change"),
        Event,
        ("reason",),
        events_read_by,
        lambda event: participant(numbers_of([event])[event.pk]),
    ),
    FreeText(_("Freeze or lock"), Freeze, ("lift_reason",), freezes_read_by, whose),
    FreeText(_("Analysis sets"), AnalysisSets, ("why",), read_with(Task.LOCK, AnalysisSets), whose),
    FreeText(_("Blinded data review"), DataReview, ("conclusions",), read_with(Task.LOCK, DataReview)),
    FreeText(
        _("Review of the audit trail"), AuditReview, ("findings",), read_with(Task.VIEW_AUDIT, AuditReview)
    ),
    FreeText(_("Pause"), Pause, ("resume_reason",), read_with(Task.PAUSE_STUDY, Pause)),
)

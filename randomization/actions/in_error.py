"""Randomized in error: it is said, and nothing is taken back."""

from datetime import datetime

from django.utils.translation import gettext as _

from enrollment.models import Subject
from randomization.models import RandomizedInError
from randomization.selectors import randomization_of
from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions import raise_deviation
from trial_site.monitoring.models import DeviationGrade, DeviationKind
from trial_site.monitoring.selectors import ref_of


@action
def record_randomized_in_error(subject: Subject, *, why: str, by: Actor, at: datetime) -> RandomizedInError:
    """An investigator says that this participant should not have been randomized. A major deviation follows.

    The place in the list stays used and the participant stays in the analysis as allocated (ICH E9 5.2.1); whether
    the infusion is given is decided at the order.
    """
    require(by, Task.ASSESS_ELIGIBILITY, subject.site_id)
    Subject.objects.select_for_update(no_key=True).get(pk=subject.pk)
    randomization = randomization_of(subject)
    if randomization is None:
        raise Refused(_("This participant is not randomized."))
    if RandomizedInError.objects.filter(subject=subject).exists():
        raise Refused(_("This is recorded already. Nothing was changed."))
    if not why.strip():
        raise Refused(fields={"why": _("Say why it was an error.")})
    error = RandomizedInError.objects.create(
        subject=subject, why=why.strip(), recorded_by_id=by.person_id, recorded_at=at
    )
    raise_deviation(
        ref_of("ER", error),
        kind=DeviationKind.ELIGIBILITY,
        grade=DeviationGrade.MAJOR,
        text=_("Randomized in error: %(why)s") % {"why": error.why},
        occurred_on=subject.site.date_of(randomization.randomized_at),
        cause=f"randomized in error:{subject.pk}",
        by=by,
        at=at,
    )
    return error

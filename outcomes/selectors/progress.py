"""Which forms of which visits are recorded, and what should be."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from enrollment.models import Subject
from outcomes.models import VISIT_MODELS
from outcomes.rules.schedule import PlannedVisit, VisitStatus
from outcomes.selectors.visits import plan_of, with_course

WAITING = (VisitStatus.DUE, VisitStatus.LATE, VisitStatus.DONE)


@dataclass(frozen=True)
class VisitForms:
    """One visit of one participant, and the codes of its forms that are recorded."""

    subject: Subject
    planned: PlannedVisit
    recorded: frozenset[str]

    @property
    def unrecorded(self) -> list[str]:
        return [form for form in self.planned.forms if form not in self.recorded]

    def missing(self, forms: Iterable[str]) -> list[str]:
        """Those of `forms` that this visit has and that should be recorded by now."""
        if self.planned.status not in WAITING or self.planned.target is None:
            return []
        return [form for form in forms if form in self.unrecorded]


def visits_of(subjects: QuerySet[Subject], *, at: datetime) -> Iterator[VisitForms]:
    """Every planned visit of every randomized participant, as it stands on the study site's day."""
    followed = list(with_course(subjects.exclude(randomization=None)))
    recorded = recorded_forms(followed)
    for subject in followed:
        taken = {visit.key: visit.pk for visit in subject.visits.all()}
        for planned in plan_of(subject, on=subject.site.date_of(at)):
            forms = {form for form in planned.forms if (form, taken.get(planned.key)) in recorded}
            yield VisitForms(subject, planned, frozenset(forms))


def recorded_forms(subjects: Sequence[Subject]) -> set[tuple[str, int]]:
    """(form code, visit id) of every form that is recorded."""
    return {
        (form, visit)
        for form, model in VISIT_MODELS.items()
        for visit in model._default_manager.filter(subject__in=subjects).values_list("visit_id", flat=True)
    }

"""What a monitor looks at before, at and after a visit of a study site."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from enrollment.selectors import sites_for
from outcomes.models import Visit
from trial_site.audit.models import Event
from trial_site.casebook.selectors.checklist import Locking, Loose, missing_forms
from trial_site.casebook.selectors.questions import Question, listed, questions
from trial_site.casebook.selectors.review import reviews_of
from trial_site.casebook.selectors.trail import Told, told
from trial_site.core.actors import Actor
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task
from trial_site.monitoring.models import Deviation, DeviationState, MonitoringVisit
from trial_site.monitoring.registry import FORMS, visit_column
from trial_site.monitoring.selectors import deviations_for
from trial_site.monitoring.verification import Progress

# Entered later than this after the visit counts as late.
PROMPT_DAYS = 5


@dataclass(frozen=True)
class Entry:
    """A form of a visit, and how many days after it could be entered that was done."""

    subject: str
    visit: str
    form: Any
    took_place_on: date
    entered_at: datetime
    days: int


@dataclass(frozen=True)
class Count:
    """How much there is of something, and its place on the page of the site."""

    label: str | Promise
    anchor: str
    found: int


@dataclass(frozen=True)
class Oversight:
    """Everything about one study site; `last` is the visit before, `changes` what was changed since it."""

    site: StudySite
    last: MonitoringVisit | None
    changes: QuerySet[Event]
    queries: list[Question]
    missing: list[Loose]
    late: list[Entry]
    due: list[tuple[Subject, Progress]]
    deviations: list[Deviation]

    @cached_property
    def counts(self) -> tuple[Count, ...]:
        """The same numbers on the start page and on the page of the site."""
        return (
            Count(_("Records changed since"), "changes", self.changes.count()),
            Count(_("Queries to settle"), "queries", len(self.queries)),
            Count(_("Visits with missing forms"), "missing", len(self.missing)),
            Count(_("Late entries"), "late", len(self.late)),
            Count(_("Participants with source data to verify"), "due", len(self.due)),
            Count(_("Open deviations"), "deviations", len(self.deviations)),
        )

    def told(self, most: int) -> list[Told]:
        """The latest changes, at most so many."""
        return told(self.changes.order_by("-id")[:most])


def sites_to_monitor(actor: Actor) -> list[tuple[StudySite, MonitoringVisit | None]]:
    """Each study site of a monitor, with its last visit."""
    return [(site, last_visit(site)) for site in sites_for(actor, Task.VERIFY_SOURCE).order_by("code")]


def last_visit(site: StudySite) -> MonitoringVisit | None:
    return MonitoringVisit.objects.filter(site=site).select_related("monitor").first()


def oversights(actor: Actor, *, at: datetime) -> list[Oversight]:
    """Of every study site of a monitor."""
    return [oversight(actor, site, at=at) for site, _last in sites_to_monitor(actor)]


def oversight(actor: Actor, site: StudySite, *, at: datetime) -> Oversight:
    last, subjects = last_visit(site), Subject.objects.filter(site=site)
    tables = [form.model._meta.db_table for form in FORMS.values()]
    changes = Event.objects.filter(
        table__in=tables, subject_id__in=subjects.values("pk"), operation=Event.Operation.UPDATE
    )
    return Oversight(
        site=site,
        last=last,
        changes=changes.filter(id__gt=last.as_of) if last else changes,
        queries=listed(questions(actor).filter(site=site), at=at),
        missing=list(missing_forms(Locking(site, at))),
        late=[entry for entry in entries(site) if entry.days > PROMPT_DAYS],
        due=due(subjects),
        deviations=list(deviations_for(actor).filter(site=site, state=DeviationState.OPEN)),
    )


def due(subjects: QuerySet[Subject]) -> list[tuple[Subject, Progress]]:
    """Participants of whose values some are still to be compared with their source."""
    consented = subjects.exclude(consent=None).select_related("site").distinct()
    progress = {subject: review.progress for subject, review in reviews_of(consented).items()}
    return [(subject, how) for subject, how in progress.items() if how.verified < how.required]


def days_open(took_place_on: date, *, known_on: date, entered_on: date) -> int:
    """How long a form could have been entered. Not before its participant was logged: in a study that is simulated,
    or taken over from paper, visits are older than anything here, and no site was late with them."""
    return (entered_on - max(took_place_on, known_on)).days


def entries(site: StudySite) -> Iterable[Entry]:
    """Every form of a visit that was entered at this site, the slowest first."""
    titles = {form.model._meta.db_table: form.title for form in FORMS.values() if visit_column(form)}
    visits = {visit.pk: visit for visit in Visit.objects.filter(subject__site=site).select_related("subject")}
    inserted, people = (
        Event.objects.filter(operation=Event.Operation.INSERT),
        {v.subject_id for v in visits.values()},
    )
    events = inserted.filter(table__in=titles, subject_id__in=people)
    logged = inserted.filter(table=Subject._meta.db_table, record_id__in=people)
    known_since = dict(logged.values_list("record_id", "at"))
    found = []
    for event in events:
        visit = visits.get((event.new or {}).get("visit_id", 0))
        if visit is not None:
            known_on = site.date_of(known_since[visit.subject_id])
            days = days_open(visit.took_place_on, known_on=known_on, entered_on=site.date_of(event.at))
            title = titles[event.table]
            found.append(Entry(visit.subject.number, visit.key, title, visit.took_place_on, event.at, days))
    return sorted(found, key=lambda entry: (-entry.days, entry.subject, entry.visit))

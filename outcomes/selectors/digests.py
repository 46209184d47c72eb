"""What waits for one person at one study site, counted for the day's reminders.

Whoever has withdrawn, died or was lost is in no count, so that nothing leaves about them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from dosing.selectors import holders
from enrollment.models import Screening, Subject, SubjectState
from enrollment.selectors import consents_due, taking_part
from outcomes.models import AdverseEvent, ReminderKind, UnwantedReminder
from outcomes.rules.safety import REPORT_WITHIN
from outcomes.rules.schedule import VisitStatus
from outcomes.rules.sheets import Kind, forms_of
from outcomes.selectors.daily import missing_days
from outcomes.selectors.progress import VisitForms, visits_of
from outcomes.selectors.visits import with_course
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Role, Task, can
from trial_site.monitoring.models import Query, QueryState
from trial_site.monitoring.selectors import readable_forms

INVESTIGATORS = (Role.PRINCIPAL_INVESTIGATOR, Role.INVESTIGATOR)
AT_VISITS = (Task.RECORD_LABORATORY, Task.ASSESS_OUTCOMES)


def followed_at(site: StudySite) -> QuerySet[Subject]:
    randomized = Subject.objects.filter(site=site, state=SubjectState.RANDOMIZED)
    return taking_part(randomized)


def windows_closing(site: StudySite, person: Actor, at: datetime) -> int:
    """Visits that have not taken place and whose window ends today or tomorrow."""
    last_days = (site.date_of(at), site.date_of(at) + timedelta(days=1))
    visits = visits_of(followed_at(site), at=at)
    return sum(v.planned.status == VisitStatus.DUE and v.planned.last in last_days for v in visits)


def overdue_forms(site: StudySite, person: Actor, at: datetime) -> int:
    """Forms of this person at visits whose window is over, or that took place before today; and missing days."""
    assessor = can(person, Task.ASSESS_OUTCOMES, site.pk)
    forms, today = forms_of(Kind.VISIT, assessor=assessor), site.date_of(at)
    found = sum(len(_overdue(visit, forms)) for visit in visits_of(followed_at(site), at=at))
    if assessor:
        yesterday = today - timedelta(days=1)
        found += sum(len(missing_days(one, on=yesterday)) for one in with_course(followed_at(site)))
    return found


def _overdue(visit: VisitForms, forms: tuple[str, ...]) -> list[str]:
    over = visit.planned.status in (VisitStatus.LATE, VisitStatus.DONE)
    return visit.missing(forms) if over else []


def unsigned_eligibility(site: StudySite, person: Actor, at: datetime) -> int:
    screened = Screening.objects.filter(subject__site=site).values("subject")
    waiting = Subject.objects.filter(pk__in=screened, state=SubjectState.CONSENTED)
    return taking_part(waiting).count()


def open_queries_of(site: StudySite, person: Actor, at: datetime) -> int:
    """Those that the site has to answer, about forms this person reads."""
    asked = Query.objects.filter(site=site, state=QueryState.OPEN, form__in=readable_forms(person, site.pk))
    numbers = taking_part(Subject.objects.filter(site=site)).values("number")
    return asked.filter(subject__in=numbers).count()


def consents_to_renew(site: StudySite, person: Actor, at: datetime) -> int:
    return len(list(consents_due(Subject.objects.filter(site=site), at=at)))


@dataclass(frozen=True)
class Digest:
    """A daily reminder: whom it is for, and how many things wait for one of them at a study site."""

    tasks: tuple[Task, ...]
    roles: tuple[Role, ...]
    count: Callable[[StudySite, Actor, datetime], int]


DIGESTS: dict[str, Digest] = {
    ReminderKind.CLOSING: Digest(AT_VISITS, (Role.COORDINATOR, Role.ASSESSOR), windows_closing),
    ReminderKind.OVERDUE: Digest(AT_VISITS, (Role.COORDINATOR, Role.ASSESSOR), overdue_forms),
    ReminderKind.UNSIGNED: Digest((Task.ASSESS_ELIGIBILITY,), INVESTIGATORS, unsigned_eligibility),
    ReminderKind.QUERIES: Digest(
        (Task.ANSWER_QUERY,),
        (*INVESTIGATORS, Role.COORDINATOR, Role.NURSE, Role.ASSESSOR),
        open_queries_of,
    ),
    ReminderKind.CONSENT: Digest((Task.SCREEN,), (Role.COORDINATOR,), consents_to_renew),
}


def kinds_for(person: StaffMember) -> list[str]:
    """The kinds of reminders that somebody in this role may choose."""
    chosen = [kind for kind, digest in DIGESTS.items() if person.role in digest.roles]
    return [ReminderKind.VISITS.value, *chosen] if person.role == Role.COORDINATOR else chosen


def switched_off(person: StaffMember) -> set[str]:
    return set(UnwantedReminder.objects.filter(staff=person, off=True).values_list("kind", flat=True))


def people_reminded(site: StudySite, kind: str, *, at: datetime) -> list[StaffMember]:
    digest = DIGESTS[kind]
    held = [holders(site, task, at=at).filter(role__in=digest.roles) for task in digest.tasks]
    people = {person.pk: person for each in held for person in each.exclude(pk__in=without(kind))}
    return list(people.values())


def without(kind: str) -> QuerySet:
    """Keys of the people who have switched a kind off."""
    return UnwantedReminder.objects.filter(kind=kind, off=True).values("staff")


def clocks_running_out(*, at: datetime, before: timedelta) -> QuerySet[AdverseEvent]:
    """Serious events without a report, of whose 24 hours no more than `before` is left."""
    waiting = AdverseEvent.objects.filter(
        serious=True, reports=None, aware_at__lte=at - REPORT_WITHIN + before
    )
    return waiting.select_related("subject__site")

"""What must be settled before a study site or the database is locked."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject, SubjectState
from enrollment.selectors import subject_for
from outcomes.models import AdverseEvent
from outcomes.rules.schedule import VisitStatus
from outcomes.selectors import unjudged_results, visits_of
from outcomes.selectors.ct_reads import unsettled_scans
from randomization.actions import accounts_closed
from randomization.models import LetterCount, LetterPrint
from trial_site.casebook.selectors.review import Review, reviews_of
from trial_site.core.actors import Actor
from trial_site.core.models import Delegation, StaffMember, StudySite
from trial_site.core.permissions import Task
from trial_site.monitoring.models import AnalysisSets, DataReview, Deviation, DeviationState, Query
from trial_site.monitoring.selectors import UNRESOLVED

STILL_TO_COME = (VisitStatus.EXPECTED, VisitStatus.DUE, VisitStatus.LATE)


@dataclass(frozen=True)
class Loose:
    """One thing that is still open: what people call it, and where it is settled; without a `url` elsewhere."""

    name: str
    url: str


@dataclass(frozen=True)
class Requirement:
    """One line of the checklist; met when nothing is open. `study_wide` ones are asked for the database only.

    `task`: what somebody must be allowed to follow its links.
    """

    title: str | Promise
    open: Callable[["Locking"], Iterable[Loose]]
    study_wide: bool = False
    task: Task = Task.VIEW_CASEBOOK


@dataclass(frozen=True)
class Locking:
    """What is about to be locked: a study site, or with None everything."""

    site: StudySite | None
    at: datetime

    @property
    def subjects(self) -> QuerySet[Subject]:
        everyone = Subject.objects.select_related("site")
        return everyone.filter(site=self.site) if self.site else everyone

    @property
    def sites(self) -> QuerySet[StudySite]:
        everywhere = StudySite.objects.order_by("code")
        return everywhere.filter(pk=self.site.pk) if self.site else everywhere

    @cached_property
    def reviews(self) -> dict[Subject, Review]:
        return reviews_of(self.subjects.exclude(consent=None).distinct())


@dataclass(frozen=True)
class Checked:
    title: str | Promise
    open: list[Loose]
    task: Task


def checklist(site: StudySite | None, *, at: datetime) -> list[Checked]:
    """Every requirement with what is still open for it."""
    locking = Locking(site, at)
    asked = [one for one in REQUIREMENTS if site is None or not one.study_wide]
    return [Checked(one.title, list(one.open(locking)), one.task) for one in asked]


def _casebook(subject: Subject, name: str = "") -> Loose:
    return Loose(name or subject.number, reverse("casebook:subject", args=[subject.number]))


def undecided_participants(locking: Locking) -> Iterable[Loose]:
    waiting = (SubjectState.IDENTIFIED, SubjectState.CONSENTED, SubjectState.ELIGIBLE)
    return [_casebook(subject) for subject in locking.subjects.filter(state__in=waiting)]


def visits_to_come(locking: Locking) -> Iterable[Loose]:
    for visit in visits_of(locking.subjects, at=locking.at):
        if visit.planned.status in STILL_TO_COME:
            yield _casebook(visit.subject, f"{visit.subject.number}, {visit.planned.title}")


def missing_forms(locking: Locking) -> Iterable[Loose]:
    for visit in visits_of(locking.subjects, at=locking.at):
        if visit.missing(visit.planned.forms):
            yield _casebook(visit.subject, f"{visit.subject.number}, {visit.planned.title}")


def unsettled_queries(locking: Locking) -> Iterable[Loose]:
    asked = Query.objects.filter(state__in=UNRESOLVED, subject__in=locking.subjects.values("number"))
    return [Loose(query.number, reverse("monitoring:query", args=[query.number])) for query in asked]


def unjudged_laboratory(locking: Locking) -> Iterable[Loose]:
    for subject in locking.subjects.exclude(randomization=None):
        if unjudged_results(subject):
            yield Loose(subject.number, reverse("outcomes:results", args=[subject.number]))


def unread_scans(locking: Locking) -> Iterable[Loose]:
    """What the readers found is nobody's before the lock, so that nothing of it may still be open."""
    return [_casebook(scan.subject) for scan in unsettled_scans(locking.subjects)]


def unsettled_serious_events(locking: Locking) -> Iterable[Loose]:
    """Serious events without a report or without their assessment, and events without causality."""
    unsettled = Q(serious=True, reports=None) | Q(serious=True, assessments=None) | Q(causality="")
    for event in AdverseEvent.objects.filter(unsettled, subject__in=locking.subjects).select_related(
        "subject"
    ):
        yield _casebook(event.subject, f"{event.subject.number}, {event.term}")


def uncounted_letters(locking: Locking) -> Iterable[Loose]:
    """Study sites whose sealed letters were printed and not counted since at close-out."""
    printed = LetterPrint.objects.order_by("-id").first()
    at_the_end = LetterCount.objects.filter(occasion=LetterCount.Occasion.CLOSE_OUT)
    if printed is not None:
        counted = at_the_end.filter(counted_at__gte=printed.printed_at)
        for site in locking.sites.exclude(pk__in=counted.values("site")):
            yield Loose(str(site), reverse("randomization:letters"))


def open_accounts(locking: Locking) -> Iterable[Loose]:
    """One word per study site: what is open there is not for blinded people to know, nor how much."""
    for site in locking.sites:
        if not accounts_closed(site):
            yield Loose(str(_("%(site)s: not closed by the unblinded monitor")) % {"site": site}, "")


def open_deviations(locking: Locking) -> Iterable[Loose]:
    raised = Deviation.objects.filter(state=DeviationState.OPEN)
    for deviation in raised.filter(subject__in=locking.subjects.values("number")):
        url = reverse("casebook:subject", args=[deviation.subject])
        yield Loose(f"{deviation.number} ({deviation.subject})", url)


def unverified(locking: Locking) -> Iterable[Loose]:
    for subject, review in locking.reviews.items():
        if review.progress.verified < review.progress.required:
            yield _review(subject)


def unsigned(locking: Locking) -> Iterable[Loose]:
    return [_review(subject) for subject, review in locking.reviews.items() if review.signed != "signed"]


def _review(subject: Subject) -> Loose:
    return Loose(subject.number, reverse("casebook:review", args=[subject.number]))


def without_analysis_sets(locking: Locking) -> Iterable[Loose]:
    decided = AnalysisSets.objects.values("subject")
    for subject in locking.subjects.exclude(randomization=None).exclude(number__in=decided):
        yield Loose(subject.number, reverse("casebook:analysis_sets", args=[subject.number]))


def data_review_to_come(_locking: Locking) -> Iterable[Loose]:
    if not DataReview.objects.exists():
        yield Loose(str(_("no review is recorded")), reverse("casebook:data_review"))


REQUIREMENTS = (
    Requirement(_("Every participant's eligibility is decided"), undecided_participants),
    Requirement(_("No visit is still to come"), visits_to_come),
    Requirement(_("No form is missing"), missing_forms),
    Requirement(_("Every query is settled"), unsettled_queries),
    Requirement(_("Every deviation is closed"), open_deviations),
    Requirement(_("Every result out of range is judged"), unjudged_laboratory, task=Task.JUDGE_LABORATORY),
    Requirement(_("The readers are done with every chest CT"), unread_scans),
    Requirement(
        _("Every event is judged, every serious one reported and assessed"), unsettled_serious_events
    ),
    Requirement(_("The sealed letters are counted at close-out"), uncounted_letters, task=Task.VERIFY_SOURCE),
    Requirement(
        _("Queries and accountability of the pharmacy are closed by the unblinded monitor"), open_accounts
    ),
    Requirement(_("Every value is verified against its source"), unverified),
    Requirement(_("Every casebook is signed"), unsigned),
    Requirement(
        _("Analysis sets are assigned to every randomized participant"),
        without_analysis_sets,
        study_wide=True,
        task=Task.LOCK,
    ),
    Requirement(_("The data were reviewed blind"), data_review_to_come, study_wide=True, task=Task.LOCK),
)


def who_may_lock(actor: Actor) -> QuerySet[StaffMember]:
    """Those who may unlock the database together with this person."""
    held = Delegation.objects.filter(task=Task.LOCK, ends_at=None).values("staff")
    return StaffMember.objects.filter(pk__in=held, is_active=True).exclude(pk=actor.person_id)


def subject_to_analyse(actor: Actor, number: str) -> Subject:
    """A randomized participant of a study site where this person has a task, else Http404."""
    subject = subject_for(actor, number)
    if not hasattr(subject, "randomization"):
        raise Http404
    return subject

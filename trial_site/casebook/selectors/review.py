"""How far the review of a participant's forms has come: queries, source verification, signatures, freezes."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from enrollment.models import Subject
from enrollment.selectors import protocol_of
from outcomes.models import Visit
from trial_site.casebook.selectors.access import subjects_to_read
from trial_site.casebook.selectors.book import name_of
from trial_site.core.actors import Actor
from trial_site.core.datasets import Dataset
from trial_site.core.models import StudySite
from trial_site.monitoring.models import Freeze, RecordRef, Scope, Signature
from trial_site.monitoring.registry import FORMS, VISIT, visit_column
from trial_site.monitoring.scopes import records_in, records_of, stands
from trial_site.monitoring.selectors import freezes_over, open_queries, record_for, ref_of, site_lock
from trial_site.monitoring.verification import Key, Mark, Progress, marks_of, to_verify


@dataclass(frozen=True)
class Line:
    """One record under review. `signed` is empty, "signed", or "unsigned" once it changed after its signature."""

    ref: RecordRef
    title: Any
    name: str
    queries: int
    progress: Progress
    signed: str
    frozen: bool


@dataclass(frozen=True)
class Part:
    """The records of one visit, or those of no visit; `ref` names the visit."""

    title: Any
    ref: RecordRef | None
    lines: list[Line]
    signed: str
    frozen: bool

    @property
    def progress(self) -> Progress:
        return _sum(line.progress for line in self.lines)

    @property
    def queries(self) -> int:
        return sum(line.queries for line in self.lines)


@dataclass(frozen=True)
class Review:
    """Everything the reviewers of one participant look at."""

    ref: RecordRef
    parts: list[Part]
    progress: Progress
    queries: int
    signed: str
    freezes: list[Freeze]

    @property
    def frozen(self) -> bool:
        return any(freeze.scope not in (Scope.RECORD, Scope.VISIT) for freeze in self.freezes)


@dataclass(frozen=True)
class State:
    """What stands beside the records; by form and record, or by scope, form and record."""

    marks: Mapping[Key, Mark]
    queries: Counter
    signed: Mapping[tuple[str, str, int], str]
    freezes: list[Freeze]

    def frozen(self, scope: str, ref: RecordRef) -> bool:
        covering = {(f.scope, f.form, f.record_id) for f in self.freezes}
        return (scope, ref.form, ref.record_id) in covering


def review_of(subject: Subject) -> Review:
    """The review of one participant; only for people who read every form."""
    return reviews_of([subject])[subject]


def reviews_of(subjects: Collection[Subject]) -> dict[Subject, Review]:
    """The reviews of many participants, each form's records fetched once for all of them."""
    by_number = {subject.number: subject for subject in subjects}
    books = {subject: _Book(subject, _state_of(subject)) for subject in subjects}
    for form in FORMS.values():
        for record in records_of(form, by_number):
            ref = ref_of(form.form, record)
            books[by_number[ref.subject]].add(form, record, ref)
    return {subject: book.review() for subject, book in books.items()}


class _Book:
    """The lines of one participant's review while they are gathered, by visit."""

    def __init__(self, subject: Subject, state: State) -> None:
        self.subject, self.state = subject, state
        self.plan = protocol_of(subject).source_verification
        self.lines: dict[int | None, list[Line]] = defaultdict(list)

    def add(self, form: Dataset, record: Any, ref: RecordRef) -> None:
        asked = [(one.form, one.record_id, one.field) for one in to_verify(form, record, self.plan)]
        column = visit_column(form)
        line = Line(
            ref=ref,
            title=form.title,
            name="" if column else name_of(form, record, self.subject),
            queries=self.state.queries[ref.form, ref.record_id],
            progress=_progress(asked, self.state.marks),
            signed=self.state.signed.get((Scope.RECORD, ref.form, ref.record_id), ""),
            frozen=self.state.frozen(Scope.RECORD, ref),
        )
        self.lines[getattr(record, column) if column else None].append(line)

    def review(self) -> Review:
        everything = [line for lines in self.lines.values() for line in lines]
        ref = ref_of("SU", self.subject)
        return Review(
            ref=ref,
            parts=_in_order(self.subject, self.lines, self.state),
            progress=_sum(line.progress for line in everything),
            queries=sum(line.queries for line in everything),
            signed=self.state.signed.get((Scope.PARTICIPANT, ref.form, ref.record_id), ""),
            freezes=self.state.freezes,
        )


def _state_of(subject: Subject) -> State:
    signed = Signature.objects.filter(subject=subject.number, meaning=Signature.Meaning.REVIEWED)
    latest = {(one.scope, one.form, one.record_id): one for one in signed.order_by("id")}
    return State(
        marks=marks_of(subject.number),
        queries=Counter(open_queries(subject.number).values_list("form", "record_id")),
        signed={key: "signed" if stands(one) else "unsigned" for key, one in latest.items()},
        freezes=freezes_over(subject.number, subject.site_id),
    )


def _progress(asked: list[Key], marks: Mapping[Key, Mark]) -> Progress:
    marked = [marks[key] for key in asked if key in marks]
    standing = sum(mark.fell is None for mark in marked)
    return Progress(len(asked), standing, len(marked) - standing)


def _sum(parts: Any) -> Progress:
    found = list(parts)
    return Progress(
        sum(one.required for one in found),
        sum(one.verified for one in found),
        sum(one.fallen for one in found),
    )


def _in_order(subject: Subject, parts: Mapping[int | None, list[Line]], state: State) -> list[Part]:
    """What belongs to no visit first, then the visits as they took place."""
    ordered = [Part(_("Outside visits"), None, parts.get(None, []), "", False)]
    visits = protocol_of(subject).visit_by_code
    for visit in Visit.objects.filter(subject=subject):
        ref, planned = ref_of(VISIT, visit), visits.get(visit.code)
        title = planned.name.text(get_language()) if planned else visit.code
        signed = state.signed.get((Scope.VISIT, VISIT, visit.pk), "")
        ordered.append(Part(title, ref, parts[visit.pk], signed, state.frozen(Scope.VISIT, ref)))
    return ordered


def void_signatures(subjects: QuerySet[Subject]) -> list[Signature]:
    """The review signatures over these participants' data that a later change made void."""
    signed = Signature.objects.filter(
        meaning=Signature.Meaning.REVIEWED, subject__in=subjects.values("number")
    ).select_related("site")
    latest = {(one.scope, one.form, one.record_id): one for one in signed.order_by("id")}
    return [signature for signature in latest.values() if not stands(signature)]


def reviewed_ref(actor: Actor, subject: Subject, scope: str, form: str, record_id: int) -> RecordRef:
    """What is to be signed, verified or frozen, if it is this participant's and this person may read it."""
    named = {Scope.RECORD: form, Scope.VISIT: VISIT, Scope.PARTICIPANT: "SU"}
    if {str(one): code for one, code in named.items()}.get(scope) != form:
        raise Http404
    _record, ref = record_for(actor, form, record_id)
    if ref.subject != subject.number:
        raise Http404
    return ref


def freeze_of(scope: str, ref: RecordRef) -> Freeze | None:
    """The freeze of exactly this, while it is in force."""
    return Freeze.objects.filter(scope=scope, form=ref.form, record_id=ref.record_id, lifted_at=None).first()


def values_to_verify(scope: str, ref: RecordRef, subject: Subject) -> list[RecordRef]:
    """Every value under `ref` that the plan asks to compare with its source."""
    plan = protocol_of(subject).source_verification
    return [one for form, record in records_in(scope, ref) for one in to_verify(FORMS[form], record, plan)]


def visit_title(ref: RecordRef) -> str:
    visit = Visit.objects.select_related("subject").get(pk=ref.record_id)
    planned = protocol_of(visit.subject).visit_by_code.get(visit.code)
    return planned.name.text(get_language()) if planned else visit.code


@dataclass(frozen=True)
class SiteProgress:
    """The participants of one study site and how far their review is."""

    site: StudySite
    rows: list[tuple[Subject, Review]]
    progress: Progress
    queries: int
    lock: Freeze | None


def progress_by_site(actor: Actor) -> list[SiteProgress]:
    """Every participant with consent whose forms this person may read, by study site."""
    by_site: dict[StudySite, list[tuple[Subject, Review]]] = defaultdict(list)
    consented = subjects_to_read(actor).exclude(consent=None).select_related("site").distinct()
    for subject, review in reviews_of(consented).items():
        by_site[subject.site].append((subject, review))
    return [
        SiteProgress(
            site,
            rows,
            _sum(review.progress for _subject, review in rows),
            sum(review.queries for _subject, review in rows),
            site_lock(site),
        )
        for site, rows in by_site.items()
    ]

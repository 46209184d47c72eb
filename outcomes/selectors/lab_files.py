"""What a laboratory's file would change: matched to visits by the day of the sample, to forms by its time."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from enrollment.models import Subject, SubjectState
from outcomes.models import VISIT_MODELS, VisitForm
from outcomes.rules.checks import beyond, impossible
from outcomes.rules.lab_file import Fault, Result, read
from outcomes.rules.schedule import VisitStatus
from outcomes.selectors.records import person_of, record_of, values_of
from outcomes.selectors.visits import VisitContext, planned_visits, visit_context
from trial_site.core.models import StudySite

IGNORED = ("other_test",)


@dataclass(frozen=True)
class Proposal:
    """What one form of one visit would hold: `record` is the saved one, `values` the new or changed ones."""

    context: VisitContext
    form: str
    sampled_at: datetime
    record: VisitForm | None
    values: dict[str, Decimal]
    same: int
    doubted: list[str]

    @property
    def old(self) -> dict[str, Any]:
        return {name: getattr(self.record, name) if self.record else None for name in self.values}

    @property
    def changes(self) -> bool:
        """Does it replace a value that is saved?"""
        return any(value is not None for value in self.old.values())


@dataclass
class Preview:
    """Everything a file would do, or why it does nothing."""

    proposals: list[Proposal] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ignored: list[Fault] = field(default_factory=list)

    @property
    def news(self) -> list[Proposal]:
        return [one for one in self.proposals if one.values]

    @property
    def count(self) -> int:
        return sum(len(one.values) for one in self.proposals)

    @property
    def same(self) -> int:
        return sum(one.same for one in self.proposals)

    @property
    def needs_reason(self) -> bool:
        return any(one.changes for one in self.proposals)

    @property
    def seal(self) -> str:
        """Of what the person saw; when the saved values have moved on, it is another one."""
        shown = [
            (
                one.context.subject.number,
                one.context.planned.key,
                one.form,
                sorted(one.old.items()),
                one.values,
            )
            for one in self.news
        ]
        return sha256(repr(shown).encode()).hexdigest()


def preview_of(text: str, site: StudySite, *, at: datetime) -> Preview:
    found, groups = Preview(), defaultdict(list)
    for one in read(text, zone=site.tz):
        if isinstance(one, Result):
            groups[one.participant, one.sampled_at, one.form].append(one)
        else:
            (found.ignored if one.kind in IGNORED else found.faults).append(one)
    for (number, sampled_at, form), results in groups.items():
        proposal = _propose(site, number, sampled_at, form, results, at)
        if isinstance(proposal, Fault):
            found.faults.append(proposal)
        else:
            found.proposals.append(proposal)
    found.faults.sort(key=lambda fault: fault.line)
    return found


def _propose(
    site: StudySite, number: str, sampled_at: datetime, form: str, results: list[Result], at: datetime
) -> Proposal | Fault:
    line, subject = results[0].line, Subject.objects.filter(site=site, number=number).first()
    if subject is None or subject.state not in (SubjectState.RANDOMIZED, SubjectState.WITHDRAWN):
        return Fault(line, "participant", number)
    context = _visit_on(subject, sampled_at, form, at=at)
    if context is None:
        return Fault(line, "no_visit", f"{number}, {sampled_at:%Y-%m-%d}")
    record = record_of(context.visit, form)
    if record and getattr(record, "sampled_at") != sampled_at:  # noqa: B009 (every panel has it)
        return Fault(line, "other_time", f"{number}, {context.planned.title}")
    values = {one.field: _fitting(form, one) for one in results}
    wrong = impossible(form, values | {"sampled_at": sampled_at}, person_of(subject, at=at))
    if wrong:
        name = next(iter(wrong))
        return Fault(next((r.line for r in results if r.field == name), line), "impossible", name)
    saved = values_of(record) if record else {}
    news = {name: value for name, value in values.items() if saved.get(name) != value}
    doubted = sorted(beyond(form, news))
    return Proposal(context, form, sampled_at, record, news, len(values) - len(news), doubted)


def _fitting(form: str, result: Result) -> Decimal:
    """As many decimals as the form keeps."""
    places: Any = VISIT_MODELS[form]._meta.get_field(result.field)
    return result.value.quantize(Decimal(1).scaleb(-places.decimal_places))


def _visit_on(subject: Subject, sampled_at: datetime, form: str, *, at: datetime) -> VisitContext | None:
    """The visit of that day that has the form; else the one that is planned around it and has not taken place."""
    day, today = subject.site.date_of(sampled_at), subject.site.date_of(at)
    plan = [visit for visit in planned_visits(subject, on=today) if form in visit.forms]
    took_place = [visit for visit in plan if visit.took_place_on == day]
    planned = [
        visit
        for visit in plan
        if visit.took_place_on is None
        and visit.first
        and visit.last
        and visit.first <= day <= visit.last
        and visit.status != VisitStatus.NOT_APPLICABLE
    ]
    found: Iterable = [*took_place, *planned]
    visit = next(iter(found), None)
    return visit_context(subject, visit.key, on=today) if visit else None

"""Derived endpoints of participants, from every form they follow from; many participants at once."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter

from django.db.models import QuerySet

from enrollment.models import Ending, EndingKind, Subject
from enrollment.selectors import protocol_of
from outcomes.models import VISIT_MODELS, DailyStatus, Pcr, SeverityClass, Visit, VitalStatus
from outcomes.rules.derived import (
    MEASURED,
    SOURCES,
    Change,
    Endpoint,
    Measured,
    Sample,
    TimeToEvent,
    changes,
    first_progression,
    negative_conversion,
    time_to,
)
from outcomes.rules.schedule import Course, key_of
from outcomes.rules.sheets import SHEETS
from outcomes.selectors.ct_reads import endpoints_read
from outcomes.selectors.visits import VisitContext, course_of, with_course

BATCH = 200


@dataclass(frozen=True)
class Derived:
    """What follows for one participant, as far as the reader knows the forms it follows from.

    since: the day of randomization. times: None where nobody has looked yet. changes: (form, field) -> every
    value against its baseline.
    """

    subject: Subject
    since: date
    times: dict[Endpoint, TimeToEvent | None]
    changes: dict[tuple[str, str], list[Change]]


def derived_of(subject: Subject, *, forms: Collection[str], at: datetime) -> Derived | None:
    """None before randomization, when there is nothing to count from."""
    return next(_derive(Subject.objects.filter(pk=subject.pk), forms, at), None)


def derived(subjects: Sequence[int], *, forms: Collection[str], at: datetime) -> Iterator[Derived]:
    """Of the participants with these keys who are randomized, batch by batch, in the order of their numbers."""
    for start in range(0, len(subjects), BATCH):
        batch = Subject.objects.filter(pk__in=subjects[start : start + BATCH])
        yield from _derive(batch, forms, at)


def _derive(subjects: QuerySet[Subject], forms: Collection[str], at: datetime) -> Iterator[Derived]:
    found = sorted(with_course(subjects.exclude(randomization=None)), key=attrgetter("number"))
    facts = Facts.of(found) if found else None
    for subject in found:
        course = course_of(subject, on=subject.site.date_of(at))
        if course and facts:
            times, changes = facts.times(subject, course, forms), facts.changes(subject, course, forms)
            yield Derived(subject, course.randomized_on, times, changes)


@dataclass(frozen=True)
class Facts:
    """What endpoints follow from, by participant."""

    classes: dict[int, list[tuple[date, str]]]
    samples: dict[int, list[Sample]]
    deaths: dict[int, date]
    seen: dict[int, list[date]]
    numbers: dict[int, dict[tuple[str, str], list[Measured]]]

    @classmethod
    def of(cls, subjects: Sequence[Subject]) -> "Facts":
        return cls(
            classes=_classes(subjects),
            samples=_samples(subjects),
            deaths=deaths_of(subjects),
            seen=_seen_alive(subjects),
            numbers=_numbers(subjects),
        )

    def times(
        self, subject: Subject, course: Course, forms: Collection[str]
    ) -> dict[Endpoint, TimeToEvent | None]:
        since, protocol = course.randomized_on, protocol_of(subject)
        died_on, classes = self.deaths.get(subject.pk), self.classes[subject.pk]
        samples = [one for one in self.samples[subject.pk] if one.on >= since]
        apart = timedelta(hours=protocol.negative_hours_apart)
        negative = negative_conversion(samples, ct=protocol.negative_ct, apart=apart)
        progressed_on = first_progression(classes, died_on)
        found = {
            Endpoint.PROGRESSION: time_to(progressed_on, (on for on, _ in classes), since=since),
            Endpoint.NEGATIVE: time_to(
                negative.on if negative else None, (one.on for one in samples), since=since
            ),
            Endpoint.DEATH: time_to(died_on, self.seen[subject.pk], since=since),
        }
        return {endpoint: time for endpoint, time in found.items() if {*SOURCES[endpoint]} <= {*forms}}

    def changes(
        self, subject: Subject, course: Course, forms: Collection[str]
    ) -> dict[tuple[str, str], list[Change]]:
        readable = {key: values for key, values in self.numbers[subject.pk].items() if key[0] in forms}
        found = {key: [*changes(values, begun_at=course.begun_at)] for key, values in readable.items()}
        return {key: each for key, each in found.items() if each}


def deaths_of(subjects: Sequence[Subject]) -> dict[int, date]:
    deaths = Ending.objects.filter(kind=EndingKind.DEATH, stands=True, subject__in=subjects)
    return dict(deaths.values_list("subject", "on"))


def _classes(subjects: Sequence[Subject]) -> dict[int, list[tuple[date, str]]]:
    """Day and severity class, of every day and visit where one was given."""
    found = defaultdict(list)
    daily = DailyStatus.objects.values_list("subject", "on", "severity")
    at_visits = SeverityClass.objects.values_list("subject", "visit__took_place_on", "severity")
    for rows in (daily, at_visits):
        for subject, on, severity in rows.filter(subject__in=subjects).exclude(severity=""):
            found[subject].append((on, severity))
    return found


def _samples(subjects: Sequence[Subject]) -> dict[int, list[Sample]]:
    found = defaultdict(list)
    for pcr in Pcr.objects.filter(subject__in=subjects).select_related("subject__site"):
        on = pcr.subject.site.date_of(pcr.sampled_at)
        found[pcr.subject_id].append(Sample(pcr.sampled_at, on, pcr.result, (pcr.orf1ab_ct, pcr.n_ct)))
    return found


def _seen_alive(subjects: Sequence[Subject]) -> dict[int, list[date]]:
    """Days on which somebody knew the participant to be alive."""
    found = defaultdict(list)
    visits = Visit.objects.values_list("subject", "took_place_on")
    daily = DailyStatus.objects.values_list("subject", "on")
    known = VitalStatus.objects.filter(status=VitalStatus.Status.ALIVE).values_list(
        "subject", "ascertained_on"
    )
    for rows in (visits, daily, known):
        for subject, on in rows.filter(subject__in=subjects):
            found[subject].append(on)
    return found


def changes_at(context: VisitContext, form: str) -> dict[str, Change]:
    """Field -> its change from baseline, of a form as it is saved at this visit."""
    if context.visit is None or form not in MEASURED:
        return {}
    numbers = _numbers_of(form, [context.subject])[context.subject.pk]
    return {
        field: change
        for (_form, field), values in numbers.items()
        for change in changes(values, begun_at=context.course.begun_at)
        if change.measured.visit == context.planned.key
    }


Numbers = dict[int, dict[tuple[str, str], list[Measured]]]


def _numbers(subjects: Sequence[Subject]) -> Numbers:
    found: Numbers = defaultdict(lambda: defaultdict(list))
    for form in MEASURED:
        for subject, numbers in _numbers_of(form, subjects).items():
            found[subject].update(numbers)
    for scan, value in endpoints_read(subjects):
        at, on = scan.scan.scanned_at, scan.subject.site.date_of(scan.scan.scanned_at)
        found[scan.subject_id]["CR", "lesion_percent"].append(Measured(scan.scan.visit.key, at, on, value))
    return found


def _numbers_of(form: str, subjects: Sequence[Subject]) -> Numbers:
    found: Numbers = defaultdict(lambda: defaultdict(list))
    sites, fields = {subject.pk: subject.site for subject in subjects}, MEASURED[form]
    columns = ("subject", "visit__code", "visit__repeat", SHEETS[form].moment, *fields)
    rows = VISIT_MODELS[form]._default_manager.filter(subject__in=subjects).values_list(*columns)
    for subject, code, repeat, at, *values in rows:
        key, on = key_of(code, repeat), sites[subject].date_of(at)
        for field, value in zip(fields, values, strict=True):
            if value is not None:
                found[subject][form, field].append(Measured(key, at, on, Decimal(value)))
    return found

"""The reports to the data and safety monitoring board: safety and course, by group (closed) or pooled (open).

No participant, no date, no kit: counts of participants only.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dosing.models import Infusion
from enrollment.models import Ending, EndingKind, Subject
from outcomes.models import AdverseEvent, ClinicalProgression
from outcomes.models.safety import Grade

# In the open report, a smaller group could be recognized.
FEWEST = 5
SEVERE_SCORE = 6


@dataclass(frozen=True)
class Line:
    """One line of the table: how many participants of each group, in the order of the groups."""

    label: str | Promise
    counts: list[int]


def lines(groups: Collection[Collection[int]]) -> list[Line]:
    """How many participants of each group of keys, line by line."""
    return [
        Line(label, [found.filter(pk__in=group).count() for group in groups]) for label, found in counted()
    ]


def counted() -> Iterator[tuple[str | Promise, QuerySet[Subject]]]:
    """Label and participants of every line."""
    events = AdverseEvent.objects.all()
    yield _("Randomized"), Subject.objects.filter(randomization__isnull=False)
    yield _("Infused"), of(Infusion.objects.all())
    yield _("With an adverse event"), of(events)
    for grade in Grade:
        yield (
            _worst(grade),
            of(events.filter(grade=grade)).exclude(pk__in=_keys(events.filter(grade__gt=grade))),
        )
    yield _("With a serious adverse event"), of(events.filter(serious=True))
    deaths = Ending.objects.filter(kind=EndingKind.DEATH, stands=True)
    yield _("Died"), Subject.objects.filter(Q(pk__in=_keys(deaths)) | Q(pk__in=_keys(events.filter(grade=5))))
    severe = ClinicalProgression.objects.filter(score__gte=SEVERE_SCORE)
    yield _("Progressed to score 6 or more on the WHO scale"), of(severe)


def _worst(grade: Grade) -> Promise:
    return WORST[grade]


WORST = {
    Grade.MILD: _("Worst grade 1"),
    Grade.MODERATE: _("Worst grade 2"),
    Grade.SEVERE: _("Worst grade 3"),
    Grade.LIFE_THREATENING: _("Worst grade 4"),
    Grade.DEATH: _("Worst grade 5"),
}


def of(records: QuerySet) -> QuerySet[Subject]:
    return Subject.objects.filter(pk__in=_keys(records))


def _keys(records: QuerySet) -> QuerySet:
    return records.values("subject_id")


def pooled() -> list[tuple[str | Promise, int | None]]:
    """The open report: label and number of all randomized participants, None where it is 1 to 4."""
    everybody = list(Subject.objects.filter(randomization__isnull=False).values_list("pk", flat=True))
    found = [(line.label, line.counts[0]) for line in lines([everybody])]
    return [(label, None if 0 < count < FEWEST else count) for label, count in found]


def by_group(letters: dict[int, str]) -> tuple[list[str], list[Line]]:
    """The closed report: the letters and, for each, the numbers."""
    names = sorted(set(letters.values()))
    return names, lines([[key for key, letter in letters.items() if letter == name] for name in names])

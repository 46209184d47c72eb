"""Laboratory results out of range, and which of them an investigator has judged."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from enrollment.models import Screening, Subject
from enrollment.selectors import screening_of
from outcomes.models import VISIT_MODELS, ReferenceRange, ResultJudgement
from outcomes.rules.laboratory import PANELS, Flag, Range, age_on, flag_of, grade_of, range_for
from outcomes.rules.sheets import SHEETS


@dataclass(frozen=True)
class Result:
    """A result out of the range of the participant's sex and age; `judgement` is of this very value."""

    form: str
    record_id: int
    field: str
    visit: str
    sampled_at: datetime
    value: Decimal
    unit: str
    normal: Range
    flag: Flag
    grade: int | None
    judgement: ResultJudgement | None

    @property
    def key(self) -> str:
        return f"{self.form}-{self.record_id}-{self.field}"


def ranges_of(subject: Subject) -> dict[str, list[Range]]:
    found: dict[str, list[Range]] = {}
    for each in ReferenceRange.objects.filter(site=subject.site_id):
        known = Range(each.low, each.high, each.sex, each.age_from, each.age_to)
        found.setdefault(each.field, []).append(known)
    return found


def results_out_of_range(subject: Subject) -> list[Result]:
    """Every such result of a participant, the latest sample first."""
    ranges = ranges_of(subject)
    screened = vars(screening_of(subject) or Screening())
    judged = {
        (one.panel, one.panel_record, one.item, one.value): one
        for one in ResultJudgement.objects.filter(subject=subject).select_related("judged_by")
    }
    found = [*_out_of_range(subject, ranges, screened, judged)] if ranges and screened["birth_date"] else []
    return sorted(found, key=lambda result: result.sampled_at, reverse=True)


def _out_of_range(subject: Subject, ranges: dict, screened: dict, judged: dict) -> Iterator[Result]:
    for form in PANELS:
        for record in VISIT_MODELS[form]._default_manager.filter(subject=subject).select_related("visit"):
            sampled_at = getattr(record, "sampled_at")  # noqa: B009 (every panel has it)
            age = age_on(screened["birth_date"], subject.site.date_of(sampled_at))
            for limits in SHEETS[form].limits:
                value = getattr(record, limits.field)
                normal = range_for(ranges.get(limits.field, ()), sex=screened["sex"], age=age)
                flag = flag_of(value, normal) if normal and value is not None else None
                if normal and flag:
                    yield Result(
                        form=form,
                        record_id=record.pk,
                        field=limits.field,
                        visit=record.visit.key,
                        sampled_at=sampled_at,
                        value=value,
                        unit=limits.unit,
                        normal=normal,
                        flag=flag,
                        grade=grade_of(limits.field, value, normal),
                        judgement=judged.get((form, record.pk, limits.field, value)),
                    )


def unjudged_results(subject: Subject) -> list[Result]:
    return [result for result in results_out_of_range(subject) if result.judgement is None]

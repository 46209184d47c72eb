"""The screening form. Its columns are the facts of enrollment.rules.facts, so form and rules cannot disagree."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.models.subjects import Subject, SubjectRecord
from enrollment.rules import SECTIONS, Facts, names_in
from enrollment.rules.facts import LABELS, LIMITS
from enrollment.rules.partial import PartialDate
from enrollment.rules.procedures import TIMED
from enrollment.rules.wording import Choice
from trial_site.audit.tracking import audited
from trial_site.core.typed import types_of, without_none

SCREENING_FACTS = tuple(name for section in SECTIONS for name in names_in(section))
SCREENING_TIMES = tuple(TIMED.values())


def kind_of(name: str) -> type:
    return without_none(types_of(Facts)[name])


PARTIAL_DATES = tuple(name for name in SCREENING_FACTS if kind_of(name) is PartialDate)


def choices_of(name: str) -> list[tuple[str, Promise]]:
    """The coded answers of a fact; none when it is a date, a number or text."""
    kind = kind_of(name)
    return [(choice.value, _(choice.label)) for choice in kind] if issubclass(kind, Choice) else []


def column(name: str) -> models.Field:
    """The column of one fact: empty while nothing is known."""
    label, kind = _(LABELS[name]), kind_of(name)
    if choices := choices_of(name):
        return models.CharField(label, max_length=20, choices=choices, blank=True)
    if kind is Decimal:
        digits, decimals = places(*LIMITS[name])
        return models.DecimalField(label, null=True, blank=True, max_digits=digits, decimal_places=decimals)
    if kind is PartialDate:
        return models.CharField(label, max_length=10, null=True, blank=True)
    if kind is str:
        return models.CharField(label, max_length=300, blank=True)
    plain = {date: models.DateField, int: models.PositiveSmallIntegerField}[kind]
    return plain(label, null=True, blank=True)


def places(low: Decimal, high: Decimal) -> tuple[int, int]:
    """Digits enough for the highest possible value; one decimal, or as many as the lowest has."""
    decimals = max(1, -int(low.as_tuple().exponent))
    return len(str(int(high))) + decimals, decimals


def possible(name: str, low: Decimal, high: Decimal) -> models.CheckConstraint:
    condition = Q(**{name: None}) | Q(**{f"{name}__range": (low, high)})
    return models.CheckConstraint(condition=condition, name=f"sc_{name}_possible")


def written_as_date(name: str) -> models.CheckConstraint:
    condition = Q(**{name: None}) | Q(**{f"{name}__regex": r"^\d{4}(-\d{2}(-\d{2})?)?$"})
    return models.CheckConstraint(condition=condition, name=f"sc_{name}_partial")


@audited(reason=True)
class Screening(SubjectRecord):
    """What is known of a participant before randomization, once for each.

    sources: where values come from, by field name (enrollment.rules.answers.Source). Times, on the clock of the study
    site, only where a procedure was done on the day of consent (enrollment.rules.procedures).
    """

    subject = models.OneToOneField(Subject, models.PROTECT, verbose_name=_("participant"))
    sources: Any = models.JSONField(_("sources of values"), default=dict, blank=True)
    vars().update({name: column(name) for name in SCREENING_FACTS})
    vital_signs_time = models.TimeField(_("Vital signs, measured at"), null=True, blank=True)
    imaging_time = models.TimeField(_("Imaging done at"), null=True, blank=True)
    pregnancy_test_time = models.TimeField(_("Pregnancy test, sampled at"), null=True, blank=True)

    class Meta:
        constraints = [
            *(possible(name, *limits) for name, limits in LIMITS.items()),
            *(written_as_date(name) for name in PARTIAL_DATES),
        ]

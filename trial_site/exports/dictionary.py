"""The data dictionary: what every exported variable is called, means and may hold.

Read off the model fields, so that the form on the screen, the CSV and the ODM metadata cannot disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db import models
from django.db.models import Field, Model, Q
from django.utils.translation import gettext_lazy as _

from enrollment.models import ConsentVersion, Subject
from outcomes.models import Visit
from randomization.models import Kit, Randomization
from trial_site.core.datasets import Column, Dataset
from trial_site.core.models import MissingReason, StaffMember, StudySite
from trial_site.exports.languages import Text
from trial_site.monitoring.models import QueryState

# How a record that another one refers to is named in an export; a reference to any other model is refused.
NAMED_BY: dict[type[Model], str] = {
    StudySite: "code",
    StaffMember: "full_name",
    Subject: "number",
    ConsentVersion: "version",
    Randomization: "number",
    Kit: "number",
    Visit: "code",
}
LONGEST_TEXT = 4000
INTEGER_DIGITS = {"PositiveSmallIntegerField": 5, "SmallIntegerField": 5}
COMPARATORS = {"gte": ("GE",), "lte": ("LE",), "gt": ("GT",), "lt": ("LT",), "range": ("GE", "LE")}


@dataclass(frozen=True)
class Shape:
    """An ODM data type. A float has at most `length` digits, `decimals` of them behind the point."""

    data_type: str
    length: int | None = None
    decimals: int | None = None


@dataclass(frozen=True)
class Codelist:
    """The codes a variable may hold, each with its meaning."""

    name: str
    items: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class Limit:
    """A bound that the database itself keeps, in the variable's unit. comparator: ODM's GE, LE, GT or LT."""

    comparator: str
    value: str


@dataclass(frozen=True)
class Condition:
    """A value is not collected while `field` of the same form holds one of these codes; the database keeps it."""

    field: str
    label: Text
    values: tuple[Text, ...]


@dataclass(frozen=True)
class Variable:
    """One exported variable. `field` of the model is empty for those that stand beside what was collected."""

    name: str
    label: Text
    shape: Shape
    codelist: Codelist | None = None
    field: str = ""
    unit: str = ""
    cdash: str = ""
    mandatory: bool = True
    limits: tuple[Limit, ...] = ()
    unless: Condition | None = None


YES_NO = Codelist("NY", (("Y", _("Yes")), ("N", _("No"))))
MISSING = Codelist("MISSING", tuple(MissingReason.choices))
WHY_MISSING = _("Reason for the missing value")
QUERY_STATES = Codelist("QUERY_STATE", tuple(QueryState.choices))
# In ODM an empty item carries its reason, and a query its state, as a flag of this type (ODM 1.3.2, Annotation).
FLAG_TYPES = Codelist(
    "FLAG_TYPE", (("MISSING_REASON", WHY_MISSING), ("QUERY_STATE", _("State of the query")))
)
KEYS = (
    Variable("STUDYID", _("Study"), Shape("text", 20)),
    Variable("SITEID", _("Study site"), Shape("text", 4)),
    Variable("SUBJECT", _("Screening number of the participant"), Shape("text", 20)),
    Variable("VISIT", _("Visit"), Shape("text", 8), mandatory=False),
    Variable("VISIT_REPEAT", _("Number of an unscheduled visit"), Shape("text", 5), mandatory=False),
    Variable("REPEAT", _("What tells records of this form apart"), Shape("text", 64), mandatory=False),
)


def items(dataset: Dataset) -> list[Variable]:
    """The collected variables of a form."""
    limits, unless = limits_of(dataset.model), conditions_of(dataset.model)
    return [
        item(dataset, column, limits.get(column.field, ()), unless.get(column.field))
        for column in dataset.columns
    ]


def item(
    dataset: Dataset, column: Column, limits: tuple[Limit, ...], unless: Condition | None = None
) -> Variable:
    field, name = dataset.model_field(column), column.field.upper()
    return Variable(
        name=name,
        label=field.verbose_name,
        shape=shape_of(field),
        codelist=codelist_of(field, f"{dataset.form}.{name}"),
        field=column.field,
        unit=column.unit,
        cdash=column.cdash,
        mandatory=not may_be_missing(field),
        limits=limits,
        unless=unless,
    )


def missing_reason(variable: Variable) -> Variable:
    """The variable that says why another one is empty."""
    name = f"{variable.name}_MISSING"
    return Variable(name, WHY_MISSING, Shape("text", 3), MISSING, mandatory=False)


def missing_reasons(dataset: Dataset) -> list[Variable]:
    """The collected variables of a form that may carry a reason instead of a value."""
    return [v for v in items(dataset) if not v.mandatory and keeps_reasons(dataset)]


def variables(dataset: Dataset) -> list[Variable]:
    """The columns of a form's CSV file, in their order."""
    return [*KEYS, *items(dataset), *map(missing_reason, missing_reasons(dataset))]


def codelists(dataset: Dataset) -> list[tuple[Codelist, str]]:
    """The codelists of a form, each with the data type of its codes."""
    return [(v.codelist, v.shape.data_type) for v in variables(dataset) if v.codelist]


def keeps_reasons(dataset: Dataset) -> bool:
    """Does this form say why a value is missing (core.models.Record.missing)?"""
    return any(field.name == "missing" for field in dataset.model._meta.concrete_fields)


def may_be_missing(field: Field) -> bool:
    """May the value be absent? A collection never is: it is empty."""
    return (field.null or field.blank) and not isinstance(field, models.JSONField)


def named_field(field: Field) -> Field:
    """The field whose value is written: a reference is written as the name of what it refers to."""
    if not isinstance(field, models.ForeignKey):
        return field
    return cast(Field, field.related_model._meta.get_field(NAMED_BY[field.related_model]))


def shape_of(field: Field) -> Shape:
    field = named_field(field)
    match field:
        case models.BooleanField():
            return Shape("text", 1)
        case models.DecimalField():
            return Shape("float", field.max_digits, field.decimal_places)
        case models.IntegerField():
            return Shape("integer", INTEGER_DIGITS.get(field.get_internal_type(), 10))
        case models.DateTimeField():
            return Shape("datetime")
        case models.DateField():
            return Shape("date")
        case models.TimeField():
            return Shape("time")
        case models.CharField() | models.TextField() | models.JSONField():
            return Shape("text", field.max_length or LONGEST_TEXT)
    raise TypeError(f"No export type is decided for {field}.")


def codelist_of(field: Field, name: str) -> Codelist | None:
    if isinstance(field, models.BooleanField):
        return YES_NO
    return (
        Codelist(name, tuple((str(code), label) for code, label in field.flatchoices))
        if field.choices
        else None
    )


def limits_of(model: type[Model]) -> dict[str, tuple[Limit, ...]]:
    """Bounds per field, as far as the model's check constraints are comparisons with a constant."""
    found: dict[str, tuple[Limit, ...]] = {}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint) and isinstance(constraint.condition, Q):
            for name, limit in bounds(constraint.condition):
                found[name] = (*found.get(name, ()), limit)
    return found


def conditions_of(model: type[Model]) -> dict[str, Condition]:
    """What is not collected when: constraints of the shape `x is absent, or y is none of these`."""
    found = {}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint) and isinstance(constraint.condition, Q):
            match exception(constraint.condition):
                case (str() as absent, str() as name, tuple() as codes):
                    field = cast(Field, model._meta.get_field(name))
                    labels = dict(field.flatchoices)
                    values = tuple(labels.get(code, code) for code in codes if code != "")
                    found[absent] = Condition(name, field.verbose_name, values)
    return found


def exception(condition: Q) -> tuple[str, str, tuple[Any, ...]] | None:
    """(absent field, other field, its values) of `Q(absent=None) | ~Q(other__in=values)`."""
    children: list[Any] = list(condition.children)
    absent = [child[0] for child in children if is_absence(child)]
    negated = [child for child in children if isinstance(child, Q) and child.negated]
    if condition.connector != Q.OR or len(children) != 2 or len(absent) != 1 or len(negated) != 1:
        return None
    path, values = cast(tuple[str, Any], negated[0].children[0])
    name, _, lookup = path.partition("__")
    return (absent[0], name, tuple(values)) if lookup == "in" and len(negated[0].children) == 1 else None


def bounds(condition: Q) -> Iterator[tuple[str, Limit]]:
    """The bounds in `x between a and b` and in `x is absent, or between a and b`; nothing of any other shape."""
    children: list[Any] = list(condition.children)
    absent = {child[0] for child in children if is_absence(child)}
    if condition.connector == Q.OR:
        children = [child for child in children if not is_absence(child)]
    if condition.negated or (condition.connector == Q.OR and len(children) != 1):
        return
    for child in children:
        for name, limit in bounds(child) if isinstance(child, Q) else bound(*child):
            if condition.connector == Q.AND or absent == {name}:
                yield name, limit


def is_absence(child: Any) -> bool:
    return isinstance(child, tuple) and child[1] is None


def bound(path: str, value: object) -> Iterator[tuple[str, Limit]]:
    name, _, lookup = path.partition("__")
    values = value if isinstance(value, tuple) else (value,)
    for comparator, bound in zip(COMPARATORS.get(lookup, ()), values, strict=False):
        if isinstance(bound, int | Decimal | date):
            yield name, Limit(comparator, str(bound))

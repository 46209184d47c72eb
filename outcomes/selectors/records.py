"""Case report forms, and what their checks look at."""

from datetime import date, datetime
from typing import Any

from django.db.models import Model, QuerySet

from enrollment.models import Screening, Subject
from enrollment.selectors import screening_of
from outcomes.models import (
    OTHER_MODELS,
    VISIT_MODELS,
    ClinicalProgression,
    LogEntry,
    OnceForm,
    Visit,
    VisitForm,
    VitalSigns,
)
from outcomes.rules.checks import Person, VisitFacts
from outcomes.selectors.visits import VisitContext


def record_of(visit: Visit | None, form: str) -> VisitForm | None:
    return VISIT_MODELS[form]._default_manager.filter(visit=visit).first() if visit else None


def records_of(visit: Visit) -> dict[str, VisitForm]:
    """Form code -> the record of this visit, of the forms that are recorded."""
    found = {form: record_of(visit, form) for form in VISIT_MODELS}
    return {form: record for form, record in found.items() if record}


def entries_of(subject: Subject, form: str) -> QuerySet[OnceForm | LogEntry]:
    """A participant's records of a form that belongs to no visit, in their order."""
    model = OTHER_MODELS[form]
    order = "number" if issubclass(model, LogEntry) else "pk"
    return model._default_manager.filter(subject=subject).order_by(order)


def previous_record(subject: Subject, form: str, *, before: VisitContext) -> VisitForm | None:
    """The same form of the visit before this one, for its values to stand beside."""
    earlier = VISIT_MODELS[form]._default_manager.filter(subject=subject)
    day = before.visit.took_place_on if before.visit else before.planned.last
    if day:
        earlier = earlier.filter(visit__took_place_on__lt=day)
    others = earlier.exclude(visit__code=before.planned.code, visit__repeat=before.planned.repeat)
    return others.order_by("-visit__took_place_on").first()


def person_of(subject: Subject, *, at: datetime) -> Person:
    """Whom a form is about, as the checks ask it."""
    site, screened = subject.site, vars(screening_of(subject) or Screening())
    return Person(
        at=at,
        today=site.date_of(at),
        zone=site.tz,
        born=screened["birth_date"],
        sex=screened["sex"],
    )


def visit_facts(context: VisitContext, took_place_on: date) -> VisitFacts:
    """What the checks of one form know of the rest of its visit."""
    vital_signs = VitalSigns.objects.filter(visit=context.visit).first()
    progression = ClinicalProgression.objects.filter(visit=context.visit).first()
    return VisitFacts(
        took_place_on=took_place_on,
        first=context.planned.first,
        last=context.planned.last,
        zone=context.subject.site.tz,
        oxygen_device=vital_signs.oxygen_device if vital_signs else "",
        score=progression.score if progression else None,
    )


def values_of(record: Model) -> dict[str, Any]:
    """Field name -> value, of a record's own columns."""
    return {field.name: getattr(record, field.attname) for field in record._meta.concrete_fields}

"""The case report forms of a visit, and what their checks look at."""

from datetime import date
from typing import Any

from django.db.models import Model

from enrollment.models import Subject
from outcomes.models import ClinicalProgression, Laboratory, Visit, VisitForm, VitalSigns
from outcomes.rules.checks import VisitFacts
from outcomes.selectors.visits import VisitContext

MODELS: dict[str, type[VisitForm]] = {"VS": VitalSigns, "CP": ClinicalProgression, "LB": Laboratory}


def record_of(visit: Visit | None, form: str) -> VisitForm | None:
    return MODELS[form]._default_manager.filter(visit=visit).first() if visit else None


def records_of(visit: Visit) -> dict[str, VisitForm]:
    """Form code -> the record of this visit, of the forms that are recorded."""
    found = {form: record_of(visit, form) for form in MODELS}
    return {form: record for form, record in found.items() if record}


def previous_record(subject: Subject, form: str, *, before: VisitContext) -> VisitForm | None:
    """The same form of the visit before this one, for its values to stand beside."""
    day = before.visit.took_place_on if before.visit else before.planned.last
    earlier = MODELS[form]._default_manager.filter(subject=subject, visit__took_place_on__lt=day)
    return earlier.exclude(visit__code=before.planned.code).order_by("-visit__took_place_on").first()


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

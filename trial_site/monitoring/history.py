"""The rows of the history as sentences: who, role, when, which field, from what to what, why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Count, Field, JSONField, Model, OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from trial_site.audit.models import Event
from trial_site.core.models import MissingReason
from trial_site.core.permissions import Role
from trial_site.monitoring.models import HiddenText
from trial_site.monitoring.values import NameOf, field_of, naming, readable

# Told elsewhere on the page, or counted by the application itself; numbers of events would tell how many are hidden.
UNTOLD = {"id", "version", "subject", "as_of", "upto", "cause"}
# Names an event where nothing is said of how many rows the history has: table, record, and "reason-2".
ReasonAt = tuple[str, int | None, str]


@dataclass(frozen=True)
class Difference:
    """One field of an event; `old` and `new` as people read them."""

    field: str | Promise
    old: Any
    new: Any


@dataclass(frozen=True)
class Change:
    """A difference with who made it, in which role, when and why; or that the whole record came or went."""

    at: datetime
    who: str
    role: str | Promise
    field: str | Promise
    old: Any
    new: Any
    reason: str
    reason_at: ReasonAt
    whole_record: bool = False


@cache
def models_by_table() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


def fields_told(table: str) -> dict[str, Field]:
    """Column -> field, of those that tell a reader something."""
    fields = models_by_table()[table]._meta.concrete_fields
    return {str(field.column): field for field in fields if is_told(field) and is_readable(field)}


def is_told(field: Field) -> bool:
    """Which record a hidden text stands in may be an event of the history."""
    return field.name not in UNTOLD and (field.model, field.name) != (HiddenText, "record_id")


def is_readable(field: Field) -> bool:
    """Documents kept as JSON are read on their own page, and a record without a name is only a key."""
    if field.related_model is not None:
        return field.related_model.__str__ is not Model.__str__
    return field.name == "missing" or not isinstance(field, JSONField)


def who_did(event: Event) -> str:
    """The person, the task of the system, or the database login behind an event."""
    if event.actor.startswith("system:"):
        return _("System (%(task)s)") % {"task": event.actor.removeprefix("system:")}
    return event.actor or _("Database login %(login)s") % {"login": event.login}


def role_in(event: Event) -> str | Promise:
    return Role(event.role).label if event.role in Role.values else ""


def differences(event: Event, name_of: NameOf | None = None) -> list[Difference]:
    """What an event changed: on creation every value given, on removal every value lost."""
    old, new, name_of = event.old or {}, event.new or {}, name_of or naming()
    found: list[Difference] = []
    for column, field in fields_told(event.table).items():
        before, after = old.get(column), new.get(column)
        if field.name == "missing":
            found += _missing_reasons(field.model, before or {}, after or {})
        elif before != after:
            found.append(
                Difference(
                    field.verbose_name, readable(field, before, name_of), readable(field, after, name_of)
                )
            )
    return [one for one in found if one.old is not None or one.new is not None]


def _missing_reasons(model: type[Model], before: dict, after: dict) -> Iterator[Difference]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            field = {"field": field_of(model, name).verbose_name}
            label = _("reason why “%(field)s” is missing") % field
            yield Difference(label, _reason(before.get(name)), _reason(after.get(name)))


def _reason(code: str | None) -> str | Promise | None:
    return MissingReason(code).label if code else None


def reason_at(event: Event, nth: int) -> ReasonAt:
    return event.table, event.record_id, f"reason-{nth}"


def reasons_at(events: Iterable[Event]) -> dict[int, ReasonAt]:
    """Where the reasons of these events stand, by event id: each is the so-and-so-manieth event of its record."""
    earlier = Event.objects.filter(
        table=OuterRef("table"), record_id=OuterRef("record_id"), pk__lte=OuterRef("pk")
    )
    count = earlier.order_by().values("table").annotate(count=Count("pk")).values("count")
    with_reason = Event.objects.filter(pk__in=[event.pk for event in events if event.reason])
    return {
        event.pk: reason_at(event, event.nth)
        for event in with_reason.annotate(nth=Subquery(count)).only("table", "record_id")
    }


def changes(event: Event, nth: int, name_of: NameOf | None = None) -> Iterator[Change]:
    """One change per field; a creation or a removal is one change of the whole record. The event is the nth of its
    record."""
    whole = event.operation != Event.Operation.UPDATE
    if not whole:
        found = differences(event, name_of)
    else:
        found = [Difference(_("the whole record"), None, event.get_operation_display())]
    for one in found:
        by = who_did(event), role_in(event)
        yield Change(event.at, *by, one.field, one.old, one.new, event.reason, reason_at(event, nth), whole)

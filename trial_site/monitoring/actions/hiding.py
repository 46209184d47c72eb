"""A possible unblinding is reported: the text is taken out of blinded people's sight at once."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F, Model
from django.utils.translation import gettext as _

from trial_site.audit.action import action, attributed
from trial_site.audit.models import Event
from trial_site.audit.tracking import TRACKED
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions.deviations import raise_deviation
from trial_site.monitoring.hiding import REASON, TextPlace, may_report
from trial_site.monitoring.history import models_by_table
from trial_site.monitoring.models import (
    HIDDEN,
    Deviation,
    DeviationGrade,
    DeviationKind,
    HiddenText,
    RecordRef,
)
from trial_site.monitoring.texts import text_columns

WHY = "Reported as possibly unblinding"
Place = tuple[type[Model], int, str]


@action
def hide_text(place: TextPlace, *, by: Actor, at: datetime) -> HiddenText:
    """Put HIDDEN in place of a text, also of a frozen record, and raise the deviation.

    The same words go with it that were written with it: a reason is kept beside the change, and some also in a
    column. Signatures and verifications of the record fall, as after every change; the site writes the facts again
    in neutral words.
    """
    about = place.ref
    if about is None:
        raise Refused(fields={"participant": _("Say of whom this text speaks.")})
    if not may_report(by, about.site_id):
        require(by, Task.RAISE_DEVIATION, about.site_id)
    site = StudySite.objects.select_for_update(no_key=True).get(pk=about.site_id)  # one report at a time
    if place.is_hidden:
        raise Refused(_("This text is hidden already. Nothing was changed."))
    deviation = _deviation(place, about, site.date_of(at), by, at)
    here = place.model, place.record_id, place.column
    for other in sorted({*_written_with(place)} - {here}, key=_in_order):
        _hide(*other, deviation=deviation, by=by, at=at)
    return _hide(*here, deviation=deviation, by=by, at=at)


def _hide(
    model: type[Model],
    record_id: int,
    column: str,
    *,
    deviation: Deviation,
    by: Actor,
    at: datetime,
) -> HiddenText:
    hidden = HiddenText.objects.create(
        table=model._meta.db_table,
        record_id=record_id,
        column=column,
        subject=deviation.subject,
        site_id=deviation.site_id,
        deviation=deviation,
        reported_by_id=by.person_id,
        reported_at=at,
    )
    if model is not Event:
        with attributed(by, action="trial_site.monitoring.hide_text", reason=WHY):
            _replace(hidden, model)
    hidden.upto = _last_event(model, record_id)
    hidden.save(update_fields=["upto"])
    return hidden


def _in_order(place: Place) -> tuple[str, int, str]:
    model, record_id, column = place
    return model._meta.db_table, record_id, column


def _written_with(place: TextPlace) -> Iterator[Place]:
    """Where else the transactions that wrote this text put the same words."""
    if place.model is Event:
        text = Event.objects.values_list("reason", flat=True).get(pk=place.record_id)
        wrote = Event.objects.filter(pk=place.record_id)
    else:
        text = place.model._default_manager.values_list(place.column, flat=True).get(pk=place.record_id)
        wrote = Event.objects.filter(table=place.table, record_id=place.record_id)
        wrote = wrote.filter(**{f"new__{place.column}": text})
    columns, models = text_columns(), models_by_table()
    for event in Event.objects.filter(tx__in=wrote.values("tx")):
        if event.reason.strip() == text.strip():
            yield Event, event.pk, REASON
        for column in columns.get(event.table, ()):
            if event.record_id is not None and (event.new or {}).get(column) == text.strip():
                yield models[event.table], event.record_id, column


def _deviation(place: TextPlace, about: RecordRef, today: date, by: Actor, at: datetime) -> Deviation:
    text = _("A text that may unblind was reported and is hidden: %(what)s.") % {"what": place.title}
    return raise_deviation(
        about,
        kind=DeviationKind.UNBLINDING,
        grade=DeviationGrade.MAJOR,
        text=text,
        occurred_on=today,
        cause=f"hidden:{place.table}:{place.column}:{_last_event(place.model, place.record_id)}",
        by=by,
        at=at,
    )


def _replace(hidden: HiddenText, model: type[Model]) -> None:
    """The database replaces what the application may only insert."""
    if "UPDATE" not in TRACKED[model].privileges:
        with connection.cursor() as cursor:
            cursor.execute("SELECT public.monitoring_hide(%s)", [hidden.pk])
        return
    changes: dict[str, Any] = {hidden.column: HIDDEN}
    if any(field.name == "version" for field in model._meta.concrete_fields):
        changes["version"] = F("version") + 1
    model._default_manager.filter(pk=hidden.record_id).update(**changes)


def _last_event(model: type[Model], record_id: int) -> int:
    if model is Event:
        return record_id
    events = Event.objects.filter(table=model._meta.db_table, record_id=record_id)
    return events.order_by("-id").values_list("id", flat=True)[0]

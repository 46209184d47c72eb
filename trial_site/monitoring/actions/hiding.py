"""A possible unblinding is reported: the text is taken out of blinded people's sight at once."""

from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils.translation import gettext as _

from trial_site.audit.action import action, attributed
from trial_site.audit.models import Event
from trial_site.audit.tracking import TRACKED
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.permissions import Task, require
from trial_site.monitoring.actions.deviations import raise_deviation
from trial_site.monitoring.hiding import TextPlace, may_report
from trial_site.monitoring.models import HIDDEN, Deviation, DeviationGrade, DeviationKind, HiddenText

WHY = "Reported as possibly unblinding"


@action
def hide_text(place: TextPlace, *, by: Actor, at: datetime) -> HiddenText:
    """Put HIDDEN in place of a text, also of a frozen record, and raise the deviation.

    Signatures and verifications of the record fall, as after every change; the site writes the facts again in
    neutral words.
    """
    if not may_report(by, place.ref.site_id):
        require(by, Task.RAISE_DEVIATION, place.ref.site_id)
    site = StudySite.objects.select_for_update(no_key=True).get(pk=place.ref.site_id)  # one report at a time
    if place.model._default_manager.filter(**{"pk": place.record_id, place.column: HIDDEN}).exists():
        raise Refused(_("This text is hidden already. Nothing was changed."))
    hidden = HiddenText.objects.create(
        table=place.model._meta.db_table,
        record_id=place.record_id,
        column=place.column,
        subject=place.ref.subject,
        site_id=place.ref.site_id,
        deviation=_deviation(place, site.date_of(at), by, at),
        reported_by_id=by.person_id,
        reported_at=at,
    )
    with attributed(by, action="trial_site.monitoring.hide_text", reason=WHY):
        _replace(hidden, place)
    hidden.upto = _last_event(place)
    hidden.save(update_fields=["upto"])
    return hidden


def _deviation(place: TextPlace, today: date, by: Actor, at: datetime) -> Deviation:
    text = _("A text that may unblind was reported and is hidden: %(what)s.") % {"what": place.title}
    return raise_deviation(
        place.ref,
        kind=DeviationKind.UNBLINDING,
        grade=DeviationGrade.MAJOR,
        text=text,
        occurred_on=today,
        cause=f"hidden:{place.model._meta.db_table}:{place.column}:{_last_event(place)}",
        by=by,
        at=at,
    )


def _replace(hidden: HiddenText, place: TextPlace) -> None:
    """The database replaces what the application may only insert."""
    if "UPDATE" not in TRACKED[place.model].privileges:
        with connection.cursor() as cursor:
            cursor.execute("SELECT public.monitoring_hide(%s)", [hidden.pk])
        return
    changes: dict[str, Any] = {place.column: HIDDEN}
    if any(field.name == "version" for field in place.model._meta.concrete_fields):
        changes["version"] = F("version") + 1
    place.model._default_manager.filter(pk=place.record_id).update(**changes)


def _last_event(place: TextPlace) -> int:
    events = Event.objects.filter(table=place.model._meta.db_table, record_id=place.record_id)
    return events.order_by("-id").values_list("id", flat=True)[0]

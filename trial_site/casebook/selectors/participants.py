"""The list of participants, in a fixed number of queries however many there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dosing.models import Infusion
from enrollment.models import SCREENING_FACTS, Subject, SubjectState
from enrollment.rules import Facts, Window
from enrollment.rules.derived import window_of
from enrollment.selectors import protocol_of
from trial_site.casebook.selectors.access import subjects_to_read
from trial_site.core.actors import Actor
from trial_site.core.typed import build
from trial_site.monitoring.selectors import UNRESOLVED, queries_for

WAITING = (SubjectState.CONSENTED, SubjectState.ELIGIBLE, SubjectState.RANDOMIZED)


@dataclass(frozen=True)
class Row:
    """One participant of the list; dates are the study site's."""

    subject: Subject
    window: Window | None
    today: date
    infused_on: date | None

    @property
    def waits(self) -> bool:
        """Does the window still matter to this participant?"""
        return self.infused_on is None and self.subject.state in WAITING


def participants(actor: Actor, *, search: str = "") -> QuerySet[Subject]:
    """The participants this person may read whose number contains `search`.

    Searches numbers and nothing else: a filter over what is hidden would be an oracle (design 9).
    """
    found = subjects_to_read(actor).filter(number__icontains=search.strip())
    return found.select_related("randomization", "screening").annotate(
        infused_at=Subquery(infusions().values("started_at")[:1]),
        unresolved=Coalesce(Subquery(unresolved(actor)), 0),
    )


def infusions() -> QuerySet[Infusion]:
    return Infusion.objects.filter(subject=OuterRef("pk")).order_by("started_at")


def unresolved(actor: Actor) -> QuerySet:
    """How many queries about a participant this person may read that are neither closed nor cancelled."""
    about = queries_for(actor).filter(subject=OuterRef("number"), state__in=UNRESOLVED).order_by()
    return about.values("subject").annotate(how_many=Count("pk")).values("how_many")


def rows(subjects: Iterable[Subject], *, at: datetime) -> list[Row]:
    """Rows of subjects that `participants` loaded."""
    return [row_of(subject, at=at) for subject in subjects]


def row_of(subject: Any, *, at: datetime) -> Row:
    date_of = subject.site.date_of
    infused_on = date_of(subject.infused_at) if subject.infused_at else None
    return Row(subject, loaded_window(subject), date_of(at), infused_on)


def loaded_window(subject: Subject) -> Window | None:
    """As `enrollment.selectors.infusion_window`, for a subject loaded with its screening form."""
    screening = getattr(subject, "screening", None)
    known = {name: getattr(screening, name, None) for name in SCREENING_FACTS}
    facts = build(Facts, {name: value for name, value in known.items() if value not in (None, "")}, "facts")
    return window_of(facts, protocol_of(subject))

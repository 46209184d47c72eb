"""The audit trail of the whole study, as far as a person reads it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Case, F, Min, Q, QuerySet, When
from django.db.models.functions import TruncDay
from django.utils.timezone import localtime

from enrollment.models import Subject
from enrollment.selectors import sites_for
from trial_site.audit.models import Event, Seal
from trial_site.casebook.selectors.trail import (
    ABOUT_THE_PARTICIPANT,
    EXPORTS,
    LOOKS,
    LOOKS_AT_THE_STUDY,
    OF_THE_PARTICIPANT,
    OF_THE_STUDY,
    PATHS,
    told_by_day,
    trail_of,
)
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task

# Looks of one day stand together at its beginning, in an order that tells nothing of when they were.
NEWEST = ("-told_at", "subject_id", "actor", "-id")
ORDERS = {
    "newest": NEWEST,
    "oldest": ("told_at", "subject_id", "actor", "id"),
    "person": ("actor", *NEWEST),
    "what": ("table", *NEWEST),
}


def study_trail(actor: Actor) -> QuerySet[Event]:
    """Events about participants of the person's study sites; and of accounts, delegations, sign-ins and exports those
    that people of these sites caused, or all of them for somebody who reviews every site."""
    sites = sites_for(actor, Task.VIEW_AUDIT)
    tables = [model._meta.db_table for model in (*OF_THE_PARTICIPANT, *LOOKS)]
    where = Q(table__in=tables, subject_id__in=Subject.objects.filter(site__in=sites).values("pk"))
    for model in ABOUT_THE_PARTICIPANT:
        site = f"{PATHS.get(model, '')}site"
        keys = model._default_manager.filter(Q(**{f"{site}__in": sites}) | Q(**{site: None})).values("pk")
        where |= Q(table=model._meta.db_table, record_id__in=keys)
    of_the_study = Q(
        table__in=[*EXPORTS, *(model._meta.db_table for model in OF_THE_STUDY | LOOKS_AT_THE_STUDY)]
    )
    if (Task.VIEW_AUDIT, None) not in actor.delegations:
        of_the_study &= Q(site__in=sites.values("code"))
    by_day = Q(table__in=told_by_day())
    told_at = Case(When(by_day, then=TruncDay("at")), default=F("at"))
    found = Event.objects.filter(where | of_the_study).annotate(told_at=told_at)
    # Of today they are not told yet: when the first one came says how long a preparation took.
    over = Event.objects.filter(by_day, at__lt=localtime().replace(hour=0, minute=0, second=0, microsecond=0))
    return found.filter(~by_day | Q(pk__in=first_of_the_day(over)))


def first_of_the_day(events: QuerySet[Event]) -> QuerySet:
    """Of what a person did to a participant in one day the first event; it stands for all."""
    days = events.annotate(day=TruncDay("at")).values("table", "operation", "subject_id", "actor", "day")
    return days.annotate(first=Min("pk")).values("first")


def chosen(events: QuerySet[Event], actor: Actor, wanted: Mapping[str, Any]) -> QuerySet[Event]:
    """Those of `events` that fit what was asked for in the page's filter."""
    if wanted.get("person"):
        events = events.filter(actor__icontains=wanted["person"])
    for name, column in (("role", "role"), ("what", "table"), ("operation", "operation")):
        if wanted.get(name):
            events = events.filter(**{column: wanted[name]})
    if wanted.get("participant"):
        subject = Subject.objects.filter(
            number=wanted["participant"], site__in=sites_for(actor, Task.VIEW_AUDIT)
        ).first()
        about = Q(pk__in=trail_of(subject).values("pk")) | Q(subject_id=subject.pk) if subject else Q(pk=None)
        events = events.filter(about)
    if wanted.get("since"):
        events = events.filter(Q(told_at__date__gte=wanted["since"]))
    if wanted.get("until"):
        events = events.filter(Q(told_at__date__lte=wanted["until"]))
    return events.order_by(*ORDERS[wanted.get("order") or "newest"])


def last_seal() -> Seal | None:
    return Seal.objects.order_by("-pk").first()

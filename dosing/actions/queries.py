"""Soft checks that somebody confirmed stay visible: each leaves a query for the monitor."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from trial_site.core.actors import Actor
from trial_site.core.checks import Concern
from trial_site.monitoring.actions import open_query
from trial_site.monitoring.models import Query, RecordRef


def ask(ref: RecordRef, concerns: Iterable[Concern], *, at: datetime) -> None:
    for concern in concerns:
        about = replace(ref, field=concern.field)
        open_query(
            about, text=str(concern.message), origin=Query.Origin.CHECK, by=Actor.system("edit check"), at=at
        )

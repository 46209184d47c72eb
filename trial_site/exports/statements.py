"""Statements of exports, kept once they are composed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from django.db import connection
from django.db.models import QuerySet

from trial_site.core import protocol as protocols
from trial_site.exports.blinded import Selection


@dataclass(frozen=True)
class Wanted:
    """A statement by what it depends on: composing one takes longer than a small study takes to write, so those of
    the last exports are kept. `columns` tells the statements of one form apart."""

    forms: tuple[str, ...]
    columns: tuple[str, ...]
    sites: tuple[int, ...]
    participants: tuple[str, ...]
    visits: tuple[str, ...]
    only: str
    deidentified: bool
    protocol: str
    compose: Callable[[], QuerySet] = field(compare=False)

    @classmethod
    def of(
        cls, selection: Selection, compose: Callable[[], QuerySet], *columns: str, forms: tuple[str, ...]
    ) -> "Wanted":
        return cls(
            forms,
            columns,
            tuple(site.pk for site in selection.sites),
            selection.participants,
            selection.visits,
            selection.only,
            selection.deidentified,
            protocols.latest().version,
            compose,
        )


@lru_cache(maxsize=256)
def statement(wanted: Wanted) -> str:
    """As PostgreSQL gets it, with every parameter in its place."""
    query, parameters = wanted.compose().query.sql_with_params()
    with connection.cursor() as cursor:
        return cursor.mogrify(query, parameters).decode()

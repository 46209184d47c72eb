"""Constraints on what is measured."""

from django.db import models
from django.db.models import Q

from dosing.rules.measurements import Limits


def possible(prefix: str, limits: tuple[Limits, ...]) -> list[models.CheckConstraint]:
    """A constraint per number: absent, or physically possible."""
    return [
        models.CheckConstraint(
            condition=Q(**{each.field: None}) | Q(**{f"{each.field}__range": each.possible}),
            name=f"{prefix}_{each.field}_possible",
        )
        for each in limits
    ]

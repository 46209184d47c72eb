"""The de-identified variant: no free text, and every date of a participant moved by the same number of weeks.

The number follows from the screening number and a secret, so that it is the same in every export and nobody can
work it out; intervals and weekdays stay what they were.
"""

import hmac
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db.models import F, Field, Func, IntegerField, Value
from django.db.models.expressions import Combinable

from trial_site.core.datasets import Dataset

FREE_TEXT = "free text; not in a de-identified export"
PURPOSE = b"trial_site.exports.deidentified"


def without_free_text(dataset: Dataset) -> Dataset:
    """The form with only those texts that are codes, by choices or by declaration."""
    dropped = {column.field: FREE_TEXT for column in dataset.columns if dataset.is_free_text(column)}
    kept = tuple(column for column in dataset.columns if column.field not in dropped)
    return replace(dataset, columns=kept, withheld={**dataset.withheld, **dropped})


class Weeks(Func):
    """1 to 52, by a participant's number and the secret."""

    template = (
        "(1 + mod(('x' || left(encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex'), 7))::bit(28)::int,"
        " 52))"
    )  # fmt: skip
    arg_joiner = " || "
    output_field = IntegerField()


class EarlierDate(Func):
    template = "(%(expressions)s * 7)"
    arg_joiner = " - "


class EarlierInstant(Func):
    template = "(%(expressions)s * interval '1 week')"
    arg_joiner = " - "


def secret() -> str:
    return hmac.new(settings.SECRET_KEY.encode(), PURPOSE, "sha256").hexdigest()


def weeks_of(number: str) -> timedelta:
    """What `Weeks` is for this participant, for instants that do not come from a form."""
    digest = sha256((secret() + number).encode()).hexdigest()
    return timedelta(weeks=1 + int(digest[:7], 16) % 52)


def shifted(field: Field, subject: str) -> Combinable:
    """The date or instant `field` of a record, earlier by the weeks of its participant (`subject`: path)."""
    weeks = Weeks(Value(secret()), F(subject))
    earlier = EarlierInstant if field.get_internal_type() == "DateTimeField" else EarlierDate
    return earlier(F(field.name), weeks, output_field=field)

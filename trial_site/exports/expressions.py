"""How PostgreSQL is to write a value as text."""

import json
import re

from django.db.models import Case, Func, JSONField, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Left, StrIndex
from django.db.models.lookups import GreaterThan

from trial_site.exports.dictionary import Codelist
from trial_site.exports.languages import in_languages

# A spreadsheet takes a cell that begins with one of these for a formula; the wide ones are of Chinese keyboards.
# Apostrophes before it count too, so that removing one apostrophe gives back exactly what was recorded.
STARTS = "'=+-@\t\r\n＝＋－＠"
FORMULA = "^('*[=+\\-@\t\r\n＝＋－＠])"


class Instant(Func):
    """A timestamp as ISO 8601 in UTC, without losing a fraction of a second."""

    template = "((to_jsonb(%(expressions)s AT TIME ZONE 'UTC') #>> '{}') || 'Z')"
    output_field = TextField()


class YesNo(Func):
    template = "(CASE %(expressions)s WHEN true THEN 'Y' WHEN false THEN 'N' END)"
    output_field = TextField()


class Label(Func):
    """What a code means, by a JSON object of all codes."""

    arg_joiner = " ->> "
    template = "(%(expressions)s)"
    output_field = TextField()

    @classmethod
    def of(cls, codelist: Codelist, code: Combinable) -> "Label":
        labels = {code: in_languages(label)["en"] for code, label in codelist.items}
        return cls(Cast(Value(json.dumps(labels)), JSONField()), Cast(code, TextField()))


class TextArray(Func):
    template = "ARRAY[%(expressions)s]::text[]"
    output_field = TextField()


def neutral(text: Combinable) -> Case:
    """`text` with an apostrophe before what a spreadsheet would run; few texts need the slow expression."""
    marked = Func(text, Value(FORMULA), Value("'\\1"), function="regexp_replace", output_field=TextField())
    suspicious = GreaterThan(StrIndex(Value(STARTS), Left(text, 1)), 0)
    return Case(When(suspicious, then=marked), default=text, output_field=TextField())


def harmless(text: str) -> str:
    """As `neutral`, of a text that is not read by PostgreSQL."""
    return re.sub(FORMULA, r"'\1", text)

"""The free texts that stand outside forms, told by the apps that show them; those of forms are in their datasets."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from trial_site.core.actors import Actor
from trial_site.monitoring.models import Deviation, QueryMessage, RecordRef
from trial_site.monitoring.registry import FORMS, Text
from trial_site.monitoring.selectors import deviations_for, queries_for


@dataclass(frozen=True)
class FreeText:
    """Columns of a table in which people write what they like.

    read_by: the rows a person reads, wherever that is. about: names the participant that a row is about; None where
    only a reader can say of whom it speaks.
    """

    title: Text
    model: type[Model]
    columns: tuple[str, ...]
    read_by: Callable[[Actor], QuerySet[Any]]
    about: Callable[[Any], RecordRef | None] = lambda row: None


TEXTS: dict[str, FreeText] = {}


def register_texts(texts: Iterable[FreeText]) -> None:
    """Called in AppConfig.ready: from then on these texts can be reported as possibly unblinding."""
    TEXTS.update({text.model._meta.db_table: text for text in texts})


def text_columns() -> dict[str, frozenset[str]]:
    """Every column of every table that holds a free text somebody blinded may read, by table."""
    known = {form.model._meta.db_table: frozenset(form.free_texts) for form in FORMS.values()}
    for table, text in TEXTS.items():
        known[table] = known.get(table, frozenset()) | frozenset(text.columns)
    return known


def messages_for(actor: Actor) -> QuerySet[QueryMessage]:
    return QueryMessage.objects.filter(query__in=queries_for(actor)).select_related("query")


OWN = (
    FreeText(_("Query"), QueryMessage, ("text",), messages_for, lambda message: message.query.ref),
    FreeText(
        _("Deviation"),
        Deviation,
        ("text", "corrective_action"),
        deviations_for,
        lambda deviation: deviation.ref,
    ),
)

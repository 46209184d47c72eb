"""What a page shows beside the fields of a saved record."""

from django.db.models import QuerySet
from django.utils.functional import Promise

from trial_site.monitoring.history import Change
from trial_site.monitoring.models import Query
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import UNRESOLVED, history_of, queries_of


class Notes:
    """Mixed into the form of a record; `code` is its form code."""

    code: str

    @property
    def title(self) -> str | Promise:
        return label_of(self.code)

    @property
    def queries(self) -> QuerySet[Query]:
        return queries_of(self.code, self.instance.pk).filter(state__in=UNRESOLVED)  # type: ignore[attr-defined]

    @property
    def history(self) -> list[Change]:
        table = self._meta.model._meta.db_table  # type: ignore[attr-defined]
        return history_of(table, self.instance.pk)  # type: ignore[attr-defined]

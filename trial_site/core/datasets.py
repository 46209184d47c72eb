"""How a model declares itself to exports: column by column, or withheld with a reason.

Every export (CSV, ODM, data dictionary) and the casebook read these declarations, so they cannot disagree.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import models
from django.db.models import Field, Model
from django.utils.translation import gettext_lazy as _

from trial_site.core.errors import Sentence

# Stands in place of a text that was reported as possibly unblinding, in the database and in every export.
HIDDEN = "[hidden]"
# UCUM is for machines; people read these.
WRITTEN_UNITS = {
    "Cel": "°C",
    "mm[Hg]": "mmHg",
    "10*9/L": "10⁹/L",
    "ug/L": "µg/L",
    "mg/L{FEU}": "mg/L",
    "a": "",
}


class Origin(models.TextChoices):
    """Where the values of a form come from, and so what a monitor compares them with."""

    CHART = "chart", _("medical record")
    LABORATORY = "laboratory", _("laboratory report")
    DIRECT = "direct", _("direct entry")
    DERIVED = "derived", _("derived")


HAS_SOURCE = (Origin.CHART, Origin.LABORATORY)


@dataclass(frozen=True)
class Column:
    """One exported item: `field` of the model, its unit (UCUM-like text), its CDASH variable, and its origin where
    that is not the form's.

    coded: a text without choices that is a code all the same, and so no free text.
    """

    field: str
    unit: str = ""
    cdash: str = ""
    origin: str = ""
    coded: bool = False

    @property
    def written_unit(self) -> str:
        return WRITTEN_UNITS.get(self.unit, self.unit)


@dataclass(frozen=True)
class Dataset:
    """One case report form.

    form: short code, unique in the study ("VS"); title: translatable.
    subject: ORM path from the model to the screening number; visit: ORM path to the visit code, or "";
    visit_repeat: ORM path to the number of a visit that may take place more than once, or "";
    repeat: ORM path of what tells repeats apart inside a subject and visit, or "".
    audience: "assessor" for forms the blinded assessor may see and export; "site" for the rest.
    withheld: field name -> why it is in no export.
    origin: where the values come from; direct entries and derived values have no source to compare with.
    until_lock: nobody but its author reads it before the database is locked, not even that it says anything.
    never_frozen: recorded whatever is frozen or locked, because an emergency waits for nobody.
    """

    form: str
    title: Sentence
    model: type[Model]
    subject: str
    columns: tuple[Column, ...]
    domain: str = ""
    visit: str = ""
    visit_repeat: str = ""
    repeat: str = ""
    audience: str = "site"
    withheld: Mapping[str, str] = field(default_factory=dict)
    never_frozen: bool = False
    until_lock: bool = False
    origin: str = Origin.CHART

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(column.field for column in self.columns)

    @property
    def units(self) -> dict[str, str]:
        """By field, as people write them."""
        return {column.field: column.written_unit for column in self.columns}

    def origin_of(self, field: str) -> str:
        """Raises KeyError for a field that is no column."""
        return {column.field: column.origin or self.origin for column in self.columns}[field]

    @property
    def free_texts(self) -> tuple[str, ...]:
        """The fields in which people write what they like. Part of a date is none: NULL while it is unknown."""
        texts = (column for column in self.columns if self.is_free_text(column))
        return tuple(column.field for column in texts if not self.model_field(column).null)

    def is_free_text(self, column: Column) -> bool:
        field = self.model_field(column)
        return isinstance(field, models.CharField | models.TextField) and not (field.choices or column.coded)

    def model_field(self, column: Column) -> Field:
        return self.model._meta.get_field(column.field)  # type: ignore[return-value]


def undecided_fields(dataset: Dataset) -> list[str]:
    """Concrete fields of the model that are neither a column nor withheld."""
    decided = {column.field for column in dataset.columns} | set(dataset.withheld)
    return sorted({f.name for f in dataset.model._meta.concrete_fields} - decided)

"""What somebody asks to be exported, as it is kept in the row of the export."""

import re
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Only(models.TextChoices):
    """Which records of the chosen forms."""

    ALL = "all", _("all records")
    SIGNED = "signed", _("signed records that have not changed since")
    VERIFIED = (
        "verified",
        _("verified records: all that the plan asks to compare with its source, unchanged since"),
    )


class Casebook(models.TextChoices):
    """What a PDF shows."""

    FILLED = "filled", _("filled: one for each participant")
    BLANK = "blank", _("blank: the forms without data")
    ANNOTATED = "annotated", _("annotated: the forms with the names of their variables")


@dataclass(frozen=True)
class Wish:
    """Codes of forms, study sites and visits, and screening numbers; an empty list means all that the person may.

    as_of: the state of the data at that instant, None for now. deidentified: dates shifted, free text dropped.
    casebook: what a PDF shows.
    """

    forms: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    participants: tuple[str, ...] = ()
    visits: tuple[str, ...] = ()
    only: str = Only.ALL
    as_of: datetime | None = None
    deidentified: bool = False
    casebook: str = Casebook.FILLED

    def written(self) -> dict[str, Any]:
        """As JSON."""
        kept = {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }
        return kept | {"as_of": self.as_of.isoformat() if self.as_of else None}

    def get_only_display(self) -> str:
        return str(Only(self.only).label)

    @classmethod
    def read(cls, kept: dict[str, Any]) -> "Wish":
        given = {field.name: kept[field.name] for field in fields(cls) if field.name in kept}
        lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
        instant = datetime.fromisoformat(kept["as_of"]) if kept["as_of"] else None
        return cls(**given | lists | {"as_of": instant})


def numbers(text: str) -> tuple[str, ...]:
    """Screening numbers that were typed with commas, blanks or line breaks between them."""
    return tuple(dict.fromkeys(re.split(r"[\s,;，；、]+", text.strip()))) if text.strip() else ()

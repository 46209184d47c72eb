"""Printed documents: a typst template and its data, as PDF. The data travel as JSON, so no text can be markup."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import typst
from django.template.loader import get_template


def families() -> set[str]:
    """The fonts that documents can be printed in."""
    return set(typst.Fonts().families())


def pdf(template: str, data: Mapping[str, Any], *, at: datetime | None = None) -> bytes:
    """`template` is the name of a .typ file among the templates; it reads `data` from sys.inputs.data.

    at: the instant that the document says it was made; without one, that of the clock.
    """
    source = get_template(template).template.source  # type: ignore[attr-defined]
    return typst.compile(
        source.encode(),
        format="pdf",
        sys_inputs={"data": json.dumps(data, default=str)},
        timestamp=at and at.replace(microsecond=0),
    )

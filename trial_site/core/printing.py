"""Printed documents: a typst template and its data, as PDF. The data travel as JSON, so no text can be markup."""

import json
from collections.abc import Mapping
from typing import Any

import typst
from django.template.loader import get_template


def pdf(template: str, data: Mapping[str, Any]) -> bytes:
    """`template` is the name of a .typ file among the templates; it reads `data` from sys.inputs.data."""
    source = get_template(template).template.source  # type: ignore[attr-defined]
    return typst.compile(source.encode(), format="pdf", sys_inputs={"data": json.dumps(data, default=str)})

"""What docs/requirements-trace.md names is there. No database."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TRACE = Path(settings.BASE_DIR, "docs", "requirements-trace.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/\S+\.py)::(\w+)`", TRACE)))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_a_test_named_in_the_trace_exists(file: str, test: str) -> None:
    assert f"def {test}(" in Path(settings.BASE_DIR, file).read_text(encoding="utf-8")


def test_every_clause_names_a_test() -> None:
    clauses = [line for line in TRACE.splitlines() if re.match(r"\| (\d|annex)", line)]
    assert len(clauses) > 20
    assert [clause for clause in clauses if "::test_" not in clause.rsplit("|", 2)[1]] == []

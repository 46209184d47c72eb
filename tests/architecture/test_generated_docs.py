"""docs/generated is what the code says. No database."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

from enrollment.rules.consequences import Event
from trial_site.audit.privileges import declared_functions, table_privileges
from trial_site.audit.tracking import STATE_MACHINES
from trial_site.core import protocol as protocols
from trial_site.core.permissions import Role, Task
from trial_site.exports.blinded import DATASETS
from trial_site.exports.dictionary import items
from trial_site.exports.generated_docs import DOCUMENTS, documents

FOLDER = Path(settings.BASE_DIR, "docs", "generated")
LATEST = protocols.latest()
each_document = pytest.mark.parametrize("name", DOCUMENTS)


@each_document
def test_the_committed_document_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == documents()[name], "run manage.py generate_docs"


def test_nothing_else_lies_there() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(DOCUMENTS)


@each_document
def test_every_table_has_rows_of_one_width(name: str) -> None:
    tables = [block for block in documents()[name].split("\n\n") if block.startswith("|")]
    for rows in map(str.splitlines, tables):
        assert len(rows) > 2
        assert len({line.replace("\\|", "").count("|") for line in rows}) == 1
    assert tables or "stateDiagram" in documents()[name]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("role-matrix.md", [*Role.labels, *Task.labels, *(d.form for d in DATASETS)]),
        (
            "states.md",
            [
                label
                for model, field, _ in STATE_MACHINES
                for _, label in model._meta.get_field(field).flatchoices
            ],
        ),
        ("data-dictionary.md", [v.label for d in DATASETS for v in items(d)]),
        ("data-dictionary.md", [why for d in DATASETS for why in d.withheld.values()]),
        ("schedule-of-assessments.md", [v.name.en for v in LATEST.visits]),
        ("database-privileges.md", [*table_privileges(), *(f.name for f in declared_functions())]),
        ("criteria.md", [c.clause.en for c in LATEST.criteria]),
        ("consequences.md", [event.label for event in Event]),
        ("criteria.md", [i.why.en for i in LATEST.interpretations]),
    ],
)
def test_the_document_leaves_nothing_out(name: str, told: list[str]) -> None:
    assert told
    document = documents()[name]
    assert [one for one in map(str, told) if one not in document] == []


def test_the_assessor_reads_assessor_forms_only() -> None:
    [row] = [
        line for line in documents()["role-matrix.md"].splitlines() if line.startswith("| Blinded assess")
    ]
    read = [cell.strip() == "R" for cell in row.split("|")[2:-1]]
    assert read == [dataset.audience == "assessor" for dataset in DATASETS]


def test_the_language_in_use_changes_nothing() -> None:
    with translation.override("zh-hans"):
        assert documents()["states.md"] == (FOLDER / "states.md").read_text(encoding="utf-8")


def test_check_names_the_stale_file_and_writing_mends_it(settings, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    call_command("generate_docs", verbosity=0)
    call_command("generate_docs", "--check")
    stale = tmp_path / "docs" / "generated" / "states.md"
    stale.write_text("older", encoding="utf-8")
    with pytest.raises(CommandError, match=r"states\.md\.$"):
        call_command("generate_docs", "--check")
    assert stale.read_text(encoding="utf-8") == "older"
    call_command("generate_docs")
    assert stale.read_text(encoding="utf-8") == documents()["states.md"]

"""The data dictionary of every case report form."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from trial_site.core.datasets import Dataset
from trial_site.exports.blinded import DATASETS
from trial_site.exports.dictionary import KEYS, Limit, Shape, Variable, codelists, items, missing_reasons
from trial_site.exports.generated_docs.markdown import code, table

COMPARED = {"GE": "≥", "LE": "≤", "GT": ">", "LT": "<"}


def data_dictionary() -> Iterator[str]:
    yield "# Data dictionary"
    yield (
        "The variables of every export, form by form. A database constraint keeps the limits. Where a value may"
        " be absent with a reason, the variable of the same name with `_MISSING` appended says why. Every record"
        " begins with:"
    )
    yield variable_table(KEYS)
    for dataset in DATASETS:
        yield from form_chapter(dataset)
    yield "## Codelists"
    yield table(["Codelist", "Codes"], codelist_rows())


def form_chapter(dataset: Dataset) -> Iterator[str]:
    yield f"## {dataset.form}: {dataset.title}"
    yield (
        f"SDTM domain: {dataset.domain or 'several'}. Audience: {dataset.audience}."
        f" Table: `{dataset.model._meta.db_table}`."
    )
    yield variable_table(items(dataset), {variable.name for variable in missing_reasons(dataset)})
    yield "In no export:"
    yield table(["Field", "Why"], ((code(field), why) for field, why in dataset.withheld.items()))


def variable_table(variables: Iterable[Variable], with_reasons: Iterable[str] = ()) -> str:
    return table(
        ["Variable", "Label", "Type", "Unit", "Limits", "Codelist", "CDASH", "May be empty"],
        (
            [
                code(v.name),
                v.label,
                shape(v.shape),
                v.unit,
                ", ".join(map(bound, v.limits)),
                code(v.codelist and v.codelist.name),
                code(v.cdash),
                "with a reason" if v.name in with_reasons else "no" if v.mandatory else "yes",
            ]
            for v in variables
        ),
    )


def shape(of: Shape) -> str:
    size = [str(number) for number in (of.length, of.decimals) if number is not None]
    return of.data_type + (f"({', '.join(size)})" if size else "")


def bound(limit: Limit) -> str:
    return f"{COMPARED[limit.comparator]} {limit.value}"


def codelist_rows() -> Iterator[tuple[str, str]]:
    """Codelists that hold the same codes share a line."""
    names: dict[str, list[str]] = defaultdict(list)
    for codelist in {known.name: known for d in DATASETS for known, _kind in codelists(d)}.values():
        names["; ".join(f"`{item}` {label}" for item, label in codelist.items)].append(code(codelist.name))
    return ((", ".join(sharing), codes) for codes, sharing in names.items())

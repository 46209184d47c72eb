"""How a form of this app is declared to exports."""

from typing import Any

from outcomes.models import OTHER_MODELS, VISIT_MODELS
from outcomes.rules.sheets import SHEETS, Kind
from trial_site.core.datasets import Column, Dataset, Origin

WITHHELD = {
    "id": "internal key",
    "subject": "given as the screening number",
    "version": "counts saves; in the audit trail",
    "missing": "given beside each value",
}
FORM_WITHHELD = WITHHELD | {"visit": "given as the visit code"}
LOG_WITHHELD = WITHHELD | {"number": "tells entries of a participant apart"}
# The name and version of a scale or classification stand in the record without anybody typing them.
NAMES = ("scale", "classification")
# Copied from the report of a laboratory.
REPORTED = ("LB", "LH", "LC", "LK", "PC", "SE")


def sheet(form: str, title: Any, domain: str, **cdash: str) -> Dataset:
    """A form of this app: its columns with their CDASH variables, in order; units follow from its limits."""
    known, units = SHEETS[form], {each.field: each.ucum for each in SHEETS[form].limits}
    at_visit = known.kind == Kind.VISIT
    columns = tuple(
        Column(field, units.get(field, ""), name, Origin.DERIVED if field in NAMES else "", field in NAMES)
        for field, name in cdash.items()
    )
    once = WITHHELD if known.kind == Kind.ONCE else LOG_WITHHELD
    return Dataset(
        form=form,
        title=title,
        model=VISIT_MODELS[form] if at_visit else OTHER_MODELS[form],
        subject="subject__number",
        visit="visit__code" if at_visit else "",
        visit_repeat="visit__repeat" if at_visit else "",
        repeat="number" if known.kind in (Kind.LOG, Kind.DAILY) else "",
        domain=domain,
        audience="assessor" if known.assessor else "site",
        columns=columns,
        withheld=FORM_WITHHELD if at_visit else once,
        origin=Origin.LABORATORY if form in REPORTED else Origin.CHART,
    )

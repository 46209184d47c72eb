"""The printed schedule, the visit engine and the ODM metadata say the same of every visit."""

from datetime import date, timedelta

import pytest

from outcomes.rules.schedule import Course, forms_at, planned_visits
from outcomes.rules.sheets import VISIT_FORMS
from trial_site.core.protocol import Protocol, versions
from trial_site.exports.blinded import DATASETS
from trial_site.exports.generated_docs.protocol import schedule
from trial_site.exports.odm_metadata import NAMESPACE, metadata_version

DAY_0 = date(2026, 3, 10)
WOMAN = Course(randomized_on=DAY_0, anchor=DAY_0, settled=True, done={}, sex="female")
each_version = pytest.mark.parametrize("protocol", versions().values(), ids=lambda one: one.version)


def printed(protocol: Protocol) -> dict[str, set[str]]:
    """Visit code -> forms with a cross in the printed table."""
    oids = {form.name.en: form.oid for form in protocol.forms}
    table = [line.split("|")[1:-1] for line in schedule(protocol).splitlines()]
    codes = [cell.strip() for cell in table[0][1:]]
    crossed: dict[str, set[str]] = {code: set() for code in codes}
    for name, *cells in table[2:]:
        for code, cell in zip(codes, cells, strict=True):
            if cell.strip() == "x":
                crossed[code].add(oids[name.strip()])
    return crossed


@each_version
def test_printed_table_and_visit_engine_agree(protocol: Protocol) -> None:
    engine = {visit.code: set(forms_at(visit, WOMAN)) for visit in protocol.visits}
    assert {code: forms & set(VISIT_FORMS) for code, forms in printed(protocol).items()} == engine


@each_version
def test_printed_table_and_odm_metadata_agree(protocol: Protocol) -> None:
    definition = metadata_version(protocol, DATASETS)
    name = f"{{{NAMESPACE}}}"
    metadata = {
        event.get("OID").removeprefix("SE."): {
            ref.get("FormOID").removeprefix("F.") for ref in event.findall(f"{name}FormRef")
        }
        & set(VISIT_FORMS)
        for event in definition.findall(f"{name}StudyEventDef")
    }
    table = {code: forms & set(VISIT_FORMS) for code, forms in printed(protocol).items()}
    assert {code: forms for code, forms in metadata.items() if code != "COMMON"} == table


@each_version
def test_windows_of_the_engine_are_the_printed_ones(protocol: Protocol) -> None:
    for planned in planned_visits(protocol.visits, WOMAN, on=DAY_0, language="en"):
        visit = protocol.visit_by_code[planned.code]
        assert planned.target == DAY_0 + timedelta(days=visit.day or 0)
        said = f"day {(planned.first - DAY_0).days}"
        if planned.first != planned.last:
            said += f" to {(planned.last - DAY_0).days}"
        assert f"| {said} |" in schedule(protocol)


@each_version
def test_every_form_of_a_visit_is_planned_somewhere(protocol: Protocol) -> None:
    assert set(VISIT_FORMS) <= {form for visit in protocol.visits for form in visit.forms}
    assert {visit.code for visit in protocol.visits if visit.day is None} == {"UNS", "ET"}

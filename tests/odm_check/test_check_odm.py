"""`manage.py check_odm` on good files and on good files broken in one place each. No database."""

import json
import re
from importlib.resources import files
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from lxml import etree

from tests.odm_check.broken import BROKEN
from tests.odm_check.good import METADATA, SNAPSHOT, TRANSACTIONAL
from trial_site.odm_check.check import check_file
from trial_site.odm_check.datatypes import fits, is_of_type
from trial_site.odm_check.findings import Finding
from trial_site.odm_check.grammar import TYPED, rules

XS = "{http://www.w3.org/2001/XMLSchema}"


def check(tmp_path: Path, text: str | bytes) -> list[Finding]:
    path = tmp_path / "file.xml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return check_file(path).kept


@pytest.mark.parametrize("good", [SNAPSHOT, TRANSACTIONAL], ids=["snapshot", "transactional"])
def test_good_files_pass(tmp_path, good) -> None:
    assert check(tmp_path, good) == []


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_refused_with_a_sentence(tmp_path, name) -> None:
    good, old, new, element, sentence, *_ = BROKEN[name]
    broken = re.sub(old[3:], new, good, count=0) if old.startswith("re:") else good.replace(old, new)
    assert broken != good
    found = [each for each in check(tmp_path, broken) if sentence in each.sentence]
    assert found, check(tmp_path, broken)
    assert found[0].element == element
    assert f"<{element}" in broken.splitlines()[found[0].line - 1]


def test_typed_items_point_to_records_that_follow(tmp_path) -> None:
    record = '<AuditRecord ID="A.1"><UserRef UserOID="U.1"/><LocationRef LocationOID="L.1"/>'
    record += "<DateTimeStamp>2023-03-01T09:05:00Z</DateTimeStamp></AuditRecord>"
    item = (
        '<ItemDataInteger ItemOID="I.SPO2" TransactionType="Insert" AuditRecordID="A.1">95</ItemDataInteger>'
    )
    typed = re.sub(r'<ItemData ItemOID="I.SPO2".*</ItemData>', "", TRANSACTIONAL)
    typed = typed.replace("\n    \n", f"\n{item}\n", 1)
    typed = typed.replace(
        "</SubjectData>\n </Clin", f"</SubjectData><AuditRecords>{record}</AuditRecords>\n </Clin"
    )
    assert check(tmp_path, typed) == []
    (dangling,) = check(tmp_path, typed.replace('AuditRecordID="A.1"', 'AuditRecordID="A.2"'))
    assert "There is no AuditRecord with ID A.2" in dangling.sentence
    wrong = check(tmp_path, typed.replace("ItemDataInteger", "ItemDataString"))
    assert any("is of type integer" in each.sentence for each in wrong)


def test_clinical_data_may_come_without_the_metadata(tmp_path) -> None:
    assert check(tmp_path, SNAPSHOT.replace(METADATA, "")) == []


BOMB = '<!DOCTYPE ODM [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (SNAPSHOT.replace("<ODM", f"{BOMB}<ODM", 1).replace("One<", "&b;<"), "document type declaration"),
        (SNAPSHOT.replace("<ODM", '<!DOCTYPE ODM SYSTEM "file:///etc/passwd"><ODM', 1), "document type"),
        (SNAPSHOT[:-20], "not well-formed"),
        ("", "not well-formed"),
        (b"\x00\x01 nothing", "not well-formed"),
        (SNAPSHOT.replace("odm/v1.3", "odm/v2.0"), "not an element of ODM 1.3"),
        (SNAPSHOT.replace("<FullName>One", "<FullName>" + "<FullName>" * 200), "deep"),
    ],
)
def test_hostile_and_foreign_files_end_in_a_sentence(tmp_path, text, sentence) -> None:
    assert any(sentence in each.sentence for each in check(tmp_path, text))


def test_memory_does_not_grow_with_a_snapshot(tmp_path) -> None:
    """Every subject is forgotten when it ends: what stays is its key."""
    import tracemalloc

    before, subject, after = re.split(r"(  <SubjectData.*</SubjectData>\n)", SNAPSHOT, flags=re.DOTALL)
    peaks = []
    for subjects in (300, 3000):
        path = tmp_path / "large.xml"
        many = (subject.replace("01-001", f"01-{n}") for n in range(subjects))
        path.write_text(before + "".join(many) + after)
        tracemalloc.start()
        assert check_file(path).count == 0
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 3000 * 300


def run(path: Path, **options) -> str:
    out = StringIO()
    call_command("check_odm", path, stdout=out, **options)
    return out.getvalue()


def test_the_command(tmp_path) -> None:
    path = tmp_path / "file.xml"
    path.write_text(SNAPSHOT)
    assert "nothing is wrong" in run(path)
    assert json.loads(run(path, json=True))["faults"] == 0
    path.write_text(SNAPSHOT.replace('Value="95"', 'Value="many"'))
    with pytest.raises(CommandError, match="has 1 fault"):
        run(path)
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "none.xml")


@pytest.mark.parametrize(
    ("text", "kind", "holds"),
    [
        ("-7", "integer", True), ("7.0", "integer", False), ("٣", "integer", False),
        ("36.6", "float", True), (".5", "float", True), ("1e3", "float", False), ("1e3", "double", True),
        ("2024-02-29", "date", True), ("2023-02-29", "date", False), ("2023-2-9", "date", False),
        ("2023-02-01T10:00:00+08:00", "datetime", True), ("2023-02-01 10:00:00", "datetime", False),
        ("2023-02", "partialDate", True), ("2023---09", "incompleteDate", True), ("P1DT2H", "durationDatetime", True),
        ("2023-01-01/P7D", "intervalDatetime", True), ("AF", "hexBinary", True), ("AFF", "hexBinary", False),
        ("anything", "text", True),
    ],
)  # fmt: skip
def test_data_types(text, kind, holds) -> None:
    assert is_of_type(text, kind) == holds


@pytest.mark.parametrize(
    ("text", "kind", "length", "decimals", "holds"),
    [
        ("-123", "integer", 3, None, True), ("1234", "integer", 3, None, False), ("0012", "integer", 2, None, True),
        ("36.65", "float", 4, 1, False), ("36.6", "float", 3, 1, True), ("发热", "text", 2, None, True),
        ("fever", "text", 4, None, False), ("fever", "text", None, None, True),
    ],
)  # fmt: skip
def test_lengths(text, kind, length, decimals, holds) -> None:
    assert fits(text, kind, length, decimals) == holds


def test_the_grammar_is_that_of_the_published_schema() -> None:
    """Names, order and number of children, and attributes with their need, element by element."""
    schema = etree.parse(str(files("odmlib.schemas") / "odm" / "1.3.2" / "ODM1-3-2-foundation.xsd")).getroot()
    types = {each.get("name"): each for each in schema.findall(f"{XS}complexType")}
    compared = 0
    for element in schema.findall(f"{XS}element"):
        name = element.get("name")
        declared = types.get(element.get("type", "").removeprefix("odm:"), element)
        rule = rules()[TYPED if name.startswith("ItemData") and name != "ItemData" else name]
        attributes = dict(attributes_of(declared, schema))
        if name.startswith("ItemData") and name not in ("ItemData", "ItemDataAny"):
            attributes["IsNull"] = (
                False  # one line of the grammar stands for all types; only "Any" may be null
            )
        assert rule.allowed == set(attributes), name
        assert rule.required == {key for key, needed in attributes.items() if needed}, name
        if name not in ("ItemGroupData", "RangeCheck", "CodeList"):  # these hold a choice, tried above
            steps = [(next(iter(step.names)), step.needed, step.repeats) for step in rule.steps]
            assert steps == list(children_of(declared, schema)), name
        compared += 1
    assert compared > 100


def attributes_of(declared, schema):
    for attribute in declared.iter(f"{XS}attribute"):
        yield attribute.get("name") or attribute.get("ref"), attribute.get("use") == "required"
    for group in declared.iter(f"{XS}attributeGroup"):
        if reference := group.get("ref"):
            yield from attributes_of(schema.find(f"{XS}attributeGroup[@name='{reference}']"), schema)


def children_of(declared, schema):
    for child in declared.iter(f"{XS}element", f"{XS}group"):
        reference = (child.get("ref") or child.get("name") or "").removeprefix("odm:")
        if child.tag == f"{XS}group" and child.get("ref"):
            yield from children_of(schema.find(f"{XS}group[@name='{reference}']"), schema)
        elif child.tag == f"{XS}element" and child is not declared and not reference.startswith("ds:"):
            yield reference, child.get("minOccurs") != "0", child.get("maxOccurs") == "unbounded"

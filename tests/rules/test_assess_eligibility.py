"""The rules from outside: facts as JSON, the schema they keep, and the command that needs no database."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from enrollment.rules import Facts, ImpossibleValue, MalformedFacts, read_facts, schema
from enrollment.rules.facts import LABELS, LIMITS, SECTIONS, names_in
from enrollment.rules.interchange import JSON_TYPES
from tests.rules.people import MR_WANG, PROTOCOL, facts


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("assess_eligibility", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    def written(content: object) -> str:
        path = tmp_path / "facts.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(path)

    return written


def test_a_line_per_criterion_and_the_verdict(file) -> None:
    lines = run("--facts", file(MR_WANG), "--on", "2026-03-01").splitlines()
    assert len(lines) == len(PROTOCOL.criteria) + 1
    assert lines[0].split(maxsplit=2)[:2] == ["CONSENT", "met"]
    assert lines[-1] == "eligible: as of 2026-03-01, protocol 1.0, rules 1"


def test_the_verdict_as_json(file) -> None:
    found = json.loads(run("--facts", file(MR_WANG | {"shock": "yes"}), "--on", "2026-03-01", "--json"))
    assert found["overall"] == "not_eligible"
    group = next(result for result in found["criteria"] if result["code"] == "IN01b")
    failed = [part for part in group["parts"] if part["outcome"] == "not_met"]
    assert [(part["code"], part["value"], part["reason"]) for part in failed] == [
        ("IN01b6", "yes", "Shock: yes.")
    ]
    assert found["window"] == ["2026-02-27", "2026-03-04"]


def test_as_of_today_and_under_a_named_version(file) -> None:
    assert "protocol 1.0" in run("--facts", file({}), "--protocol", "1.0")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "not usable JSON"),
        ("[]", "expected named values"),
        ('{"shock": "maybe"}', "'maybe' is not one of yes, no, unknown"),
        ('{"shok": "yes"}', "unknown name 'shok'"),
        ('{"birth_date": "1.3.1955"}', "'1.3.1955' is not a date like 2026-03-01"),
        ('{"birth_date": 1955}', "expected a date"),
        ('{"respiratory_rate": 22.5}', "expected a whole number"),
        ('{"respiratory_rate": true}', "expected a whole number"),
        ('{"weight_kg": "heavy"}', "expected a number"),
        ('{"weight_kg": NaN}', "expected a number"),
        ('{"weight_kg": 5000}', "outside the possible range"),
        ('{"imaging_read_by": 7}', "expected text"),
        ('{"sources": []}', "expected named values"),
        ('{"sources": {"shok": "chart"}}', "no fact shok"),
        ('{"sources": {"shock": "hearsay"}}', "not one of chart"),
        ("[" * 100_000, "not usable JSON"),
        ('{"spo2_percent": ' + "9" * 5000 + "}", "not usable JSON"),
    ],
)
def test_malformed_facts_are_refused_in_one_sentence(file, content, sentence) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("--facts", file(content))
    with pytest.raises(MalformedFacts, match=sentence):
        read_facts(content)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--facts", "/no/such/file.json"], "No such file"),
        (["--on", "2026-03-01"], "one of the arguments --facts --schema is required"),
    ],
)
def test_wrong_arguments(arguments, sentence) -> None:
    with pytest.raises(CommandError, match=sentence):
        run(*arguments)


def test_wrong_version_and_date(file) -> None:
    path = file({})
    with pytest.raises(CommandError, match="There is no protocol version 9"):
        run("--facts", path, "--protocol", "9")
    with pytest.raises(CommandError, match="No version of the protocol is in effect on 2020-01-01"):
        run("--facts", path, "--on", "2020-01-01")
    with pytest.raises(CommandError, match="'soon' is not a date"):
        run("--facts", path, "--on", "soon")


def test_the_schema_names_every_fact() -> None:
    printed = json.loads(run("--schema"))
    assert printed == json.loads(json.dumps(schema()))
    assert printed["properties"].keys() == {*LABELS, "sources"}
    assert printed["properties"]["sex"]["anyOf"][0]["enum"] == ["female", "male"]
    assert printed["properties"]["spo2_percent"]["anyOf"][0] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 100,
    }
    assert printed["properties"]["birth_date"]["title"] == "Date of birth"
    assert {kind.__name__ for kind in JSON_TYPES} == {"date", "Decimal", "int", "str", "PartialDate"}


def test_sections_hold_every_fact_of_the_form_once() -> None:
    of_form = [name for section in SECTIONS for name in names_in(section)]
    assert len(of_form) == len(set(of_form))
    assert set(LABELS) - set(of_form) == {"consent_date", "consent_by", "planned_infusion_date"}


@pytest.mark.parametrize("name", LIMITS)
def test_impossible_numbers_are_no_facts(name: str) -> None:
    low, high = LIMITS[name]
    assert getattr(facts({}, **{name: int(high)}), name) == high
    with pytest.raises(ImpossibleValue):
        Facts(**{name: high + 1})
    with pytest.raises(ImpossibleValue):
        Facts(**{name: low - 1})
    with pytest.raises(ImpossibleValue):
        Facts(**{name: type(low)("NaN")})

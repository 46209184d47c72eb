"""The definition of the study: complete, in agreement with itself and with the rules, and really decisive."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from enrollment.rules.answers import Modality, Smoking, Tumour
from enrollment.rules.facts import LABELS
from enrollment.rules.finding import RULES
from tests.rules.people import (
    CANNOT,
    IGG_ONLY,
    MET,
    MR_WANG,
    MS_LI,
    NOT_MET,
    NOT_YET,
    PROTOCOL,
    days_before,
    outcome,
)
from trial_site.core import protocol
from trial_site.core.protocol import ProtocolError, Text, parse
from trial_site.core.thresholds import Anchor, EstimatedOnset, Joined, Limit, OnOxygen

SOURCE = (protocol.FOLDER / "nct05741099.toml").read_text("utf-8")
RECORD = Path(__file__).with_name("registry_clauses.txt").read_text("utf-8").splitlines()


def test_the_registered_study() -> None:
    assert (PROTOCOL.registry_id, PROTOCOL.planned_participants) == ("NCT05741099", 20)
    assert (PROTOCOL.arm_codes, PROTOCOL.ratio, PROTOCOL.strata) == (("MSC", "PLACEBO"), (1, 1), ())
    assert (PROTOCOL.window.first_day, PROTOCOL.window.last_day, PROTOCOL.window.onset_is_day) == (10, 15, 0)
    codes = [visit.code for visit in PROTOCOL.visits]
    assert codes == ["SCR", "D0", "D1", "D3", "D7", "D10", "D14", "D28", "M3", "M6", "M12", "UNS", "ET"]


def test_all_36_ambiguities_are_there() -> None:
    assert [entry.number for entry in PROTOCOL.interpretations] == list(range(1, 37))


def test_criteria_and_rules_are_the_same() -> None:
    assert {criterion.code for criterion in PROTOCOL.criteria if criterion.logic is None} == RULES.keys()


@pytest.mark.parametrize("clause", RECORD)
def test_every_clause_of_the_registry_is_shown_word_for_word(clause: str) -> None:
    shown = " ".join(criterion.clause.en for criterion in PROTOCOL.criteria)
    assert clause in shown


def test_names_and_codes_in_the_protocol_are_known_to_the_rules() -> None:
    names = (
        *PROTOCOL.manifestations.symptoms,
        *PROTOCOL.risk.underlying_diseases,
        *PROTOCOL.exclusion.required_virus_tests,
    )
    assert set(names) <= LABELS.keys()
    assert {*PROTOCOL.imaging.modalities} <= set(Modality)
    assert {*PROTOCOL.risk.smokers} <= set(Smoking)
    assert {*PROTOCOL.exclusion.tumours} <= set(Tumour)


def test_every_text_is_in_both_languages() -> None:
    def texts(value):
        if isinstance(value, Text):
            yield value
        elif isinstance(value, tuple):
            for one in value:
                yield from texts(one)
        elif hasattr(value, "__dataclass_fields__"):
            yield from texts(tuple(vars(value).values()))

    found = list(texts(PROTOCOL))
    assert len(found) > 200
    assert all(text.en.strip() and text.zh_hans.strip() for text in found)


def test_a_text_in_the_language_of_the_reader() -> None:
    text = Text(en="day", zh_hans="天")
    assert [text.text(code) for code in ("en", "zh-hans", "zh-Hans-CN", "fr", None)] == [
        "day",
        "天",
        "天",
        "day",
        "day",
    ]


def test_the_literal_registry_reading_includes_nobody() -> None:
    literal = replace(PROTOCOL.moderate, respiratory_rate=Limit(">=", Decimal(30)))
    under = replace(PROTOCOL, moderate=literal)
    assert outcome("IN04b", under=under, respiratory_rate=22) is NOT_MET
    assert outcome("IN01b1", under=under, respiratory_rate=30) is NOT_MET


ON_OXYGEN = {"oxygen_device": "mask", "blood_gas": "done", "pao2_fio2_mmhg": "310"}
BY_DEFAULT_AND_CHANGED = [
    ("age", {"maximum": 69}, "IN01a", {}, MET, NOT_MET),
    ("age", {"anchor": Anchor.RANDOMIZATION}, "IN01a", {"birth_date": "2008-03-01"}, NOT_MET, MET),
    ("window", {"last_day": 16}, "WINDOW", {"symptom_onset_date": days_before(16)}, NOT_MET, MET),
    ("window", {"onset_is_day": 1}, "WINDOW", {"symptom_onset_date": days_before(9)}, NOT_YET, MET),
    (
        "window",
        {"anchor": Anchor.FIRST_POSITIVE},
        "WINDOW",
        {"pcr_sample_date": days_before(5)},
        MET,
        NOT_YET,
    ),
    (
        "window",
        {"estimated_onset": EstimatedOnset.NOT_ACCEPTED},
        "WINDOW",
        {"onset_estimated": "yes"},
        MET,
        CANNOT,
    ),
    ("tests", {"days_before_onset": 4}, "IN03a", {"pcr_sample_date": "2026-02-13"}, NOT_MET, MET),
    ("manifestations", {"minimum": 3}, "IN02", {}, MET, NOT_MET),
    ("moderate", {"spo2": Limit(">=", Decimal(93))}, "IN04c", {"spo2_percent": 93}, NOT_MET, MET),
    ("moderate", {"spo2_on_oxygen": OnOxygen.PF_RATIO}, "IN04c", ON_OXYGEN, CANNOT, MET),
    ("moderate", {"spo2_on_oxygen": OnOxygen.PF_RATIO}, "IN01b2", ON_OXYGEN, CANNOT, MET),
    ("moderate", {"fever_joined_by": Joined.AND}, "IN04a", {}, MET, NOT_MET),
    ("imaging", {"modalities": ("ct", "xray")}, "IN04d", {"imaging_modality": "xray"}, CANNOT, MET),
    ("imaging", {"max_hours": 96}, "IN04d", {"imaging_date": days_before(4)}, CANNOT, MET),
    ("risk", {"age": Limit(">=", Decimal(65))}, "IN05a", {"birth_date": "1961-01-01"}, NOT_MET, MET),
    ("risk", {"age_needs_incomplete_vaccination": True}, "IN05a", {}, MET, NOT_MET),
    ("risk", {"age_needs_incomplete_vaccination": True}, "IN05a", {"vaccine_doses": 1}, MET, MET),
    ("risk", {"age_needs_incomplete_vaccination": True}, "IN05a", {"vaccine_doses": None}, MET, CANNOT),
    ("risk", {"underlying_diseases": ()}, "IN05b", {"disease_lung": "yes"}, MET, NOT_MET),
    ("risk", {"immune_deficiency_qualifies": False}, "IN05c", {"immune_deficiency": "yes"}, MET, NOT_MET),
    ("risk", {"bmi_decimals": 0}, "IN05d", {"height_cm": "170", "weight_kg": "86"}, NOT_MET, MET),
    (
        "risk",
        {"smokers": ("current", "former")},
        "IN05f",
        {"smoking_status": "former", "pack_years": "30"},
        NOT_MET,
        MET,
    ),
    ("exclusion", {"tumours": ("malignant",)}, "EX01", {"tumour": "benign"}, NOT_MET, MET),
    (
        "exclusion",
        {"infarction_anchor": Anchor.CONSENT},
        "EX02",
        {"cerebral_infarction": "past", "cerebral_infarction_date": days_before(29)},
        MET,
        NOT_MET,
    ),
    (
        "exclusion",
        {"infarction_anchor": Anchor.CONSENT},
        "EX02",
        {"cerebral_infarction": "past", "cerebral_infarction_date": days_before(40), "consent_date": None},
        MET,
        CANNOT,
    ),
    (
        "exclusion",
        {"legal_representative_allowed": True},
        "EX06",
        {"consent_by": "representative"},
        NOT_MET,
        MET,
    ),
    (
        "exclusion",
        {"required_virus_tests": ("adenovirus_result",)},
        "EX07",
        {"adenovirus_result": "not_done", "untested_virus_note": "no contact"},
        MET,
        CANNOT,
    ),
    (
        "exclusion",
        {"other_trial_anchor": Anchor.RANDOMIZATION},
        "EX09",
        {"other_trial": "finished", "other_trial_last_date": "2025-12-01"},
        NOT_MET,
        MET,
    ),
]


@pytest.mark.parametrize(
    ("group", "setting", "code", "changes", "default", "changed"), BY_DEFAULT_AND_CHANGED
)
def test_a_changed_setting_changes_the_verdict(group, setting, code, changes, default, changed) -> None:
    under = replace(PROTOCOL, **{group: replace(getattr(PROTOCOL, group), **setting)})
    assert outcome(code, **changes) is default
    assert outcome(code, under=under, **changes) is changed


def test_settings_of_pregnancy_and_titres() -> None:
    test_within_a_day = replace(PROTOCOL, pregnancy=replace(PROTOCOL.pregnancy, test_max_hours=24))
    assert outcome("EX03", MS_LI, under=test_within_a_day, pregnancy_test_date=days_before(2)) is CANNOT
    two_weeks = replace(PROTOCOL, tests=replace(PROTOCOL.tests, igg_interval_days=14))
    assert outcome("IN03d", IGG_ONLY, under=two_weeks) is NOT_MET


def test_group_logic_is_a_setting() -> None:
    one_is_enough = 'code = "IN05"\nkind = "inclusion"\nlogic = "any"'
    all_are_needed = one_is_enough.replace("any", "all")
    every_risk = parse(SOURCE.replace(one_is_enough, all_are_needed), "study.toml")
    assert outcome("IN05", MR_WANG) is MET
    assert outcome("IN05", MR_WANG, under=every_risk) is NOT_MET


BROKEN = [
    ('version = "1.0"', 'verzion = "1.0"', "unknown name 'verzion'"),
    ('version = "1.0"\n', "", "'version' is missing"),
    ("planned_participants = 20", 'planned_participants = "20"', "expected a whole number"),
    ("last_day = 15", "last_day = 9", "window.first_day is after window.last_day"),
    ("maximum = 85", "maximum = 17", "age.minimum is above age.maximum"),
    ("ratio = [1, 1]", "ratio = [1]", "one number per arm"),
    ('code = "PLACEBO"', 'code = "MSC"', "arm MSC is defined twice"),
    ('code = "IN01b2"', 'code = "IN01b1"', "criterion IN01b1 is defined twice"),
    ('code = "02"', 'code = "01"', "study site 01 is defined twice"),
    ('"Asia/Hong_Kong"', '"Asia/Nowhere"', "Asia/Nowhere is not a time zone"),
    ('carrier = "albumin"\nstart', 'carrier = "plain"\nstart', "there is no stability for albumin"),
    ("after_thaw = 20", "after_thaw = 30", "leaves no time to start a bag with plain"),
    ("end_minutes = 60", "end_minutes = 30", "a bag ends after it is started"),
    ('operator = "<", threshold = 90', 'operator = "=", threshold = 90', "'=' is not one of"),
    ('operator = "<", threshold = 30', 'operator = "~", threshold = 30', "'~' is not one of"),
    ('forms = ["SC", "EL", "CH", "MH"]', 'forms = ["XX"]', "there is no form XX"),
    ("minus = 3\nforms", "minus = -3\nforms", "visit SCR: its window is impossible"),
    ("repeating = true", "repeating = true\nminus = 1", "visit UNS: its window is impossible"),
    ('within = "IN03"', 'within = "IN02"', "IN02 is not a group"),
    (
        'code = "IN02"\nkind = "inclusion"',
        'code = "IN02"\nkind = "inclusion"\nlogic = "any"',
        "a group without",
    ),
    ('criteria = ["IN04b"]', 'criteria = ["IN99"]', "there is no criterion IN99"),
    ('keys = ["moderate.spo2_on_oxygen"]', 'keys = ["moderate.spo3"]', "nothing is called moderate.spo3"),
    (
        'keys = ["criteria.IN03", "criteria.IN05"]',
        'keys = ["criteria.IN33"]',
        "nothing is called criteria.IN33",
    ),
    ('anchor = "consent"', 'anchor = "birth"', "'birth' is not one of"),
    ("effective = 2023-02-01", 'effective = "soon"', "'soon' is not a date"),
    ("strata = []", "strata = 0", "expected a list"),
    ("[title]", "[title", "Expected"),
]


@pytest.mark.parametrize(("good", "bad", "sentence"), BROKEN)
def test_a_broken_definition_is_refused_in_one_sentence(good, bad, sentence) -> None:
    assert good in SOURCE
    with pytest.raises(ProtocolError, match=sentence.replace("(", r"\(")):
        parse(SOURCE.replace(good, bad, 1), "study.toml")


@pytest.fixture
def _two_versions(tmp_path, monkeypatch):
    later = SOURCE.replace('version = "1.0"', 'version = "2.0"').replace("2023-02-01 ", "2026-03-01 ")
    (tmp_path / "b.toml").write_text(SOURCE, "utf-8")
    (tmp_path / "a.toml").write_text(later.replace("maximum = 85", "maximum = 80"), "utf-8")
    monkeypatch.setattr(protocol, "FOLDER", tmp_path)
    protocol.versions.cache_clear()
    yield
    protocol.versions.cache_clear()


@pytest.mark.usefixtures("_two_versions")
def test_several_versions_stand_side_by_side() -> None:
    assert protocol.current(date(2026, 2, 28)).version == "1.0"
    assert protocol.current(date(2026, 3, 1)).version == "2.0"
    assert protocol.latest().age.maximum == 80
    assert protocol.load("1.0").age.maximum == 85


@pytest.mark.usefixtures("_two_versions")
def test_two_files_of_one_version_are_refused() -> None:
    (protocol.FOLDER / "c.toml").write_text(SOURCE, "utf-8")
    with pytest.raises(ProtocolError, match="the same version"):
        protocol.versions()


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ProtocolError, match="no protocol version 9"):
        protocol.load("9")
    with pytest.raises(ProtocolError, match="in effect on 2020-01-01"):
        protocol.current(date(2020, 1, 1))


def test_settings_by_dotted_path() -> None:
    assert str(PROTOCOL.setting("moderate.respiratory_rate")) == "< 30"
    with pytest.raises(LookupError):
        PROTOCOL.setting("moderate.respiratory_rate.threshold.real")


def test_interpretations_are_shown_beside_the_criterion_they_bear_on() -> None:
    assert [entry.number for entry in PROTOCOL.interpretations_of("IN04b")] == [1]

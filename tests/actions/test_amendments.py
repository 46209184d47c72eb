"""A second version of the protocol: a threshold changed, a criterion added, in effect at one site from a day on."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from enrollment import actions
from enrollment.models import EligibilityAssessment
from enrollment.rules import Outcome, unmet_criteria
from enrollment.rules.finding import RULES, Rule, must_be_no
from enrollment.selectors import current_verdict, protocol_of
from tests.clinic import NOW, TODAY, VALUES, consent, log, screened, sign
from trial_site.audit.action import attributed
from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import StudySite

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ADDED = """
[[criteria]]
code = "EX10"
kind = "exclusion"
title.en = "No active tuberculosis, asked again"
title.zh_hans = "无活动性结核（再次询问）"
clause.en = "Added by amendment."
clause.zh_hans = "由修正案增加。"
"""


@pytest.fixture
def amended(monkeypatch, tmp_path) -> Iterator[None]:
    """The folder of protocols holds version 2.0 as well: age up to 65 instead of 85, and a criterion more."""
    [first] = protocols.FOLDER.glob("*.toml")
    text = first.read_text("utf-8")
    second = text.replace('version = "1.0"', 'version = "2.0"', 1).replace("maximum = 85", "maximum = 65")
    second = second.replace("effective = 2023-02-01", "effective = 2024-02-01")
    head, criterion, rest = second.partition("[[criteria]]")
    (tmp_path / "first.toml").write_text(text, "utf-8")
    (tmp_path / "second.toml").write_text(head + ADDED.strip() + "\n\n" + criterion + rest, "utf-8")
    rule = Rule(
        "EX10", ("active_tuberculosis",), lambda facts, protocol, on: must_be_no(facts, "active_tuberculosis")
    )
    monkeypatch.setitem(RULES, "EX10", rule)
    monkeypatch.setattr(protocols, "FOLDER", tmp_path)
    protocols.versions.cache_clear()
    yield
    protocols.versions.cache_clear()


def approve(cast, site=None, *, effective_on=TODAY, approved_on=TODAY, version="2.0", by=None):
    by = (by or cast.administrator).actor(NOW)
    return actions.approve_protocol_version(
        site or cast.site, version=version, approved_on=approved_on, effective_on=effective_on, by=by, at=NOW
    )


def in_screening(cast, subject):
    consent(cast, subject)
    actions.record_screening(subject, values=VALUES, by=cast.coordinator.actor(NOW), at=NOW)
    return subject


def replayed(**options) -> str:
    said = StringIO()
    call_command("replay_eligibility", stdout=said, **options)
    return said.getvalue()


@pytest.mark.usefixtures("amended")
class TestAmendment:
    def test_a_version_holds_where_it_is_approved_from_the_day_it_takes_effect(self, cast):
        second = StudySite.objects.get(code="02")
        approve(cast)
        versions = [
            log(cast, on=TODAY - DAY).protocol_version,
            log(cast).protocol_version,
            log(cast, site=second, by=cast.outsider).protocol_version,
        ]
        assert versions == ["1.0", "2.0", "1.0"]

    def test_participants_keep_theirs_and_both_are_replayed(self, cast):
        """He is 70: eligible under the first version, too old for the second."""
        before = screened(cast)
        approve(cast)
        sign(cast, before)
        after = in_screening(cast, log(cast))
        assert protocol_of(before).age.maximum == 85
        assert current_verdict(before, TODAY).outcome is Outcome.MET
        verdict = current_verdict(after, TODAY)
        assert [failed.code for failed in unmet_criteria(verdict)] == ["IN01a"]
        assert "EX10" in {leaf.code for leaf in verdict.leaves}
        actions.record_screen_failure(
            after,
            reasons={"IN01a": "70 by the chart"},
            password=cast.password,
            by=cast.investigator.actor(NOW),
            at=NOW,
        )
        stored = EligibilityAssessment.objects.values_list("protocol_version", "decision")
        assert list(stored) == [("1.0", "eligible"), ("2.0", "screen_failure")]
        assert replayed() == "2 verdicts recomputed; every one is what was signed.\n"

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"version": "3.0"}, "version"),
            ({"version": "1.0"}, "version"),
            ({"approved_on": TODAY + DAY, "effective_on": TODAY + DAY}, "approved_on"),
            ({"effective_on": TODAY - DAY}, "effective_on"),
        ],
    )
    def test_what_cannot_be_is_refused(self, cast, changes, field):
        with pytest.raises(Refused) as refusal:
            approve(cast, **changes)
        assert set(refusal.value.fields) == {field}

    @pytest.mark.parametrize("who", ["principal", "coordinator", "monitor"])
    def test_only_the_administrator_enters_it(self, cast, who):
        with pytest.raises(NotAllowed):
            approve(cast, by=getattr(cast, who))


def tamper(**changes) -> None:
    """As nobody can: the table has no UPDATE privilege. Through the owner's connection."""
    from django.db import connections

    assignments = ", ".join(f"{column} = %s" for column in changes)
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"UPDATE enrollment_eligibilityassessment SET {assignments}", [*changes.values()])


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
class TestReplay:
    def test_a_changed_fact_or_verdict_is_found(self, cast):
        sign(cast, screened(cast))
        [assessment] = EligibilityAssessment.objects.all()
        tamper(facts=json.dumps(assessment.facts | {"respiratory_rate": 31}))
        with pytest.raises(CommandError, match="1 of 1 verdicts differ"):
            replayed()
        said = StringIO()
        with pytest.raises(CommandError):
            call_command("replay_eligibility", json=True, stdout=said)
        [differing] = json.loads(said.getvalue())["differing"]
        assert differing["participant"] == assessment.subject.number
        assert "overall: 'eligible' then, 'not_eligible' now" in differing["differences"]

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"protocol_version": "9.9"}, "there is no protocol version 9.9"),
            ({"facts": '{"sex": "unheard of"}'}, "unheard of"),
        ],
    )
    def test_what_cannot_be_replayed_is_a_difference(self, cast, changes, said):
        sign(cast, screened(cast))
        tamper(**changes)
        output = StringIO()
        with pytest.raises(CommandError):
            call_command("replay_eligibility", stdout=output)
        assert said in output.getvalue()

    def test_nothing_stored_nothing_differs(self, cast):
        assert json.loads(replayed(json=True)) == {"replayed": 0, "differing": []}


def test_verdicts_of_other_rules_are_named(cast):
    from enrollment.rules.replay import differences

    assert differences({}, {"rule_version": "0"}, protocols.latest()) == [
        "assessed by rules 0; this release has 1"
    ]


def test_the_application_cannot_change_a_stored_verdict(cast):
    sign(cast, screened(cast))
    from django.db import Error, transaction

    with pytest.raises(Error), transaction.atomic(), attributed(Actor.system("x"), action="x", reason="x"):
        EligibilityAssessment.objects.update(comment="changed")

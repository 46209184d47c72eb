"""Serious events: why, since when, reported when, assessed by whom; and what nobody else learns of the result."""

from datetime import timedelta

import pytest
from django.urls import reverse

from outcomes.actions import amend_adverse_event, assess_susar, report_serious_event
from outcomes.models import AdverseEvent, SusarAssessment
from outcomes.rules.safety import CountedEvent, counters, must_be_expedited
from outcomes.selectors import stopping_counters, unassessed_events, unreported_events
from tests.cast import PASSWORD
from tests.exports.reading import text_of
from tests.followed import HOUR
from trial_site.casebook.selectors.worklist import work_of
from trial_site.core.errors import NotAllowed, Refused
from trial_site.core.models import Notice
from trial_site.core.protocol import latest
from trial_site.monitoring.actions import sign_reviewed
from trial_site.monitoring.models import Deviation, Scope
from trial_site.monitoring.selectors import ref_of

SERIOUS = {"term": "Embolism", "grade": 3, "serious": True, "hospitalisation": True}
JUDGED = {
    "reference_version": "IB 3.0",
    "expectedness": "unexpected",
    "sponsor_causality": "possibly",
    "grounds": "Not in the reference safety information.",
}
database = pytest.mark.django_db(transaction=True)


def serious(followed, **changes) -> AdverseEvent:
    return followed.event(**SERIOUS | {"aware_at": followed.now - HOUR} | changes)


def reported(followed, event, *, after=HOUR, by=None):
    at = followed.now + after
    return report_serious_event(event, narrative="Dyspnoea.", by=by or followed.coordinator, at=at)


def assessed(followed, event, by=None, **changes):
    by = by or followed.cast.safety_officer.actor(followed.now)
    return assess_susar(event, values=JUDGED | changes, by=by, at=followed.now)


@database
class TestSeriousEvents:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"hospitalisation": False}, "serious"),
            ({"serious": False}, "serious"),
            ({"aware_at": "later"}, "aware_at"),
        ],
    )
    def test_why_and_since_when(self, followed, changes, field):
        if "aware_at" in changes:
            changes = {"aware_at": followed.now + HOUR}
        with pytest.raises(Refused) as refusal:
            serious(followed, **changes)
        assert set(refusal.value.fields) == {field}

    def test_awareness_is_at_latest_the_entry(self, followed):
        assert serious(followed, aware_at=None).aware_at == followed.now
        event = followed.event()
        change = {"serious": True, "disability": True}
        given = {"version": 1, "reason": "It is", "by": followed.coordinator, "at": followed.now}
        amend_adverse_event(event, values=change, **given)
        event.refresh_from_db()
        assert event.aware_at == followed.now

    def test_it_waits_for_a_report_and_for_the_safety_officer(self, followed):
        event = serious(followed)
        officer = followed.cast.safety_officer.actor(followed.now)
        assert list(unreported_events(followed.coordinator)) == [event]
        assert list(unassessed_events(officer)) == [event]
        assert any("24 hours" in todo.sentence for todo in work_of(followed.coordinator, at=followed.now))
        assert any("expedited" in todo.sentence for todo in work_of(officer, at=followed.now))
        reported(followed, event)
        assessed(followed, event)
        assert not unreported_events(followed.coordinator)
        assert not unassessed_events(officer)

    def test_mail_names_nobody_and_nothing_and_goes_once(self, followed):
        event = serious(followed)
        told = Notice.objects.filter(kind="serious_event")
        people = {followed.cast.investigator.staff, followed.cast.safety_officer.staff}
        assert people <= {notice.recipient for notice in told}
        assert not told.filter(recipient=followed.cast.assessor.staff).exists()
        before = told.count()
        values = {"term": "Lung embolism"}
        given = {"version": 1, "reason": "Clearer", "by": followed.coordinator, "at": followed.now}
        amend_adverse_event(event, values=values, **given)
        assert told.count() == before

    @pytest.mark.parametrize(
        ("after", "late"), [(23 * HOUR, False), (23 * HOUR + timedelta(minutes=1), True)]
    )
    def test_a_first_report_after_24_hours_is_a_deviation_once(self, followed, after, late):
        event = serious(followed)
        reported(followed, event, after=after)
        reported(followed, event, after=after + 30 * HOUR)
        assert [report.number for report in event.reports.all()] == [1, 2]
        assert Deviation.objects.filter(kind="safety", subject=followed.subject.number).count() == int(late)

    @pytest.mark.parametrize("who", ["assessor", "monitor", "nurse", "outsider"])
    def test_only_the_site_reports(self, followed, who):
        with pytest.raises(NotAllowed):
            reported(followed, serious(followed), by=getattr(followed.cast, who).actor(followed.now))

    def test_what_is_not_serious_is_neither_reported_nor_assessed(self, followed):
        event = followed.event()
        for act in (reported, assessed):
            with pytest.raises(Refused):
                act(followed, event)


@database
class TestAssessment:
    @pytest.mark.parametrize(
        "who", ["investigator", "principal", "medical_monitor", "monitor", "coordinator"]
    )
    def test_only_the_safety_officer_assesses(self, followed, who):
        with pytest.raises(NotAllowed):
            assessed(followed, serious(followed), by=getattr(followed.cast, who).actor(followed.now))

    def test_nobody_else_can_tell_one_result_from_the_other(self, followed, client, settings):
        """The same pages, byte for byte but for what the browser is given anew each time, after either result."""
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        event = serious(followed)
        number = followed.subject.number
        pages = [
            reverse("outcomes:safety"),
            reverse("casebook:subject", args=[number]),
            reverse("casebook:audit", args=[number]),
            reverse("outcomes:serious_event", args=[number, event.number]),
            reverse("outcomes:serious_event_pdf", args=[number, event.number]),
        ]

        def seen() -> dict:
            found = {}
            for who in (
                "investigator",
                "coordinator",
                "monitor",
                "data_manager",
                "medical_monitor",
                "inspector",
            ):
                client.force_login(getattr(followed.cast, who).staff)
                for page in pages:
                    answer = client.get(page)
                    found[who, page] = (answer.status_code, without_tokens(answer.content, answer))
            return found

        assessed(followed, event, expectedness="expected", sponsor_causality="not_related")
        expected = seen()
        assessed(followed, event)
        assert seen() == expected
        assert all(b"unexpected" not in content for _status, content in expected.values())
        assert SusarAssessment.objects.count() == 2

    def test_the_safety_officer_sees_the_result_and_the_derived_duty(self, followed, client, settings):
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        event = serious(followed)
        page = reverse("outcomes:susar", args=[followed.subject.number, event.number])
        client.force_login(followed.cast.safety_officer.staff)
        assert client.post(page, {"reference_version": "IB 3.0"}).status_code == 422
        assert client.post(page, JUDGED).status_code == 302
        assert b"derived" in client.get(page).content

    def test_the_report_is_a_pdf_with_a_neutral_name(self, followed, client):
        event = serious(followed)
        reported(followed, event)
        client.force_login(followed.cast.monitor.staff)
        page = reverse("outcomes:serious_event_pdf", args=[followed.subject.number, event.number])
        first, again = client.get(page), client.get(page)
        assert first.content.startswith(b"%PDF")
        assert first.content == again.content
        assert first["Content-Disposition"] == f'attachment; filename="SAE-{followed.subject.number}-1.pdf"'

    def test_who_signed_the_event_or_its_casebook_stands_on_it(self, followed, client, tmp_path):
        event = serious(followed)
        reported(followed, event)
        given = {"password": PASSWORD, "by": followed.investigator, "at": followed.now}
        assert "Signaturesnone" in self.printed(event, client, followed, tmp_path)
        sign_reviewed(ref_of("AE", event), scope=Scope.RECORD, **given)
        sign_reviewed(ref_of("SU", followed.subject), scope=Scope.PARTICIPANT, **given)
        text = self.printed(event, client, followed, tmp_path)
        name = "".join(followed.cast.investigator.staff.full_name.split())
        assert text.count(f"{name},") == text.count("Ihavereviewedthesedata") == 2
        assert "Asia/Shanghai:Ihavereviewed" in text
        assert "changedafterthissignature" not in text
        amend_adverse_event(
            event,
            values={"grade": 4},
            version=event.version,
            reason="Graded again",
            by=followed.coordinator,
            at=followed.now,
        )
        assert self.printed(event, client, followed, tmp_path).count("changedafterthissignature") == 2

    def printed(self, event, client, followed, folder) -> str:
        client.force_login(followed.cast.monitor.staff)
        page = reverse("outcomes:serious_event_pdf", args=[followed.subject.number, event.number])
        (folder / "report.pdf").write_bytes(client.get(page).content)
        return text_of(folder / "report.pdf")


def without_tokens(content: bytes, answer) -> bytes:
    token = answer.context and answer.context.get("csrf_token")
    return content.replace(str(token).encode(), b"") if token else content


@database
def test_counters_are_pooled_and_propose(followed):
    serious(followed, special_interest="thrombosis")
    serious(followed, special_interest="thrombosis")
    reached = {counter.rule.code: counter.reached for counter in stopping_counters()}
    assert reached == {"SAE": True, "DEATH": False, "REACTION": False, "THROMBOSIS": True}


@pytest.mark.parametrize(
    ("event", "codes"),
    [
        (CountedEvent(2, False, "", ""), set()),
        (CountedEvent(3, True, "", ""), {"SAE"}),
        (CountedEvent(3, True, "not_related", ""), set()),
        (CountedEvent(5, True, "not_related", ""), {"DEATH"}),
        (CountedEvent(3, False, "not_related", "reaction"), {"REACTION"}),
        (CountedEvent(2, False, "possibly", "reaction"), set()),
        (CountedEvent(1, False, "", "thrombosis"), {"THROMBOSIS"}),
    ],
)
def test_what_each_stopping_rule_counts(event, codes):
    counted = counters(latest().stopping_rules, [event])
    assert {counter.rule.code for counter in counted if counter.count} == codes


@pytest.mark.parametrize(
    ("expectedness", "causality", "sponsor", "expedited"),
    [
        ("unexpected", "possibly", "not_related", True),
        ("unexpected", "not_related", "probably", True),
        ("unexpected", "not_related", "not_related", False),
        ("unexpected", "", "not_related", False),
        ("expected", "definitely", "definitely", False),
    ],
)
def test_what_must_be_expedited(expectedness, causality, sponsor, expedited):
    given = {"expectedness": expectedness, "causality": causality, "sponsor_causality": sponsor}
    assert must_be_expedited(**given) is expedited

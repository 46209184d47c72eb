"""A text that may unblind is reported: blinded people find it nowhere any more, not in the past either; unblinded
people still read it."""

from types import SimpleNamespace

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from outcomes.actions import amend_adverse_event, record_adverse_event
from outcomes.models import AdverseEvent
from tests.exports.conftest import adverse_event
from trial_site.audit.action import attributed
from trial_site.audit.models import Event
from trial_site.core.errors import NotAllowed, Refused, StaleRecord
from trial_site.monitoring import actions
from trial_site.monitoring.hiding import TextPlace, text_for
from trial_site.monitoring.models import HIDDEN, Deviation, HiddenText, Query, QueryMessage, Scope
from trial_site.monitoring.selectors import ref_of

pytestmark = pytest.mark.usefixtures("transactional_db")
TELLING = "Chill within an hour of CANARYCELLS"
BLINDED = ("coordinator", "investigator", "monitor", "data_manager", "inspector", "assessor")


@pytest.fixture(autouse=True)
def _static_files_that_nobody_has_collected(settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def told(cast, study) -> SimpleNamespace:
    """The same careless words in an adverse event, in a query about it, and in a deviation."""
    day = study.subject.site.date_of(study.now)
    event = record_adverse_event(
        study.subject,
        values=adverse_event(TELLING, on=day),
        by=cast.coordinator.actor(study.now),
        at=study.now,
    )
    given = {"by": cast.monitor.actor(study.now), "at": study.now}
    ref = ref_of("AE", event, "term")
    query = actions.open_query(ref, text=f"Really {TELLING}?", origin=Query.Origin.PERSON, **given)
    what = {"kind": "other", "grade": "minor", "text": TELLING, "occurred_on": day}
    deviation = actions.raise_deviation(ref, **what, **given)
    return SimpleNamespace(
        event=event, query=query, deviation=deviation, subject=study.subject, now=study.now
    )


def places(cast, told) -> list[TextPlace]:
    reader = cast.monitor.actor(told.now)
    message = QueryMessage.objects.get(query=told.query, state="open")
    named = [
        ("AE", told.event.pk, "term"),
        ("monitoring_querymessage", message.pk, "text"),
        ("monitoring_deviation", told.deviation.pk, "text"),
    ]
    return [text_for(reader, *one) for one in named]


def hide_all(cast, told) -> None:
    for place in places(cast, told):
        actions.hide_text(place, by=cast.monitor.actor(told.now), at=told.now)


def pages(told) -> list[str]:
    number = told.subject.number
    return [
        f"/participants/{number}/",
        f"/participants/{number}/audit/",
        f"/participants/{number}/review/",
        f"/visits/{number}/adverse-events/",
        f"/queries/{told.query.number}/",
        f"/deviations/{told.deviation.number}/",
        "/queries/",
        "/deviations/",
        "/audit/",
        "/",
    ]


def read(cast, who: str, told) -> str:
    client = Client()
    client.force_login(getattr(cast, who).staff)
    answers = [client.get(page) for page in pages(told)]
    answers.append(client.post("/audit/copy/", {}))
    seen = [
        b"".join(answer.streaming_content) if answer.streaming else answer.content
        for answer in answers
        if answer.status_code == 200
    ]
    assert seen
    return b"".join(seen).decode(errors="replace")


def test_no_page_of_a_blinded_person_says_it_any_more(cast, told):
    assert "CANARYCELLS" in read(cast, "monitor", told), "the test reads where it stood"
    hide_all(cast, told)
    for who in BLINDED:
        assert "CANARYCELLS" not in read(cast, who, told), who


def test_unblinded_people_still_read_it_and_the_history_keeps_it(cast, told):
    hide_all(cast, told)
    for who in ("pharmacist", "unblinded_monitor"):
        client = Client()
        client.force_login(getattr(cast, who).staff)
        page = client.post("/unblinded/supply/01/").content.decode()
        assert page.count(TELLING) == 3
    [replaced] = Event.objects.filter(table="outcomes_adverseevent", record_id=told.event.pk, operation="U")
    assert (replaced.old["term"], replaced.new["term"]) == (TELLING, HIDDEN)
    assert replaced.reason == "Reported as possibly unblinding"


def test_each_report_opens_a_major_deviation_that_repeats_nothing(cast, told):
    hide_all(cast, told)
    opened = Deviation.objects.filter(kind="unblinding", grade="major", state="open")
    assert opened.count() == HiddenText.objects.count() == 3
    assert not [one for one in opened if "CANARY" in one.text]


def test_it_is_hidden_once_and_what_is_written_instead_may_be_hidden_again(cast, told):
    [place, *_others] = places(cast, told)
    by = cast.assessor.actor(told.now)
    actions.hide_text(place, by=by, at=told.now)
    with pytest.raises(Refused, match="hidden already"):
        actions.hide_text(place, by=by, at=told.now)
    event = AdverseEvent.objects.get(pk=told.event.pk)
    values = adverse_event("Chill of CANARYCELLS once more", on=event.started_on)
    coordinator = {"by": cast.coordinator.actor(told.now), "at": told.now}
    with pytest.raises(StaleRecord):
        amend_adverse_event(event, values=values, version=told.event.version, reason="Again", **coordinator)
    amend_adverse_event(event, values=values, version=event.version, reason="Again", **coordinator)
    actions.hide_text(place, by=by, at=told.now)
    assert "CANARYCELLS" not in read(cast, "monitor", told).replace(f"Really {TELLING}", "").replace(
        TELLING, ""
    )


def test_a_frozen_record_is_no_excuse(cast, told):
    manager = cast.data_manager.actor(told.now)
    actions.cancel_query(told.query, text="Asked in error", by=cast.monitor.actor(told.now), at=told.now)
    actions.freeze(ref_of("AE", told.event), scope=Scope.RECORD, by=manager, at=told.now)
    actions.hide_text(places(cast, told)[0], by=manager, at=told.now)
    assert AdverseEvent.objects.get(pk=told.event.pk).term == HIDDEN
    with (
        pytest.raises(DatabaseError, match="frozen"),
        transaction.atomic(),
        attributed(manager, action="raw", reason="x"),
    ):
        AdverseEvent.objects.filter(pk=told.event.pk).update(term="another text")


@pytest.mark.parametrize("who", ["inspector", "medical_monitor", "pharmacist", "administrator", "outsider"])
def test_who_does_not_work_with_the_forms_hides_nothing(cast, told, who):
    with pytest.raises(NotAllowed):
        actions.hide_text(places(cast, told)[0], by=getattr(cast, who).actor(told.now), at=told.now)
    assert not HiddenText.objects.exists()


def test_the_database_hides_nothing_but_what_was_reported(cast, told):
    """The function that replaces what may only be inserted knows a closed list of texts."""
    hidden = HiddenText(
        table="monitoring_signature", record_id=1, column="signer_name", subject="x", site=cast.site,
        deviation=told.deviation, reported_by=cast.monitor.staff, reported_at=told.now,
    )  # fmt: skip
    by = cast.monitor.actor(told.now)
    with transaction.atomic(), attributed(by, action="raw"):
        hidden.save()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT monitoring_hide(%s)", [hidden.pk])

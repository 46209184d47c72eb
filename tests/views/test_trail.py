"""The audit trail of the whole study: who sees what of it, filters, the copy, and its planned reviews."""

import csv
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.urls import reverse
from django.utils import timezone

from outcomes.models import Laboratory
from randomization import unblinding
from randomization.actions import record_access, room_head, seal_room
from randomization.models import AccessRecord, Purpose
from tests.actions.test_study_unblinding import unblinded
from tests.cast import Member
from tests.story import participant_at
from tests.views.pages import BLINDED, get, signed_in, text
from trial_site.audit.action import action
from trial_site.audit.models import Event
from trial_site.audit.sealing import seal
from trial_site.core.actions import close_account
from trial_site.core.models import Occurrence
from trial_site.core.records import amend
from trial_site.monitoring import actions as monitoring
from trial_site.monitoring.actions import place_lock
from trial_site.monitoring.models import AuditReview, Manner, Query, RecordRef

pytestmark = pytest.mark.django_db(transaction=True)
READERS = {"principal", "investigator", "monitor", "data_manager", "inspector"}


def trail(member, query: str = "", status: int = 200):
    page = get(member, reverse("casebook:trail") + query, status)
    return [" ".join(row.text_content().split()) for row in page.xpath("//table//tbody/tr")]


def copied(member, **wanted) -> list[dict]:
    answer = signed_in(member).post(reverse("casebook:trail_copy"), wanted)
    assert answer["Content-Disposition"].startswith('attachment; filename="audit-trail_')
    return list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("member", sorted({*BLINDED, "pharmacist", "second_nurse"}))
def test_it_is_read_by_those_who_review(cast, member):
    trail(getattr(cast, member), status=200 if member in READERS else 403)


def test_a_look_of_today_is_told_tomorrow(cast, clock):
    """The time between the first look and the release says whether a count failed."""
    subject, _ = participant_at("ordered")
    clock(datetime.now(UTC))
    record_access(subject, purpose=Purpose.PREPARE, why="Preparation", by=cast.pharmacist.actor())
    assert copied(cast.inspector, what="randomization_accessrecord") == []
    clock(datetime.now(UTC) + timedelta(days=1))
    assert len(copied(cast.inspector, what="randomization_accessrecord")) == 1


def test_rights_sign_ins_and_looks_are_in_it_but_not_why_somebody_looked(cast, clock):
    participant_at("released")
    clock(datetime.now(UTC) + timedelta(days=1))
    close_account(cast.nurse.staff, reason="left the hospital", by=cast.administrator.actor())
    signed_in(cast.monitor).post(reverse("account_logout"))
    rows = copied(cast.inspector)
    looks = [row for row in rows if row["Form or table"] == "Look at unblinded data"]
    assert looks
    assert {(row["Field"], row["Old value"], row["New value"], row["Reason"]) for row in looks} == {
        ("", "", "", "")
    }
    assert {"Account", "Delegation", "Study site", "Release of the bag"} <= {
        row["Form or table"] for row in rows
    }
    assert [row["Reason"] for row in rows if row["Field"] == "active" and row["New value"] == "False"] == [
        "left the hospital"
    ]
    assert any(row["Who"] == "Monitor Hu Demo" and row["New value"] == "signed out" for row in rows)
    assert "CANARY" not in str(rows)


def test_a_site_sees_its_own_participants_and_people(cast):
    participant_at("consented")
    seen = copied(cast.investigator)
    assert any(row["Form or table"] == "Participant" for row in seen)
    assert {row["Who"] for row in seen if row["Form or table"] == "Sign-ins and copies"} <= {"Dr. Lin Demo"}
    assert trail(cast.investigator, "?participant=02-001") == []


def test_filters_and_order(cast):
    subject, _now = participant_at("screened")
    everything = copied(cast.inspector)
    by_role = copied(cast.inspector, role="coordinator")
    assert by_role
    assert {row["Role"] for row in by_role} == {"Site coordinator"}
    of_one = copied(cast.inspector, participant=subject.number)
    assert 0 < len(of_one) < len(everything)
    assert {row["Participant"] for row in of_one} == {subject.number}
    assert subject.number in trail(cast.inspector, f"?participant={subject.number}")[0]
    assert {row["Who"] for row in copied(cast.inspector, person="mei")} == {"Mei Demo"}
    changed = copied(cast.inspector, operation="U", what="enrollment_subject")
    assert {(row["Action"], row["Form or table"]) for row in changed} == {("changed", "Participant")}
    today, tomorrow = timezone.localdate(), timezone.localdate() + timedelta(days=1)
    assert copied(cast.inspector, since=tomorrow) == []
    assert copied(cast.inspector, until=today, participant=subject.number) == of_one
    assert (
        copied(cast.inspector, order="oldest", participant=subject.number)[0]["When (UTC)"]
        == of_one[-1]["When (UTC)"]
    )
    trail(cast.inspector, "?role=emperor", status=422)


@pytest.mark.parametrize(
    "asked", ["since=1900-01-01", "until=2199-12-31", "since=1900-01-01&until=2199-12-31"]
)
def test_the_first_and_the_last_day_there_are(cast, asked):
    participant_at("consented")
    assert len(trail(cast.inspector, f"?{asked}&order=oldest")) == len(trail(cast.inspector, "?order=oldest"))
    assert trail(cast.inspector, "?until=1900-01-01&since=2199-12-31") == []
    trail(cast.inspector, "?since=0001-01-01", status=422)


def test_looks_of_one_day_are_one_row_until_the_study_is_unblinded(cast, monkeypatch, clock):
    subject, now = participant_at("released")
    clock(datetime.now(UTC) + timedelta(days=1))
    for member in (cast.pharmacist, cast.pharmacist, cast.second_pharmacist):
        record_access(subject, purpose=Purpose.PREPARE, why="CANARY", by=member.actor())

    def looks():
        told = copied(cast.inspector, what="randomization_accessrecord", order="oldest")
        return [(row["Who"], len(row["When (UTC)"])) for row in told]

    day = len("2026-03-17")
    people = [cast.pharmacist.staff.full_name, cast.second_pharmacist.staff.full_name]
    assert sorted(looks()) == sorted((who, day) for who in people)
    first = copied(cast.inspector, order="oldest")[0]
    assert first["Form or table"] == "Look at unblinded data", "they stand at the beginning of their day"
    monkeypatch.setattr(timezone, "now", lambda: now)
    place_lock(None, by=cast.data_manager.actor(now), at=now)
    unblinded(cast, now)
    assert sum(length > day for _who, length in looks()) == AccessRecord.objects.count() > 3


def test_no_number_of_an_event_is_told(cast):
    """Two of them would tell how many events between them are not shown."""
    by, now = cast.monitor.actor(), timezone.now()
    monitoring.record_monitoring_visit(
        cast.site, held_on=timezone.localdate(), manner=Manner.ON_SITE, by=by, at=now
    )
    fields = {row["Field"] for row in copied(cast.inspector, what="monitoring_monitoringvisit")}
    assert "as of" not in fields
    assert fields


def test_a_copy_is_in_the_trail_with_what_was_asked_for(cast):
    copied(cast.monitor, role="nurse")
    occurrence = Occurrence.objects.get()
    assert (occurrence.kind, occurrence.person.full_name, occurrence.detail) == (
        "trail_copied",
        "Monitor Hu Demo",
        "role: nurse",
    )
    assert "copy of the audit trail taken" in trail(cast.inspector)[0]


def test_a_change_prompted_by_a_query_says_so(cast):
    subject, now = participant_at("followed")
    record = Laboratory.objects.filter(visit__subject=subject).first()
    ref = RecordRef("LB", record.pk, subject.number, subject.site_id, "crp_mg_l")

    @action
    def correct(values, *, reason, by):
        amend(record, values, version=record.version, reason=reason)

    correct({"crp_mg_l": 71}, reason="before anybody asked", by=cast.coordinator.actor())
    query = monitoring.open_query(
        ref, text="Really?", origin=Query.Origin.PERSON, by=cast.monitor.actor(now), at=now
    )
    correct({"crp_mg_l": 72}, reason="misread", by=cast.coordinator.actor())
    monitoring.close_query(query, text="fine", by=cast.monitor.actor(now), at=now)
    correct({"crp_mg_l": 73}, reason="after it was settled", by=cast.coordinator.actor())
    prompted = {
        row["Reason"]: row["Prompted by"]
        for row in copied(cast.inspector, what="outcomes_laboratory", operation="U")
    }
    asked = copied(cast.inspector, what="monitoring_query", participant=subject.number)
    assert {row["Participant"] for row in asked} == {subject.number}
    assert prompted == {
        "before anybody asked": "",
        "misread": f"{query.number} (person)",
        "after it was settled": "",
    }
    assert any(f"Prompted by query {query.number} (person)" in row for row in trail(cast.monitor))


def test_a_cell_that_a_spreadsheet_would_run_is_text(cast):
    close_account(cast.nurse.staff, reason="=1+1", by=cast.administrator.actor())
    assert "'=1+1" in {row["Reason"] for row in copied(cast.inspector)}


def test_a_data_manager_records_a_review_and_everybody_who_reads_the_trail_sees_it(cast):
    seal()
    page, today = reverse("casebook:audit_reviews"), timezone.localdate()
    given = {"since": today - timedelta(days=30), "until": today, "findings": "No unexplained change."}
    client = signed_in(cast.data_manager)
    for wrong, sentence in (
        ({"until": today + timedelta(days=2)}, "in the future"),
        ({"since": today, "until": today - timedelta(days=1)}, "before the first one"),
        ({"findings": "  "}, "required"),
    ):
        answer = client.post(page, given | wrong)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert client.post(page, given).status_code == 302
    review = AuditReview.objects.get()
    assert (review.findings, review.seal) == ("No unexplained change.", 1)
    assert "No unexplained change." in text(get(cast.inspector, page))
    assert signed_in(cast.monitor).post(page, given).status_code == 403
    assert Event.objects.filter(table="monitoring_auditreview").count() == 1


def test_looks_at_the_whole_study_are_in_it_without_their_reason(cast):
    by = Member("statistician.unblinded@demo.example").actor()
    unblinding.record_study_access(why="CANARY reason", by=by)
    page = signed_in(cast.data_manager).get("/audit/").content.decode()
    assert "Look at the whole study by treatment" in page
    assert "CANARY" not in page


def test_what_was_removed_stays_readable_with_who_and_why(cast, followed, owner):
    """A tombstone: only the owner can remove a row at all, and the trail keeps what it said."""
    event = followed.event(term="Headache after lunch")
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM outcomes_adverseevent WHERE id = %s", [event.pk])
    reader = signed_in(cast.monitor)
    for page in (f"/participants/{followed.subject.number}/audit/", "/audit/"):
        told = reader.get(page).content.decode()
        assert "Headache after lunch" in told
        assert "removed" in told


def test_the_head_of_the_rooms_chain_is_shown_to_unblinded_people_only(cast):
    seal_room()
    head = room_head()
    desk = signed_in(cast.pharmacist).post("/unblinded/supply/01/").content.decode()
    assert head.hash in desk
    for who in (cast.monitor, cast.data_manager, cast.inspector):
        assert head.hash not in signed_in(who).get("/audit/").content.decode()

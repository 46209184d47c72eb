"""Participants, casebook, audit trail and protocol, as each role gets them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from dosing.selectors import order_of
from enrollment import actions as enrollment
from enrollment.models import Subject
from enrollment.selectors import screening_of
from randomization.selectors import commitment
from tests.story import participant_at
from tests.views.pages import BLINDED, DAY, ask, casebook, get, page_of, signed_in, text
from trial_site.casebook.selectors.book import DATASETS


@pytest.mark.django_db
def test_the_list_costs_the_same_number_of_queries_for_five_and_for_twenty(cast):
    def queries_for(how_many: int) -> int:
        while Subject.objects.count() < how_many:
            participant_at("screened", seed=Subject.objects.count())
        client = signed_in(cast.monitor)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            response = client.get(reverse("casebook:subjects"))
        assert response.content.count(b'<th scope="row">') == how_many
        return len(asked)

    assert queries_for(5) == queries_for(20)


@pytest.mark.django_db
def test_participants_are_found_by_number_and_by_nothing_that_is_hidden(cast):
    for seed in (1, 2):
        participant_at("consented", seed=seed)
    client, url = signed_in(cast.monitor), reverse("casebook:subjects")

    def numbers(**asked: str) -> list[str]:
        page = html.fromstring(client.get(url, asked).content)
        return [cell.text_content().strip() for cell in page.xpath("//tbody//th")]

    assert numbers(number="002") == ["01-002"]
    assert numbers(number="999") == []
    everybody = numbers()
    for hidden in ("assignment", "arm", "kit", "state", "randomization__number", "ordering", "o"):
        assert numbers(**{hidden: "CANARYCELLS"}) == everybody


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("member", "status"),
    [
        ("coordinator", 200),
        ("assessor", 200),
        ("inspector", 200),
        ("pharmacist", 403),
        ("statistician", 403),
        ("administrator", 404),
        ("outsider", 404),
    ],
)
def test_a_casebook_opens_for_its_readers(cast, member, status):
    subject, _now = participant_at("consented")
    get(getattr(cast, member), casebook(subject), status)


@pytest.mark.django_db
def test_the_casebook_shows_values_with_unit_query_signature_and_history(cast):
    subject, now = participant_at("eligible")
    query = ask(cast, subject, now)
    page = get(cast.monitor, casebook(subject))
    rate = screening_of(subject).respiratory_rate
    [beside] = page.xpath(f"//dd[.//a[text()='{query.number}']]")
    assert f"{rate} /min" in " ".join(beside.text_content().split())
    assert "I confirm that this participant is eligible" in text(page)
    assert "changed after signature" not in text(page)
    [consent, *_others] = page.xpath("//details[@class='history']")
    assert "Asia/Shanghai" in consent.text_content()
    assert "History: created, not changed" in text(page)


@pytest.mark.django_db
def test_a_missing_value_says_why(cast):
    subject, now = participant_at("screened")
    screening = screening_of(subject)
    enrollment.amend_screening(
        screening,
        values={"missing": {"culture_sample_date": "ND"}},
        version=screening.version,
        reason="No culture was taken",
        by=cast.coordinator.actor(),
        at=now,
    )
    page = get(cast.coordinator, casebook(subject))
    assert "not done" in [one.text_content() for one in page.xpath("//*[@class='missing']")]
    assert "No culture was taken" in text(page)


@pytest.mark.django_db
def test_only_who_may_ask_is_offered_to_ask_and_only_who_may_correct_to_correct(cast):
    subject, _now = participant_at("screened")
    screening = screening_of(subject)
    question = reverse("monitoring:open_query", args=["SC", screening.pk, "sex"])
    correct = page_of(subject, "enrollment:screening")

    def offered(member) -> set[str]:
        return {question, correct} & set(get(member, casebook(subject)).xpath("//main//@href"))

    assert offered(cast.monitor) == {question}
    assert offered(cast.coordinator) == {correct}
    assert offered(cast.inspector) == set()


@pytest.mark.django_db(transaction=True)
def test_the_assessor_sees_assessor_forms_and_no_infusion_day(cast):
    subject, _now = participant_at("followed")
    page = get(cast.assessor, casebook(subject))
    assert {title.text for title in page.xpath("//h2")} >= {"Visit", "Vital signs and oxygen support"}
    said = text(page)
    for hidden in (
        "Laboratory",
        "Adverse event",
        "Infusion started",
        "Screening",
        order_of(subject).kit.number,
    ):
        assert hidden not in said
    assert "Infused on" not in text(get(cast.assessor, reverse("casebook:subjects")))


@pytest.mark.django_db(transaction=True)
def test_no_page_of_a_blinded_person_holds_an_arm(cast):
    subject, _now = participant_at("followed")
    paths = [
        "/",
        reverse("casebook:subjects"),
        casebook(subject),
        page_of(subject, "casebook:audit"),
        page_of(subject, "casebook:audit") + "?page=2",
        reverse("casebook:queries"),
        reverse("casebook:protocol"),
    ]
    for member in BLINDED:
        client = signed_in(getattr(cast, member))
        for path in paths:
            response = client.get(path)
            assert b"CANARY" not in response.content, (member, path)
            assert b"LOT-" not in response.content, (member, path)


@pytest.mark.django_db
def test_the_casebook_counts_queries_of_the_database_by_form_not_by_record(cast):
    subject, _now = participant_at("eligible")
    client = signed_in(cast.inspector)
    with CaptureQueriesContext(connection) as asked:
        client.get(casebook(subject))
    assert len(asked) < 40 + len(DATASETS)


@pytest.mark.django_db(transaction=True)
def test_visits_are_shown_with_window_status_and_forms(cast, clock):
    subject, _now = participant_at("infused")
    clock(subject.planned_infusion_at + 7 * DAY)
    page = get(cast.assessor, casebook(subject))
    [row] = page.xpath("//tr[th[text()='Day 7']]")
    assert "due" in row.text_content()
    assert page_of(subject, "outcomes:visit", "D7") in row.xpath(".//a/@href")


@pytest.mark.django_db
def test_the_audit_trail_tells_everything_newest_first(cast):
    subject, now = participant_at("screened")
    ask(cast, subject, now)
    rows = get(cast.inspector, page_of(subject, "casebook:audit")).xpath("//tbody/tr")
    said = [" ".join(row.text_content().split()) for row in rows]
    assert "Please check against the chart." in said[0]
    assert "Participant: created" in said[-1]
    assert any("Consented" in row or "consented" in row for row in said)
    assert all("Demo" in row for row in said)


@pytest.mark.django_db(transaction=True)
def test_a_change_behind_the_applications_back_is_in_the_trail(cast, owner):
    subject, _now = participant_at("consented")
    with owner() as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE enrollment_subject SET identified_on = '2020-01-31' WHERE id = %s", [subject.pk]
        )
    newest = get(cast.monitor, page_of(subject, "casebook:audit")).xpath("//tbody/tr")[0].text_content()
    assert "Database login" in newest
    assert "31 Jan 2020" in newest


@pytest.mark.django_db
@pytest.mark.parametrize(("member", "status"), [("coordinator", 403), ("nurse", 403), ("outsider", 404)])
def test_the_audit_trail_needs_its_own_delegation(cast, member, status):
    subject, _now = participant_at("consented")
    get(getattr(cast, member), page_of(subject, "casebook:audit"), status)


@pytest.mark.django_db(transaction=True)
def test_the_reason_of_a_look_into_the_sealed_room_is_in_no_blinded_trail(cast):
    subject, _now = participant_at("released")
    first = text(get(cast.inspector, page_of(subject, "casebook:audit")))
    second = text(get(cast.inspector, page_of(subject, "casebook:audit") + "?page=2"))
    assert "Release of the bag" in first + second
    assert "Prepare the product" not in first + second


@pytest.mark.django_db
def test_the_protocol_shows_the_registrys_reading_beside_ours_and_the_commitment(cast):
    page = get(cast.statistician, reverse("casebook:protocol"))
    entry = " ".join(page.xpath("//tr[@id='entry-1']")[0].text_content().split())
    assert "30/min or more" in entry
    assert "below 30/min" in entry
    assert "moderate.respiratory_rate < 30" in entry
    assert "Arm(" not in text(page)
    assert len(page.xpath("//tr[starts-with(@id, 'entry-')]")) == 36
    assert commitment().sha256 in text(page)

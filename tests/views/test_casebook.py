"""Start page, participants, casebook, audit trail, queries and protocol, as each role gets them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from lxml import html

from dosing.actions import cancel_slot
from dosing.selectors import order_of, slot_of
from enrollment import actions as enrollment
from enrollment.models import Subject
from enrollment.selectors import screening_of
from randomization.selectors import commitment
from tests.story import participant_at
from trial_site.casebook.selectors import next_step, work_of
from trial_site.casebook.selectors.book import DATASETS
from trial_site.core.actors import Actor
from trial_site.monitoring import actions
from trial_site.monitoring.models import Query, QueryState
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import ref_of

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BLINDED = [
    "principal",
    "investigator",
    "coordinator",
    "nurse",
    "assessor",
    "monitor",
    "data_manager",
    "statistician",
    "medical_monitor",
    "inspector",
    "administrator",
]


@pytest.fixture
def clock(monkeypatch):
    """Sets the time at which pages are opened, inside the story."""
    return lambda at: monkeypatch.setattr(timezone, "now", lambda: at)


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member.staff)
    return client


def get(member, path: str, status: int = 200) -> html.HtmlElement:
    response = signed_in(member).get(path)
    assert response.status_code == status
    return html.fromstring(response.content)


def text(page: html.HtmlElement) -> str:
    return " ".join(page.xpath("//main")[0].text_content().split())


def casebook(subject: Subject) -> str:
    return reverse("casebook:subject", args=[subject.number])


def work(member, at) -> list[tuple[str, str]]:
    return [(todo.sentence, todo.url) for todo in work_of(member.actor(at), at=at)]


def page_of(subject: Subject, view: str, *rest: str) -> str:
    return reverse(view, args=[subject.number, *rest])


# --- What must I do now ---


@pytest.mark.django_db
def test_somebody_logged_waits_for_the_coordinator_and_for_nobody_else(cast):
    now = timezone.now()
    subject = enrollment.log_person_seen(
        cast.site, on=cast.site.date_of(now), by=cast.coordinator.actor(), at=now
    )
    consent = page_of(subject, "enrollment:consent")
    assert work(cast.coordinator, now) == [(f"Record whether {subject.number} consents", consent)]
    for member in ("investigator", "nurse", "assessor", "monitor", "pharmacist", "outsider"):
        assert work(getattr(cast, member), now) == []


STEPS = [
    ("consented", "coordinator", "Fill in the screening form", "enrollment:screening"),
    ("screened", "investigator", "Decide on the eligibility", "enrollment:eligibility"),
    ("eligible", "coordinator", "Reserve the infusion", "dosing:slot"),
    ("ready", "coordinator", "Randomize", "randomization:randomize"),
]
LATER_STEPS = [
    ("randomized", "investigator", "Re-check", "dosing:order"),
    ("ordered", "pharmacist", "Prepare kit", "dosing:prepare"),
    ("infused", "pharmacist", "Take back the bag", "dosing:take_back"),
    ("released", "nurse", "Take over the bag", "dosing:infusion"),
    ("handed_over", "nurse", "Start the infusion", "dosing:infusion"),
    ("started", "nurse", "Record the end of the infusion", "dosing:infusion"),
]


def give_back_slot(cast, subject: Subject, now) -> None:
    slot = slot_of(subject)
    cancel_slot(slot, reason="The ward is full", by=cast.coordinator.actor(now), at=now)


def waits(cast, stage: str, member: str, sentence: str, view: str) -> None:
    subject, now = participant_at(stage)
    if stage == "eligible":
        give_back_slot(cast, subject, now)
    if stage == "randomized":
        now = max(now, subject.planned_infusion_at - HOUR)
    found = dict(work(getattr(cast, member), now))
    said = next(one for one in found if one.startswith(sentence))
    assert subject.number in said
    assert found[said] == page_of(subject, view)
    assert next_step(getattr(cast, member).actor(now), subject, at=now).url == found[said]


@pytest.mark.django_db
@pytest.mark.parametrize(("stage", "member", "sentence", "view"), STEPS)
def test_each_step_waits_for_whose_job_it_is(cast, stage, member, sentence, view):
    waits(cast, stage, member, sentence, view)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("stage", "member", "sentence", "view"), LATER_STEPS)
def test_each_later_step_waits_for_whose_job_it_is(cast, stage, member, sentence, view):
    waits(cast, stage, member, sentence, view)


@pytest.mark.django_db
def test_a_signature_that_lapsed_before_randomization_waits_for_the_investigator(cast):
    subject, now = participant_at("ready")
    later = now + DAY + HOUR
    again = f"Sign the eligibility of {subject.number} again: the signature is out of date"
    assert again in dict(work(cast.investigator, later))
    assert work(cast.coordinator, later) == []


@pytest.mark.django_db(transaction=True)
def test_visits_wait_for_assessor_and_coordinator_each_with_their_own_forms(cast):
    subject, _now = participant_at("infused")
    at = subject.planned_infusion_at + 7 * DAY
    page = page_of(subject, "outcomes:visit", "D7")
    titles = {"assessor": ("VS", "CP", "NS", "SY"), "coordinator": ("LB", "LH", "LC", "LK", "PC", "EG")}
    for who, forms in titles.items():
        listed = ", ".join(str(label_of(form)) for form in forms)
        assert dict(work(getattr(cast, who), at))[f"{subject.number}, Day 7: record {listed}"] == page


@pytest.mark.django_db
def test_queries_wait_for_the_site_and_answers_for_the_reviewer(cast):
    subject, now = participant_at("screened")
    query = ask(cast, subject, now)
    assert any(query.number in said for said, _url in work(cast.coordinator, now))
    assert work(cast.monitor, now) == []
    actions.answer_query(query, text="It is.", by=cast.coordinator.actor(), at=now)
    assert [url for _said, url in work(cast.monitor, now)] == [
        reverse("monitoring:query", args=[query.number])
    ]


@pytest.mark.django_db
def test_the_most_urgent_comes_first_with_its_days_left_and_a_link(cast, clock):
    subject, now = participant_at("eligible")
    give_back_slot(cast, subject, now)
    enrollment.log_person_seen(cast.site, on=cast.site.date_of(now), by=cast.coordinator.actor(now), at=now)
    clock(now)
    first, last = get(cast.coordinator, "/").xpath("//tbody/tr")
    assert "days left" in first.text_content()
    assert "as soon as possible" in last.text_content()
    assert first.xpath(".//a/@href") == [page_of(subject, "dosing:slot")]


@pytest.mark.django_db
def test_with_nothing_to_do_the_start_page_says_so(cast):
    assert "Nothing waits for you" in text(get(cast.coordinator, "/"))
    assert "Where you may go" not in text(get(cast.coordinator, "/"))


@pytest.mark.django_db
def test_a_role_for_which_no_work_ever_waits_is_told_where_to_go(cast):
    said = text(get(cast.statistician, "/"))
    assert "Nothing waits" not in said
    assert "Exports" in said


# --- Participants ---


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


# --- The casebook ---


def ask(cast, subject: Subject, at) -> Query:
    ref = ref_of("SC", screening_of(subject), "respiratory_rate")
    return actions.open_query(
        ref, text="Please check against the chart.", origin="person", by=cast.monitor.actor(at), at=at
    )


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


# --- Queries through their pages ---


@pytest.mark.django_db
def test_the_start_page_counts_queries_for_those_who_settle_them(cast):
    subject, now = participant_at("screened")
    ask(cast, subject, now)
    home = get(cast.monitor, "/")
    [link] = home.xpath("//a[@href='/queries/?state=open']")
    assert link.text_content() == "1 query"
    assert not get(cast.nurse, "/").xpath("//a[contains(@href, '?state=')]")


@pytest.mark.django_db
def test_the_coordinator_logs_people_and_reads_the_reminders_from_the_start_page(cast):
    page = get(cast.coordinator, "/")
    [button] = page.xpath("//div[@class='actions']/a[contains(@class, 'btn-primary')]/@href")
    assert button == reverse("enrollment:log")
    assert page.xpath(f"//div[@class='actions']/a[@href='{reverse('outcomes:reminders')}']")
    assert not get(cast.investigator, "/").xpath("//div[@class='actions']/a")
    assert get(cast.administrator, "/").xpath("string(//h1)") == "To do"


@pytest.mark.django_db
def test_a_query_is_asked_answered_and_closed_on_its_pages(cast):
    subject, _now = participant_at("screened")
    screening = screening_of(subject)
    question = reverse("monitoring:open_query", args=["SC", screening.pk, "respiratory_rate"])
    monitor, coordinator = signed_in(cast.monitor), signed_in(cast.coordinator)
    assert str(screening.respiratory_rate) in text(get(cast.monitor, question))
    assert monitor.post(question, {"text": ""}).status_code == 422
    asked = monitor.post(question, {"text": "Is this right?"})
    assert asked.url == f"{casebook(subject)}#SC-{screening.pk}"
    query = Query.objects.get()
    thread = reverse("monitoring:query", args=[query.number])
    assert coordinator.post(thread, {"verb": "close", "text": ""}).status_code == 422
    assert coordinator.post(thread, {"verb": "answer", "text": "It is."}).status_code == 302
    assert monitor.post(thread, {"verb": "close", "text": ""}).status_code == 302
    query.refresh_from_db()
    assert query.state == QueryState.CLOSED
    page = get(cast.coordinator, thread)
    assert "It is." in text(page)
    assert f"Value now{screening.respiratory_rate} /min" in "".join(text(page).split("  "))
    assert not page.xpath("//button[@name='verb']")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("member", "status"), [("coordinator", 403), ("inspector", 403), ("assessor", 404), ("outsider", 404)]
)
def test_nobody_else_opens_the_page_that_asks(cast, member, status):
    subject, _now = participant_at("screened")
    question = reverse("monitoring:open_query", args=["SC", screening_of(subject).pk, "sex"])
    assert signed_in(getattr(cast, member)).get(question).status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(("form", "field"), [("SC", "shoe_size"), ("SC", "version"), ("XX", "sex")])
def test_only_fields_of_forms_can_be_asked_about(cast, form, field):
    subject, _now = participant_at("screened")
    path = reverse("monitoring:open_query", args=[form, screening_of(subject).pk, field])
    get(cast.monitor, path, 404)


@pytest.mark.django_db
def test_the_list_of_queries_shows_what_is_to_settle_and_each_state(cast):
    subject, now = participant_at("screened")
    first, second = ask(cast, subject, now), ask(cast, subject, now)
    actions.close_query(second, by=cast.monitor.actor(), at=now)
    url = reverse("casebook:queries")

    def listed(asked: str) -> set[str]:
        return {cell.text_content() for cell in get(cast.coordinator, url + asked).xpath("//tbody/tr/th")}

    assert listed("") == {first.number}
    assert listed("?state=closed") == {second.number}
    assert listed("?state=nonsense") == {first.number}
    assert "Every query is settled" in text(get(cast.outsider, url))


# --- Audit trail and protocol ---


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
    assert len(page.xpath("//tr[starts-with(@id, 'entry-')]")) == 36
    assert commitment().sha256 in text(page)


@pytest.mark.django_db
def test_a_system_task_has_no_start_page_to_fill(cast):
    assert work_of(Actor.system("edit check"), at=timezone.now()) == []

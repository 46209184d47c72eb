"""The start page: what waits for whom, until when, and where it is done."""

import pytest
from django.urls import reverse
from django.utils import timezone

from dosing.actions import cancel_slot
from dosing.selectors import slot_of
from enrollment import actions as enrollment
from enrollment.models import Subject
from tests.story import participant_at
from tests.views.pages import DAY, HOUR, ask, get, page_of, text, work
from trial_site.casebook.selectors import next_step, work_of
from trial_site.core.actors import Actor
from trial_site.monitoring import actions
from trial_site.monitoring.registry import label_of


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
def test_a_system_task_has_no_start_page_to_fill(cast):
    assert work_of(Actor.system("edit check"), at=timezone.now()) == []

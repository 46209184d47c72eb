"""A visit from the first value typed to the last form saved; an edit that somebody else was faster with; a serious
event from its entry to the report on paper."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from outcomes.actions import amend_adverse_event, amend_visit_form, record_adverse_event
from outcomes.models import AdverseEvent, FormDraft, VitalSigns
from tests.journeys import answers
from tests.journeys.conftest import now
from tests.journeys.follow_up import infused_a_week_ago
from trial_site.casebook.selectors.visits import timeline

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = "Everything typed is kept as a draft."
SYMPTOMS = (
    "fever",
    "cough",
    "dyspnoea",
    "sore_throat",
    "fatigue",
    "muscle_pain",
    "taste_smell_loss",
    "diarrhoea",
)


def says(person, form, sentence) -> None:
    expect(person.page.locator(f"#{form} .draft-state")).to_contain_text(sentence, timeout=10_000)


def signs(at):
    return answers.VITAL_SIGNS | {"measured_at": at, "oxygen_device": "none"}


def test_a_whole_visit_of_the_assessor(person, site, cast) -> None:
    number, at = infused_a_week_ago(site).number, now(site)
    assessor = person("assessor")
    assessor.do("Day 7", number)
    assessor.fill("SY", assessed_at=at, fever="1")
    says(assessor, "SY", KEPT)
    assessor.page.reload()
    assessor.sees("You typed this and have not saved it.")
    expect(assessor.page.locator('#SY [name="fever"]')).to_have_value("1")
    assessor.look("visit-draft")
    assessor.fill("VS", **signs(at) | {"heart_rate": "162"})
    assessor.page.locator('#VS [name="heart_rate"]').press("Tab")
    expect(assessor.page.locator("#live-VS")).to_contain_text(
        "162 is outside the expected range", timeout=10_000
    )
    assessor.fill("VS", heart_rate="88")
    assessor.press("Save: Vital signs")
    assessor.sees("Saved: Vital signs and oxygen support.")
    assessor.fill("CP", assessed_at=at, score="4")
    assessor.press("Save: WHO")
    assessor.sees("Saved: WHO Clinical Progression Scale.")
    assessor.fill("NS", assessed_at=at, severity="moderate")
    assessor.press("Save: Severity")
    assessor.sees("Saved: Severity class.")
    assessor.fill("SY", **dict.fromkeys(SYMPTOMS, "0"))
    assessor.press("Save: Symptoms")
    assessor.sees("Saved: Symptoms.")
    assessor.look("visit-saved")
    assert not FormDraft.objects.exists()
    subject = VitalSigns.objects.latest("pk").subject
    rows = timeline(cast.assessor.actor(), subject, at=datetime.now(UTC))
    [day_7] = [row for row in rows if row.planned.code == "D7"]
    assert {form.state for form in day_7.forms if form.title != "Daily status"} == {"done"}


def test_an_edit_that_somebody_else_was_faster_with_shows_both(person, site, cast) -> None:
    number, at = infused_a_week_ago(site).number, now(site)
    assessor = person("assessor")
    assessor.do("Day 7", number)
    assessor.fill("VS", **signs(at))
    assessor.press("Save: Vital signs")
    assessor.sees("Saved: Vital signs and oxygen support.")
    record = VitalSigns.objects.latest("pk")
    colleague = cast.assessor.actor()
    change = {"values": {"heart_rate": 99}, "version": 1, "reason": "Read again", "by": colleague}
    assessor.page.locator("#VS > summary").click()
    amend_visit_form(record, at=datetime.now(UTC), **change)
    assessor.fill("VS", heart_rate="77", reason="Typing error")
    says(assessor, "VS", "This form was saved meanwhile.")
    assessor.press("Save: Vital signs")
    pulse = assessor.page.locator("#div_VS_heart_rate")
    expect(pulse).to_contain_text("99")
    expect(pulse.locator("input")).to_have_value("77")
    assessor.look("visit-stale")
    assert VitalSigns.objects.get(pk=record.pk).heart_rate == 99
    assessor.press("Save: Vital signs")
    assessor.sees("Saved: Vital signs and oxygen support.")
    assert VitalSigns.objects.get(pk=record.pk).heart_rate == 77
    # What the browser's console reports of drafts that were refused.
    assessor.watch.problems = [one for one in assessor.watch.problems if "409" not in one]


def test_an_event_that_a_colleague_was_faster_with_shows_both(person, site, cast) -> None:
    subject, at = infused_a_week_ago(site), datetime.now(UTC)
    values = {"term": "Headache", "started_on": site.date_of(at), "grade": 1, "serious": False}
    values |= {"ended_on": None, "outcome": "recovering"}
    event = record_adverse_event(subject, values=values, by=cast.coordinator.actor(), at=at)
    coordinator = person("coordinator")
    coordinator.open(f"/visits/{subject.number}/adverse-events/{event.number}/")
    faster = {"values": {"term": "Migraine"}, "version": 1, "reason": "Neurologist"}
    amend_adverse_event(event, **faster, by=cast.investigator.actor(), at=datetime.now(UTC))
    coordinator.fill(term="Tension headache", reason="Asked again")
    told = "This form was saved meanwhile."
    expect(coordinator.page.locator(".draft-state")).to_contain_text(told, timeout=20_000)
    coordinator.press("Save the changes")
    term = coordinator.page.locator("#div_id_term")
    expect(term).to_contain_text("Migraine", timeout=20_000)
    expect(term.locator("input")).to_have_value("Tension headache")
    coordinator.look("event-stale")
    assert AdverseEvent.objects.get(pk=event.pk).term == "Migraine"
    coordinator.press("Save the changes")
    coordinator.sees("Saved: adverse event.")
    assert AdverseEvent.objects.get(pk=event.pk).term == "Tension headache"
    assert not FormDraft.objects.exists()
    coordinator.watch.problems = [one for one in coordinator.watch.problems if "409" not in one]


def test_a_serious_event_from_its_entry_to_the_report_on_paper(person, site) -> None:
    number, at = infused_a_week_ago(site).number, now(site)
    coordinator, officer = person("coordinator"), person("safety_officer")
    coordinator.open(f"/visits/{number}/adverse-events/")
    coordinator.fill(term="Bacterial pneumonia", started_on=at[:10], grade="3", outcome="recovering")
    coordinator.fill(serious="True", hospitalisation=True, aware_at=at)
    coordinator.press("Record the event")
    coordinator.sees("Saved: adverse event.")
    coordinator.do("Report the serious event", number)
    coordinator.look("serious-event")
    coordinator.fill(narrative="Fever and a new consolidation; antibiotics; longer stay in hospital.")
    coordinator.press("Report to the sponsor")
    coordinator.sees("The report is made.", "reported")
    with coordinator.page.expect_download() as download:
        coordinator.follow("Report as PDF")
    path = coordinator.watch.folder / "serious.pdf"
    download.value.save_as(path)
    assert path.read_bytes().startswith(b"%PDF")
    assert download.value.suggested_filename == f"SAE-{number}-1.pdf"
    officer.do("Assess the serious event", number)
    officer.fill(reference_version="IB 3.0", expectedness="expected", sponsor_causality="not_related")
    officer.fill(grounds="Expected in this disease.")
    officer.press("Keep the assessment")
    officer.look("assessment")
    coordinator.page.reload()
    coordinator.sees("assessed")

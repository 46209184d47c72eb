"""Queries asked, answered and listed on their pages."""

import pytest
from django.urls import reverse

from enrollment.selectors import screening_of
from tests.story import participant_at
from tests.views.pages import ask, casebook, get, signed_in, text
from trial_site.monitoring import actions
from trial_site.monitoring.models import Query, QueryState


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

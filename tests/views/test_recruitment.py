"""The recruitment page and the screening log, as whoever reads casebooks sees them."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from enrollment import actions
from tests.clinic import NOW, TODAY, consented, eligible, log, screened
from tests.story import participant_at

PAGE, LOG = "/recruitment/", "/recruitment/screening-log/"


def get(member, path=PAGE, status=200) -> str:
    client = Client()
    client.force_login(member.staff)
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def boxes(page: str) -> dict[str, int]:
    """What the table says, by box; the first of each name."""
    rows = re.findall(r'<tr><th scope="row">([^<]+)</th><td>[^<]*</td><td class="number">(\d+)</td>', page)
    return {title: int(number) for title, number in reversed(rows)}


@pytest.fixture
def people(cast, monkeypatch):
    """One declined, one screen failure, one eligible, one whose consent is withdrawn; the clock stands at NOW."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    actions.record_declined(log(cast), by=cast.coordinator.actor(NOW))
    failure = screened(cast, respiratory_rate=31)
    reasons = {"IN01b1": "31 by the chart", "IN04b": "Too fast"}
    by = cast.investigator.actor(NOW)
    actions.record_screen_failure(failure, reasons=reasons, password=cast.password, by=by, at=NOW)
    eligible(cast)
    left = consented(cast)
    actions.record_withdrawal(left, kind="consent", on=TODAY, by=cast.coordinator.actor(NOW), at=NOW)
    return cast


@pytest.mark.django_db
def test_the_flow_counts_everyone_once_and_the_picture_says_what_the_table_says(people):
    page = get(people.monitor)
    found = boxes(page)
    assert found["Assessed for eligibility"] == 4
    assert found["Excluded"] == 3
    assert found["Still in screening"] == 1
    picture = page[page.index("<svg") : page.index("</svg>")]
    for title, number in found.items():
        assert f"{title} (n = {number})" in picture
    assert "both arms together" in picture
    assert 'style="' not in picture


@pytest.mark.django_db
def test_the_log_gives_each_reason(people):
    page = get(people.inspector, LOG)
    assert "IN01b1: 31 by the chart" in page
    assert "withdraws consent" in page
    assert "declined" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "status"),
    [("principal", 200), ("coordinator", 200), ("nurse", 200), ("data_manager", 200), ("medical_monitor", 200),
     ("assessor", 403), ("pharmacist", 403), ("statistician", 403), ("administrator", 403)],
)  # fmt: skip
def test_whoever_reads_casebooks_reads_it(people, who, status):
    get(getattr(people, who), PAGE, status)
    get(getattr(people, who), LOG, status)


@pytest.mark.django_db
def test_another_site_counts_its_own_only(people):
    assert boxes(get(people.outsider))["Assessed for eligibility"] == 0
    assert "01-00" not in get(people.outsider, LOG)


@pytest.mark.django_db
def test_more_people_cost_no_more_queries(people):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            get(people.monitor)
            get(people.monitor, LOG)
        return len(asked)

    before = queries()
    for _each in range(5):
        eligible(people)
    assert queries() == before


@pytest.mark.django_db(transaction=True)
def test_who_received_the_infusion_is_counted_and_accrual_shows_the_randomization(cast):
    participant_at("infused")
    page = get(cast.monitor)
    assert "Received the infusion (n = 1)" in page
    months = re.findall(
        r"<time datetime=\"[\d-]+\">[^<]+</time></th><td class=\"number\">(\d+)</td><td class=\"number\">(\d+)",
        page,
    )
    assert months[-1][1] == "1"
    assert "CANARY" not in page


@pytest.mark.django_db(transaction=True)
def test_a_closed_window_moves_a_waiting_participant_to_those_not_infused(cast, monkeypatch):
    subject, now = participant_at("randomized")
    monkeypatch.setattr(timezone, "now", lambda: now)
    assert "Waiting for the infusion (n = 1)" in get(cast.monitor)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=10))
    page = get(cast.monitor)
    assert "Did not receive the infusion (n = 1)" in page
    assert "randomized, window closed without an infusion (n = 1)" in page
    assert subject.number in get(cast.monitor, LOG)

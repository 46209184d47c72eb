"""The monitor's pages of a study site, the appendix of a visit's report, and one number per count on every page."""

import re
import subprocess
from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from outcomes.models import VitalSigns
from trial_site.casebook.selectors import checklist, oversight, progress_by_site, questions, unsettled
from trial_site.casebook.selectors.oversight import days_open, entries
from trial_site.core.errors import NotAllowed, Refused
from trial_site.monitoring import actions
from trial_site.monitoring.models import Manner, MonitoringVisit, Query
from trial_site.monitoring.selectors import open_queries, ref_of

pytestmark = pytest.mark.django_db(transaction=True)


def monitor(cast) -> Client:
    client = Client()
    client.force_login(cast.monitor.staff)
    return client


def visited(cast, **changes) -> MonitoringVisit:
    given = {"held_on": timezone.localdate() - timedelta(days=1), "manner": Manner.ON_SITE}
    by = {"by": cast.monitor.actor(), "at": timezone.now()}
    return actions.record_monitoring_visit(cast.site, **given | changes, **by)


def seen(cast):
    return oversight(cast.monitor.actor(), cast.site, at=timezone.now())


def test_what_changed_since_the_last_visit_is_new_and_nothing_before(cast, followed):
    vitals = followed.record()
    followed.amend(vitals, heart_rate=81)
    assert seen(cast).changes.filter(table="outcomes_vitalsigns").count() == 1
    visited(cast)
    assert not seen(cast).changes.exists()
    followed.amend(VitalSigns.objects.get(pk=vitals.pk), heart_rate=82, version=2)
    [told] = seen(cast).told(10)
    assert [(one.old, one.new) for one in told.differences] == [(81, 82)]


DAY, VISIT = timedelta(days=1), date(2026, 3, 10)


@pytest.mark.parametrize(
    ("known", "entered", "days"), [(-20, 0, 0), (-20, 6, 6), (0, 6, 6), (4, 6, 2), (30, 30, 0), (30, 36, 6)]
)
def test_a_form_is_late_since_its_visit_but_not_since_before_its_participant_was_logged(known, entered, days):
    assert days_open(VISIT, known_on=VISIT + known * DAY, entered_on=VISIT + entered * DAY) == days


def test_what_the_simulated_past_brought_at_once_is_no_late_entry(cast, followed):
    followed.record()
    assert {entry.days for entry in entries(cast.site) if entry.visit == "D7"} == {0}
    assert seen(cast).late == []


@pytest.mark.parametrize("who", ["coordinator", "data_manager", "inspector", "unblinded_monitor"])
def test_only_the_monitor_records_a_visit(cast, who):
    with pytest.raises(NotAllowed):
        actions.record_monitoring_visit(
            cast.site,
            held_on=timezone.localdate(),
            manner=Manner.REMOTE,
            by=getattr(cast, who).actor(),
            at=timezone.now(),
        )


def test_no_visit_is_in_the_future(cast):
    with pytest.raises(Refused):
        visited(cast, held_on=timezone.localdate() + timedelta(days=2))


def test_the_page_records_a_visit_and_prints_the_appendix(cast, followed, tmp_path):
    vitals = followed.record()
    followed.amend(vitals, heart_rate=81)
    client = monitor(cast)
    assert client.post("/monitoring/01/", {"held_on": "", "manner": "on_site"}).status_code == 422
    page = client.get("/monitoring/01/").content.decode()
    assert "Typing error" in page
    document = client.get("/monitoring/01/appendix.pdf")
    (tmp_path / "appendix.pdf").write_bytes(document.content)
    printed = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "appendix.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "80 → 81" in printed
    assert followed.subject.number in printed
    assert "CANARY" not in printed
    posted = client.post("/monitoring/01/", {"held_on": timezone.localdate().isoformat(), "manner": "remote"})
    assert posted.status_code == 302
    assert "at a distance" in client.get("/monitoring/").content.decode()


def test_one_number_per_count(cast, followed):
    """The same queries are counted on every page that counts them, and so are the values to verify."""
    vitals, now = followed.record(), timezone.now()
    for field in ("heart_rate", "temperature_c"):
        given = {"by": cast.monitor.actor(), "at": now}
        actions.open_query(ref_of("VS", vitals, field), text="?", origin=Query.Origin.PERSON, **given)
    actor, client = cast.monitor.actor(), monitor(cast)
    [count] = {
        open_queries(followed.subject.number).count(),
        sum(found for _state, found in unsettled(actor)),
        questions(actor).count(),
        sum(site.queries for site in progress_by_site(actor)),
        len(seen(cast).queries),
        next(len(one.open) for one in checklist(None, at=now) if str(one.title) == "Every query is settled"),
    }
    assert count >= 2
    home, listed = client.get("/").content.decode(), client.get("/queries/").content.decode()
    assert sum(int(n) for n in re.findall(r"(\d+) quer(?:y|ies)</a>", home)) == count
    assert int(re.search(r"(\d+) quer(?:y|ies)", listed.split("<caption")[1])[1]) == count
    [reviewed] = [r for site in progress_by_site(actor) for _s, r in site.rows]
    [(_subject, due)] = seen(cast).due
    assert due == reviewed.progress
    assert len(seen(cast).deviations) == next(
        len(one.open) for one in checklist(None, at=now) if str(one.title) == "Every deviation is closed"
    )
    place = r'"/monitoring/01/#(\w+)">(\d+)<'
    told = {anchor: int(found) for anchor, found in re.findall(place, home)}
    assert told == {one.anchor: one.found for one in seen(cast).counts}
    page = client.get("/monitoring/01/").content.decode()
    assert told == {anchor: int(found) for anchor, found in re.findall(r'href="#(\w+)">(\d+)<', page)}
    assert (told["queries"], told["due"]) == (count, 1)
    assert len(seen(cast).missing) == next(
        len(one.open) for one in checklist(None, at=now) if str(one.title) == "No form is missing"
    )

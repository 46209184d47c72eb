"""One participant from first contact to the exported case report form, in real browsers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zipfile import ZipFile

import pytest
from lxml import etree
from playwright.sync_api import expect

from dosing.models import InfusionSlot
from enrollment.models import Subject, SubjectState
from randomization.models import AccessRecord
from tests.cast import ARMS
from tests.exports.reading import fold, load_odm, read_csv, read_odm, read_tabulations, text_of
from tests.journeys import answers, follow_up, steps
from tests.journeys.browser import Person
from tests.journeys.conftest import now
from tests.journeys.typed import Typed, missing_from, missing_from_tabulations, missing_from_text
from trial_site.core.models import StudySite
from trial_site.monitoring.models import Query
from trial_site.odm_check.check import check_file

pytestmark = pytest.mark.django_db(transaction=True)
Signed = Callable[[str], Person]


def test_from_first_contact_to_the_export(person: Signed, site: StudySite, clock, tmp_path: Path) -> None:
    typed = treat(person, site, clock) | follow(person, site)
    monitor = person("monitor")
    csv = follow_up.export(monitor, "csv", tmp_path)
    assert missing_from(read_csv(csv), typed, site) == []
    odm = follow_up.export(monitor, "odm-snapshot", tmp_path)
    schema = files("odmlib.schemas") / "odm" / "1.3.2" / "ODM1-3-2.xsd"
    etree.XMLSchema(etree.parse(str(schema))).assertValid(etree.parse(odm))
    assert missing_from(read_odm(load_odm(odm)), typed, site) == []
    history = follow_up.export(monitor, "odm-transactional", tmp_path)
    assert check_file(history).kept == []
    assert missing_from(fold(etree.parse(history)), typed, site) == []
    tables, _define = read_tabulations(follow_up.export(monitor, "dataset-json", tmp_path))
    assert missing_from_tabulations(tables, typed, site) == []
    casebooks = follow_up.export(monitor, "pdf", tmp_path)
    with ZipFile(casebooks) as archive:
        archive.extractall(tmp_path)
    for number in {key[0] for key in typed}:
        theirs = {key: values for key, values in typed.items() if key[0] == number}
        assert missing_from_text(text_of(tmp_path / f"{number}.pdf"), theirs) == []


def treat(person: Signed, site: StudySite, clock) -> Typed:
    """Steps 1 to 5: screening, eligibility, randomization, preparation, infusion."""
    today = site.date_of(datetime.now(UTC))
    coordinator, investigator, nurse = person("coordinator"), person("investigator"), person("nurse")
    coordinator.look("home")
    number, consent = steps.log_and_consent(coordinator, now(site))
    steps.screen_and_watch_the_verdict(coordinator, number, answers.woman(consent["given_at"]))
    steps.sign_eligibility(investigator, number)
    randomization, kit = steps.reserve_and_randomize(coordinator, number)
    order = steps.order(investigator, number, today)
    clock(InfusionSlot.objects.get(subject__number=number).starts_at - timedelta(minutes=40))
    look_and_prepare(person("pharmacist"), number, site)
    before = steps.vital_signs_before(nurse, number, now(site))
    steps.take_over(nurse, number, kit)
    steps.start(nurse, number, kit)
    end = steps.stop(nurse, site)
    return {
        (number, "CO", None, "1.0"): consent,
        (number, "SC", None, None): answers.woman(consent["given_at"]),
        (number, "RA", None, None): {"number": randomization},
        (number, "OR", None, kit): order,
        (number, "IV", None, "00"): before,
        (number, "IN", None, kit): end | {"bag_code": kit},
    }


def look_and_prepare(pharmacist: Person, number: str, site: StudySite) -> None:
    assert not AccessRecord.objects.filter(subject__number=number).exists()
    contents = steps.open_the_kit(pharmacist, number)
    assert AccessRecord.objects.get(subject__number=number).person.email == pharmacist.email
    assert any(arm in contents for arm in ARMS)
    steps.prepare(pharmacist, now(site))


def follow(person: Signed, site: StudySite) -> Typed:
    """Steps 6 and 7 for a participant whose day 7 is today: visit, laboratory, query."""
    number = follow_up.infused_a_week_ago(site).number
    coordinator, monitor = person("coordinator"), person("monitor")
    visit = follow_up.assess_day_7(person("assessor"), number, now(site))
    assert Query.objects.get(subject=number, form="VS", field="heart_rate").origin == Query.Origin.CHECK
    visit["LB"] = follow_up.record_laboratory(coordinator, number, now(site))
    query = follow_up.ask(monitor, number)
    follow_up.answer(coordinator, number, query)
    follow_up.close(monitor, number, query)
    return {(number, form, "D7", None): values for form, values in visit.items()}


def test_a_screening_that_fails(person: Signed, site: StudySite) -> None:
    """A respiratory rate of a severe case: the investigator signs why, and nothing more is offered."""
    coordinator, investigator = person("coordinator"), person("investigator")
    number, consent = steps.log_and_consent(coordinator, now(site))
    severe = answers.man(consent["given_at"]) | {"respiratory_rate": "31"}
    steps.screen(coordinator, number, severe)
    counted = "Counted twice: 31 per minute."
    steps.fail_screening(investigator, number, {"shared": counted})
    investigator.sees("screen failure", counted)
    assert Subject.objects.get(number=number).state == SubjectState.SCREEN_FAILED
    coordinator.open(f"/infusion/{number}/slot/")
    coordinator.sees("There is no infusion to plan")
    expect(coordinator.page.locator('[name="starts_at"]')).to_have_count(0)
    assert not InfusionSlot.objects.exists()

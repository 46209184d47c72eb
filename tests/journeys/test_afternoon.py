"""A whole infusion afternoon at tablets: from the order to the vital signs six hours later. And the last slot."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from dosing.models import Infusion, InfusionReaction, InfusionVitals
from dosing.selectors import free_slots, slot_of
from tests.cast import ARMS, PASSWORD
from tests.journeys import answers
from tests.journeys.browser import Person
from tests.journeys.conftest import minute
from tests.story import participant_at

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Afternoon:
    """One participant, the planned start, and a clock that is set to minutes before and after it."""

    def __init__(self, site, clock) -> None:
        self.subject, _ = participant_at("randomized")
        self.site, self.set_clock = site, clock
        self.number, self.start = self.subject.number, slot_of(self.subject).starts_at
        self.bag = self.subject.kits.get().number

    def at(self, after: timedelta) -> str:
        """Sets the clock and gives the time as a field holds it."""
        self.set_clock(self.start + after)
        return minute(self.start + after, self.site)


def test_an_infusion_from_the_order_to_the_signs_six_hours_later(person, site, clock) -> None:
    day = Afternoon(site, clock)
    order(person, day)
    prepare(person, day)
    take_and_start(person, day)
    pause_and_react(person, day)
    stop_and_watch(person, day)
    given = Infusion.objects.get(subject=day.subject)
    assert (given.bag_code, given.second_person.full_name) == (day.bag, "Nurse Bo Demo")
    assert InfusionReaction.objects.get().grade == 2
    assert InfusionVitals.objects.get(time_point="09").events == "recorded"


def order(person, day: Afternoon) -> None:
    day.at(-100 * MINUTE)
    investigator = person("investigator")
    investigator.hold_a_tablet()
    investigator.do("re-check", day.number)
    measured_on = day.site.date_of(day.start).isoformat()
    recheck = answers.RECHECK | {"weight_measured_on": measured_on}
    recheck["weight_kg"] = str(day.subject.screening.weight_kg)
    investigator.fill(**recheck, consent_stands=True, still_moderate=True, no_new_exclusion=True)
    investigator.fill(password=PASSWORD)
    investigator.press("Sign and order the infusion")
    investigator.sees("Signed. The pharmacy sees the order.")


def prepare(person, day: Afternoon) -> None:
    """The second pharmacist checks with her own password; the first prints the label."""
    day.at(-60 * MINUTE)
    pharmacist = person("pharmacist")
    pharmacist.open("/infusion/pharmacy/")
    pharmacist.press("Show what the kits contain")
    contents = pharmacist.page.locator("#day-contents")
    expect(contents).to_contain_text(day.bag)
    assert any(arm in contents.inner_text() for arm in ARMS)
    filling = contents.locator("td.digits").last.inner_text()
    assert filling != day.bag
    pharmacist.look("pharmacy-day")
    pharmacist.page.get_by_role("row").filter(has_text=day.number).get_by_role("link", name="Prepare").click()
    prepared = answers.PREPARATION | {
        "from_kit": filling,
        "checked_by": "Pharmacist Dai Demo",
        "checker_password": PASSWORD,
    }
    pharmacist.fill(**prepared, thawed_at=day.at(-46 * MINUTE))
    pharmacist.press("Release the bag")
    pharmacist.sees("No bag is released earlier than 40 minutes before the planned infusion.")
    pharmacist.fill(**prepared, thawed_at=day.at(-30 * MINUTE))
    pharmacist.press("Release the bag")
    pharmacist.sees("Released. The infusion team sees that the bag is ready.")
    with pharmacist.page.expect_download() as label:
        pharmacist.page.evaluate(
            "document.querySelector('a[href$=\"/label/\"]').setAttribute('download', '')"
        )
        pharmacist.follow("Print the label (PDF)")
    assert label.value.path().read_bytes().startswith(b"%PDF")


def take_and_start(person, day: Afternoon) -> None:
    nurse = person("nurse")
    nurse.hold_a_tablet()
    signs(nurse, day, "00", -20 * MINUTE)
    nurse.open(f"/infusion/{day.number}/")
    nurse.fill(bag_code=day.bag, line_intact=True, handed_by="Pharmacist Cao Demo", handed_password=PASSWORD)
    nurse.press("Take over the bag")
    nurse.sees("Do not take it. Report the problem with the bag below.")
    nurse.fill(sleeve_intact=True, handed_password=PASSWORD)
    nurse.look("handover")
    nurse.press("Take over the bag")
    nurse.sees("The bag is at the bedside.")
    day.at(0 * MINUTE)
    nurse.fill(participant_code=day.number, bag_code=day.bag)
    nurse.fill(second_person="Nurse Bo Demo", second_password=PASSWORD)
    nurse.press("Start the infusion now")
    nurse.sees("The infusion is running.")


def pause_and_react(person, day: Afternoon) -> None:
    """The second nurse enters what the first one sees a moment later."""
    nurse, second = person("nurse"), person("second_nurse")
    nurse.open(f"/infusion/{day.number}/vital-signs/")
    signs(second, day, "01", 15 * MINUTE, spo2_percent="88", temperature_c="38.1")
    second.sees("stop the infusion and call the investigator")
    expect(nurse.page.locator("#monitor")).to_contain_text("38.1", timeout=30_000)
    expect(nurse.page.get_by_role("alert")).to_contain_text("stop the infusion and call the investigator")
    nurse.look("stop-rule")
    nurse.show("infusion")
    nurse.open(f"/infusion/{day.number}/")
    nurse.page.get_by_text("Interrupt the infusion").click()
    nurse.fill(began_at=day.at(16 * MINUTE), why="Oxygen saturation fell")
    nurse.press("Record the interruption")
    nurse.fill(ended_at=day.at(20 * MINUTE))
    nurse.press("The infusion goes on")
    nurse.sees("Oxygen saturation fell")
    nurse.open(f"/infusion/{day.number}/vital-signs/")
    nurse.page.get_by_text("Record a reaction", exact=True).click()
    nurse.fill(term="Hypoxia", grade="2", began_at=day.at(21 * MINUTE), response="interrupted")
    nurse.press("Record the reaction")
    nurse.sees("It must also become an adverse event.", "Hypoxia")


def stop_and_watch(person, day: Afternoon) -> None:
    nurse = person("nurse")
    signs(nurse, day, "02", 30 * MINUTE)
    nurse.open(f"/infusion/{day.number}/")
    nurse.fill(stopped_at=day.at(38 * MINUTE), volume_ml="100", blind_kept="True")
    nurse.press("Record the end")
    nurse.sees("The end of the infusion is recorded.")
    after_the_end = [("04", 0), ("03", 22), ("05", 30), ("06", 60), ("07", 120), ("08", 240)]
    for point, minutes in after_the_end:
        signs(nurse, day, point, (38 + minutes) * MINUTE)
    signs(nurse, day, "09", 38 * MINUTE + 6 * HOUR, refused="Ask for adverse events")
    nurse.fill(events="recorded")
    nurse.look("six-hours")
    nurse.press("Save")
    nurse.sees("Vital signs recorded: 6 hours after the end.")


def signs(
    nurse: Person, day: Afternoon, point: str, after: timedelta, *, refused: str = "", **changed: str
) -> None:
    """Enter the vital signs of one time point, at that time."""
    at = day.at(after)
    nurse.open(f"/infusion/{day.number}/vital-signs/?point={point}")
    nurse.fill(**answers.VITAL_SIGNS | {"measured_at": at} | changed)
    nurse.press("Save")
    nurse.sees(refused or "Vital signs recorded")


def test_two_browsers_take_the_last_slot(person, site, clock) -> None:
    """One gets it, the other is told."""
    (first, now), (second, later) = participant_at("planned", seed=1), participant_at("planned", seed=2)
    clock(now)
    both = [start for start in free_slots(first, at=now) if start in free_slots(second, at=now)]
    people = {"coordinator": first, "investigator": second}
    for name, subject in people.items():
        person(name).open(f"/infusion/{subject.number}/slot/")
        person(name).page.get_by_text("Move the infusion to another time").click()
        person(name).fill("move", reason="CT first")
    for name in people:
        start = both[-1].isoformat()
        person(name).page.locator(f'#move [name="starts_at"][value="{start}"]').click()
    person("coordinator").sees("The infusion is moved. The pharmacy is told.")
    person("investigator").sees("This time was just taken. Choose another one.")
    expect(person("investigator").page.locator('#move [name="reason"]')).to_have_value("CT first")
    assert slot_of(second).starts_at != both[-1] == slot_of(first).starts_at
    assert later

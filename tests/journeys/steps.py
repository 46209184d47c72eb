"""The way of one participant through the study, each step by the person whose job it is.

A step that fills in a case report form returns what was typed.
"""

from datetime import date

from django.utils import timezone
from playwright.sync_api import expect

from tests.cast import PASSWORD
from tests.journeys import answers
from tests.journeys.answers import Answers
from tests.journeys.browser import Person
from trial_site.core.models import StudySite


def log_and_consent(coordinator: Person, at: str) -> tuple[str, Answers]:
    """A line in the screening log, then informed consent. Returns the screening number."""
    coordinator.open("/participants/")
    coordinator.follow("Log a person seen")
    coordinator.look("log")
    coordinator.press("Log and get the screening number")
    number = coordinator.path.split("/")[2]
    coordinator.sees(f"Logged as participant {number}")
    consent: Answers = {"given_at": at, "consent_version": "1.0"}
    coordinator.fill(**consent, obtained_by="Dr. Lin Demo", future_contact="no", copy_given=True)
    coordinator.look("consent")
    coordinator.press("Record consent")
    coordinator.sees("Consent is recorded")
    return number, consent


def screen(coordinator: Person, number: str, values: Answers) -> None:
    """Fill in the screening form of a participant who has consented."""
    coordinator.open(f"/screening/{number}/form/")
    coordinator.fill(**values)
    coordinator.press("Save the screening form")
    coordinator.sees("The screening form is saved.")


def screen_and_watch_the_verdict(coordinator: Person, number: str, values: Answers) -> None:
    """The same, with an eye on the verdict that follows the typing."""
    verdict = coordinator.page.locator("#verdict")
    expect(verdict).to_contain_text("Cannot be determined yet")
    coordinator.look("screening-empty")
    coordinator.fill(**{name: values[name] for name in ("birth_date", "sex", "symptom_onset_date")})
    expect(verdict).to_contain_text("47 years")
    expect(verdict).to_contain_text("4 days left")
    coordinator.fill(height_cm=values["height_cm"], weight_kg=values["weight_kg"])
    expect(verdict).to_contain_text("26.86 kg/m²")
    coordinator.fill(respiratory_rate="31")
    expect(verdict).to_contain_text("Not eligible by what is entered")
    coordinator.look("screening-not-eligible")
    coordinator.page.locator("#div_id_respiratory_rate").evaluate(
        "it => it.scrollIntoView({block: 'center'})"
    )
    coordinator.show("screening")
    coordinator.fill(**values)
    expect(verdict).to_contain_text("Eligible by what is entered")
    expect(verdict).to_contain_text("Changed after a verdict was shown")
    coordinator.look("screening-eligible")
    coordinator.press("Save the screening form")
    coordinator.sees("Say why a value changed after a verdict was shown.")
    coordinator.fill(reason="Counted again over a full minute")
    coordinator.press("Save the screening form")
    coordinator.sees("The screening form is saved.", number)


def sign_eligibility(investigator: Person, number: str) -> None:
    investigator.do("Decide on the eligibility", number)
    investigator.look("eligibility")
    investigator.fill(password="not the password")
    investigator.press("Sign: eligible")
    expect(investigator.page.get_by_role("alert")).to_be_visible()
    investigator.fill(password=PASSWORD)
    investigator.press("Sign: eligible")
    investigator.sees(f"You signed: participant {number} is eligible.")


def fail_screening(investigator: Person, number: str, reasons: Answers) -> None:
    """Sign that the participant is not eligible, with a reason for each criterion that is not met."""
    investigator.do("Decide on the eligibility", number)
    investigator.fill(**reasons, password=PASSWORD)
    investigator.look("screen-failure")
    investigator.press("Sign the screen failure")
    expect(investigator.page.get_by_role("heading", level=1)).to_have_text("Casebook")


def reserve_and_randomize(coordinator: Person, number: str) -> tuple[str, str]:
    """The first free slot of today, then a place in the list. Returns randomization and kit number."""
    coordinator.do("Reserve the infusion", number)
    coordinator.look("slot")
    coordinator.page.locator('[name="starts_at"]').first.click()
    coordinator.sees("Reserved by")
    coordinator.follow("Go on to randomization")
    coordinator.look("randomize")
    coordinator.fill(confirmed=True)
    coordinator.press("Randomize participant")
    coordinator.sees("This participant is randomized")
    coordinator.look("randomized")
    assert "sealed" in coordinator.fact("Treatment").lower()
    return coordinator.fact("Randomization number"), coordinator.fact("Number on the bag")


def order(investigator: Person, number: str, today: date) -> Answers:
    """The re-check of day 0, which is the order."""
    investigator.do("re-check", number)
    given = answers.RECHECK | {"weight_measured_on": today.isoformat()}
    investigator.fill(**given, consent_stands=True, still_moderate=True, no_new_exclusion=True)
    investigator.fill(password=PASSWORD)
    investigator.look("order")
    investigator.press("Sign and order the infusion")
    investigator.sees("Signed. The pharmacy sees the order.")
    investigator.look("ordered")
    return given


def open_the_kit(pharmacist: Person, number: str) -> str:
    """What the kit contains, after the look is on record. Returns the text that was shown."""
    pharmacist.open("/")
    pharmacist.follow("Pharmacy")
    pharmacist.look("pharmacy")
    pharmacist.page.get_by_role("row").filter(has_text=number).get_by_role("link", name="Prepare").click()
    pharmacist.look("prepare")
    pharmacist.show("pharmacy")
    pharmacist.press("Show the contents")
    contents = pharmacist.page.locator("#sealed-content")
    expect(contents).to_contain_text("Your look is kept as access record")
    pharmacist.look("prepare-contents")
    return contents.inner_text()


def prepare(pharmacist: Person, at: str) -> None:
    """The preparation record, checked by a second pharmacist, and the release."""
    filling = pharmacist.page.locator("#sealed-content td.digits").inner_text()
    pharmacist.fill(from_kit=filling, thawed_at=at, **answers.PREPARATION)
    pharmacist.fill(checked_by="Pharmacist Dai Demo", checker_password=PASSWORD)
    pharmacist.press("Release the bag")
    pharmacist.sees("Released. The infusion team sees that the bag is ready.")
    pharmacist.look("pharmacy-released")


def vital_signs_before(nurse: Person, number: str, at: str) -> Answers:
    nurse.do("", number)
    nurse.look("infusion-released")
    nurse.follow("Record them")
    given = answers.VITAL_SIGNS | {"measured_at": at}
    nurse.fill(**given)
    nurse.look("vital-signs")
    nurse.press("Save")
    nurse.sees("Vital signs recorded")
    return given


def take_over(nurse: Person, number: str, kit: str) -> None:
    """The bag comes with a pharmacist, covered and intact."""
    nurse.open(f"/infusion/{number}/")
    nurse.fill(bag_code=kit, sleeve_intact=True, line_intact=True)
    nurse.fill(handed_by="Pharmacist Cao Demo", handed_password=PASSWORD)
    nurse.look("handover")
    nurse.press("Take over the bag")
    nurse.sees("The bag is at the bedside.")


def start(nurse: Person, number: str, kit: str) -> None:
    """Two people identify participant and bag; a wrong number does not start anything."""
    nurse.open(f"/infusion/{number}/")
    identified = {"second_person": "Nurse Bo Demo", "second_password": PASSWORD, "participant_code": number}
    nurse.fill(**identified, bag_code="K0000")
    nurse.press("Start the infusion now")
    nurse.sees("This is not the bag of this participant.")
    nurse.look("start-refused")
    nurse.fill(**identified, bag_code=kit)
    nurse.press("Start the infusion now")
    nurse.sees("The infusion is running.")


def stop(nurse: Person, site: StudySite) -> Answers:
    """The infusion of the journey lasts seconds, so that its end is typed with seconds."""
    nurse.look("running")
    nurse.page.wait_for_timeout(1_000)
    stopped_at = timezone.now().astimezone(site.tz).strftime("%Y-%m-%dT%H:%M:%S")
    given: Answers = {"stopped_at": stopped_at, "volume_ml": "100", "blind_kept": "True"}
    nurse.fill(**given)
    nurse.press("Record the end")
    nurse.sees("The end of the infusion is recorded.")
    nurse.look("infused")
    return given

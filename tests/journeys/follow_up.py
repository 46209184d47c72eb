"""After the infusion: the visit of day 7, the monitor's question and the exports."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile, is_zipfile

from playwright.sync_api import expect

from dosing.selectors import infusion_of
from enrollment.models import Subject
from tests.journeys import answers
from tests.journeys.answers import Answers
from tests.journeys.browser import Person
from tests.story import participant_at
from trial_site.core.models import StudySite
from trial_site.exports import work


def infused_a_week_ago(site: StudySite) -> Subject:
    """A participant whose day 7 is today."""
    return infused_days_ago(site, 7)


def infused_days_ago(site: StudySite, days: int) -> Subject:
    """The story of an earlier participant, told again so that it is so many days after the infusion."""
    seen_at = datetime.now(UTC) - timedelta(days=40)
    earlier, _ = participant_at("infused", seen_at=seen_at)
    today, infused_on = site.date_of(datetime.now(UTC)), site.date_of(infusion_of(earlier).started_at)
    later, _ = participant_at("seen_on_day_3", seen_at=seen_at + (today - infused_on) - timedelta(days=days))
    return later


def assess_day_7(assessor: Person, number: str, at: str) -> dict[str, Answers]:
    """Vital signs and oxygen support, then the WHO scale. What is impossible is refused, what is unlikely asked."""
    vital_signs = answers.VITAL_SIGNS | {"measured_at": at, "oxygen_device": "none", "heart_rate": "162"}
    progression: Answers = {"assessed_at": at, "score": "2"}
    assessor.do("Day 7", number)
    assessor.fill("VS", **vital_signs | {"temperature_c": "52"})
    assessor.press("Save: Vital signs")
    temperature = assessor.page.locator("#div_VS_temperature_c")
    expect(temperature).to_contain_text("Not possible. Enter a value from 25 to 45 °C.")
    assessor.look("day-7-impossible")
    assessor.fill("VS", temperature_c=vital_signs["temperature_c"])
    assessor.press("Save: Vital signs")
    heart_rate = assessor.page.locator("#div_VS_heart_rate")
    expect(heart_rate).to_contain_text("162 is outside the expected range 40 to 150. Is it correct?")
    assessor.look("day-7-unlikely")
    assessor.confirm("heart_rate")
    assessor.press("Save: Vital signs")
    assessor.sees("Saved: Vital signs and oxygen support.")
    expect(assessor.page.locator("#VS")).not_to_have_attribute("open", "")
    expect(assessor.page.locator("#CP > summary")).to_be_focused()
    assessor.fill("CP", **progression)
    assessor.press("Save: WHO")
    assessor.sees("Saved: WHO Clinical Progression Scale.")
    assessor.look("day-7")
    return {"VS": vital_signs, "CP": progression}


def record_laboratory(coordinator: Person, number: str, at: str) -> Answers:
    given = answers.LABORATORY | {"sampled_at": at}
    coordinator.do("Day 7", number)
    coordinator.fill("LB", **given)
    coordinator.look("laboratory")
    coordinator.press("Save: Laboratory")
    coordinator.sees("Saved: Laboratory.")
    return given


def ask(monitor: Person, number: str) -> str:
    """The monitor reads the casebook and asks about one value of day 7. Returns the number of the query."""
    monitor.open("/participants/")
    monitor.look("participants")
    monitor.follow(number)
    monitor.look("casebook")
    monitor.show("casebook")
    monitor.page.locator("summary:has-text('Laboratory')").click()
    chapter = monitor.page.locator("article[id^=LB-]").filter(has_text="412")
    chapter.get_by_role("link", name=re.compile("Query ?: ferritin", re.I)).click()
    monitor.fill(text="Please check this value against the laboratory report.")
    monitor.look("ask")
    monitor.press("Open the query")
    monitor.sees("The query is open")
    return monitor.page.locator("article[id^=LB-] a[href^='/queries/Q']").first.inner_text()


def answer(coordinator: Person, number: str, query: str) -> None:
    coordinator.do(f"Answer query {query}", number)
    coordinator.fill(text="Checked: the report says 412.")
    coordinator.press("Answer")
    coordinator.sees("answered", "Checked: the report says 412.")
    coordinator.look("answered")


def close(monitor: Person, number: str, query: str) -> None:
    monitor.do(f"Review the answer to query {query}", number)
    monitor.fill(text="Thank you.")
    monitor.press("Close")
    monitor.sees("closed", "Thank you.")
    monitor.look("closed")


def export(monitor: Person, format: str, folder: Path) -> Path:
    """All case report forms in one file."""
    monitor.open("/exports/")
    monitor.fill(format=format)
    monitor.look(f"export-{format}")
    monitor.press("Export")
    monitor.look(f"export-{format}-waiting")
    work.make_waiting_exports()
    monitor.sees("ready")
    monitor.look(f"export-{format}-ready")
    download = monitor.download("Download")
    download.save_as(path := folder / download.suggested_filename)
    assert not any(b"CANARY" in content for content in contents(path))
    return path


def contents(path: Path) -> list[bytes]:
    """The file, or the files inside it."""
    if not is_zipfile(path):
        return [path.read_bytes()]
    with ZipFile(path) as archive:
        return [archive.read(name) for name in archive.namelist()]

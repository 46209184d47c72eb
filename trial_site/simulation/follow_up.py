"""What follows an infusion in the simulated study: visits, daily status, logs, now and then an adverse event."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from enrollment import actions as enrollment
from enrollment.models import Subject
from enrollment.selectors import facts_of, protocol_of
from outcomes import actions as outcomes
from outcomes.actions.blind import task_for
from outcomes.models import ChestCt, EndpointScan
from outcomes.rules.ct_reads import READERS
from outcomes.rules.schedule import PlannedVisit
from outcomes.rules.sheets import SHEETS
from outcomes.selectors import missing_days, planned_visits, unjudged_results, with_course
from outcomes.selectors.guesses import Whose
from trial_site.core.actors import Actor
from trial_site.core.models import Record, StudySite
from trial_site.core.permissions import Role, Task
from trial_site.monitoring.actions import answer_query, open_query
from trial_site.monitoring.models import Query
from trial_site.monitoring.selectors import ref_of
from trial_site.simulation.examinations import daily_status, examination, histories
from trial_site.simulation.troupe import Troupe

MINUTES, HOURS, DAYS = (
    (lambda n: timedelta(minutes=n)),
    (lambda n: timedelta(hours=n)),
    (lambda n: timedelta(days=n)),
)
# A few stay away after the first weeks.
LAST_HEARD_BEFORE, LOST_RATE = "D28", 0.2
READ_EARLY, ASKED_AT = ("D0", "D14"), "D28"
JUDGED_AT_ONCE = 0.8


@dataclass
class FollowUp:
    """Tells one participant's follow-up."""

    troupe: Troupe
    site: StudySite
    rng: Random

    def tell(self, subject: Subject, infused_at: datetime) -> Iterator[datetime]:
        """Every planned visit from day 0 on, now and then late; an adverse event for one in three. What is measured
        on day 0 is measured before the infusion and entered after it."""
        today = self.site.date_of(infused_at)
        event_at = infused_at + timedelta(days=2, hours=4) if self.rng.random() < 0.35 else None
        self._histories(subject, infused_at + HOURS(2))
        for visit in [v for v in planned_visits(subject, on=today) if v.target and v.target >= today]:
            visit_at = self._time_of(visit, infused_at, today)
            if event_at and event_at < visit_at:
                yield event_at
                self._adverse_event(subject, event_at)
                event_at = None
            if visit.code == LAST_HEARD_BEFORE and self.rng.random() < LOST_RATE:
                yield from self._lose(subject, visit_at)
                return
            yield visit_at
            before = infused_at - HOURS(1)
            self._visit(subject, visit, visit_at, examined_at=before if visit.target == today else visit_at)

    def _lose(self, subject: Subject, at: datetime) -> Iterator[datetime]:
        """Nobody comes, nobody answers: called on as many days as the protocol asks for, then lost to follow-up."""
        for _attempt in range(protocol_of(subject).lost_after_attempts):
            at += DAYS(1)
            yield at
            caller = self.troupe.actor(Role.COORDINATOR, at=at)
            on = self.site.date_of(at)
            enrollment.record_contact_attempt(subject, on=on, means="phone", reached=False, by=caller, at=at)
        enrollment.record_ending(
            subject, kind="lost", on=on, explanation="Nobody answers the telephone.", by=caller, at=at
        )

    def _time_of(self, visit: PlannedVisit, infused_at: datetime, today: date) -> datetime:
        wait = (visit.target or today) - today
        late = DAYS(self.rng.choice([0, 0, 0, 0, 1, 2])) if wait else HOURS(0)
        return infused_at + wait + HOURS(self.rng.randint(3, 5)) + late

    def _histories(self, subject: Subject, at: datetime) -> None:
        coordinator = self.troupe.actor(Role.COORDINATOR, at=at)
        for form, values in histories(self.rng, facts_of(subject), admitted_on=subject.identified_on):
            outcomes.record_entry(subject, form=form, values=values, by=coordinator, at=at)

    def _visit(self, subject: Subject, visit: PlannedVisit, at: datetime, *, examined_at: datetime) -> None:
        """Assessor's forms at once, the coordinator's hours later; the days before are caught up with."""
        for form in visit.forms:
            later = HOURS(5) if task_for(form) == Task.RECORD_LABORATORY else MINUTES(20)
            recorded = self._record(subject, visit.key, form, examined_at, at + later)
            if form == "VS" and self.rng.random() < 0.12:
                self._query(recorded, at + DAYS(1))
            if isinstance(recorded, ChestCt) and visit.key in READ_EARLY:
                self._read_ct(recorded, at + HOURS(6))
        if visit.key == ASKED_AT:
            self._guess(subject, at + HOURS(7))
        if self.rng.random() < JUDGED_AT_ONCE:
            self._judge(subject, at + HOURS(8))
        followed = with_course(Subject.objects.filter(pk=subject.pk)).get()
        for day in missing_days(followed, on=self.site.date_of(at)):
            values = daily_status(self.rng, day)
            outcomes.record_entry(
                subject, form="DY", values=values, by=self._filler("DY", at), at=at + MINUTES(30)
            )

    def _read_ct(self, scan: ChestCt, at: datetime) -> None:
        """Two readers who see the code only; those of later visits wait for them."""
        estimate = scan.lesion_percent or 0
        for index in range(READERS):
            values = {
                "lesion_percent": Decimal(max(estimate * 10 + self.rng.randint(-30, 30), 0)) / 10,
                "software": "Lung segmentation",
                "software_version": "2.1",
            }
            reader = self.troupe.actor(Role.CT_READER, at=at, index=index)
            outcomes.read_scan(
                EndpointScan.objects.get(scan=scan), values=values, by=reader, at=at + HOURS(index)
            )

    def _guess(self, subject: Subject, at: datetime) -> None:
        """Investigator and participant say what they believe; the assessor has still to be asked."""
        for whose, role in ((Whose.PARTICIPANT, Role.COORDINATOR), (Whose.INVESTIGATOR, Role.INVESTIGATOR)):
            guess = self.rng.choice(["product", "placebo", "unknown"])
            values = {"guess": guess, "certainty": "" if guess == "unknown" else "guessed", "grounds": "none"}
            by = self.troupe.actor(role, at=at)
            outcomes.record_guess(subject, whose=whose, values=values, by=by, at=at)

    def _judge(self, subject: Subject, at: datetime) -> None:
        """The investigator goes through what is out of range; what belongs to the disease does not matter."""
        investigator = self.troupe.actor(Role.INVESTIGATOR, at=at)
        for result in unjudged_results(subject):
            outcomes.judge_result(subject, key=result.key, significant=False, by=investigator, at=at)

    def _record(self, subject: Subject, key: str, form: str, at: datetime, entered_at: datetime) -> Record:
        moment = self.site.date_of(at) if form == "VT" else at
        values = {SHEETS[form].moment: moment, **examination(self.rng, form, person=subject.number)}
        return outcomes.record_visit_form(
            subject,
            key,
            form=form,
            took_place_on=self.site.date_of(at),
            values=values,
            by=self._filler(form, at),
            at=entered_at,
        )

    def _filler(self, form: str, at: datetime) -> Actor:
        """Whoever fills in a form."""
        assessor = task_for(form) == Task.ASSESS_OUTCOMES
        return self.troupe.actor(Role.ASSESSOR if assessor else Role.COORDINATOR, at=at)

    def _query(self, signs: Record, at: datetime) -> None:
        """The monitor asks about a value; two times in three the coordinator has answered."""
        ref = ref_of("VS", signs, "temperature_c")
        monitor = self.troupe.actor(Role.MONITOR, at=at)
        text = "Please check the temperature against the chart."
        query = open_query(ref, text=text, origin=Query.Origin.PERSON, by=monitor, at=at)
        if self.rng.random() < 0.66:
            coordinator = self.troupe.actor(Role.COORDINATOR, at=at)
            answer_query(query, text="Checked with the chart: the value is right.", by=coordinator, at=at)

    def _adverse_event(self, subject: Subject, at: datetime) -> None:
        values = {
            "term": self.rng.choice(["Headache", "Nausea", "Fever", "Phlebitis at the infusion site"]),
            "started_on": self.site.date_of(at),
            "ended_on": None,
            "grade": self.rng.choice([1, 1, 2]),
            "serious": False,
            "outcome": "recovering",
        }
        if self.rng.random() < 0.25:
            self._serious_event(subject, at)
        outcomes.record_adverse_event(
            subject, values=values, by=self.troupe.actor(Role.COORDINATOR, at=at), at=at + HOURS(1)
        )

    def _serious_event(self, subject: Subject, at: datetime) -> None:
        """A pneumonia that keeps the participant in hospital: reported in time, assessed by the safety officer."""
        coordinator = self.troupe.actor(Role.COORDINATOR, at=at)
        values = {
            "term": "Bacterial pneumonia",
            "started_on": self.site.date_of(at),
            "ended_on": None,
            "grade": 3,
            "serious": True,
            "hospitalisation": True,
            "aware_at": at,
            "outcome": "recovering",
        }
        event = outcomes.record_adverse_event(subject, values=values, by=coordinator, at=at + HOURS(1))
        narrative = "Fever and new consolidation; antibiotic treatment; longer stay in hospital."
        outcomes.report_serious_event(event, narrative=narrative, by=coordinator, at=at + HOURS(5))
        judged = {
            "reference_version": "IB 3.0",
            "expectedness": "expected",
            "sponsor_causality": "not_related",
            "grounds": "Expected in this disease; no relation in time.",
        }
        officer = self.troupe.actor(Role.SAFETY_OFFICER, at=at)
        outcomes.assess_susar(event, values=judged, by=officer, at=at + HOURS(20))

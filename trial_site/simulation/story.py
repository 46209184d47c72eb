"""One simulated participant's way through the study, told as a generator: it yields the instant it waits for, and
goes on when that instant has come. Everything happens through the actions the pages call."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.conf import settings

from dosing import actions as dosing
from dosing.models import Asked, InfusionOrder, TimePoint
from dosing.rules.time_points import ASKED
from dosing.selectors import free_slots
from enrollment import actions as enrollment
from enrollment.actions import Typed
from enrollment.models import Screening, Subject, SubjectState
from enrollment.rules import Outcome, undetermined_criteria, unmet_criteria
from enrollment.rules.identities import Identity
from enrollment.rules.procedures import TIMED
from enrollment.selectors import (
    consent_versions_for,
    current_verdict,
    facts_of,
    infusion_window,
    signed_eligibility,
)
from randomization import actions as randomization
from randomization import unblinding
from randomization.models import Purpose
from trial_site.core.models import StudySite
from trial_site.core.permissions import Role
from trial_site.simulation.follow_up import FollowUp
from trial_site.simulation.measurements import recheck, signs
from trial_site.simulation.patients import Patient
from trial_site.simulation.troupe import Troupe

Story = Iterator[datetime]
# Participants in whom the coordinator first types a respiratory rate that was counted too fast.
MISREAD = ("3", "7")
# What stands against somebody today and may not tomorrow.
PASSING = ("influenza", "severe")
MINUTES, HOURS = (lambda n: timedelta(minutes=n)), (lambda n: timedelta(hours=n))


# Minutes after the end of the infusion; an hour after its start comes in between.
AFTER_THE_END = (
    (TimePoint.END, 1),
    (TimePoint.MIN60, 25),
    (TimePoint.END30, 30),
    (TimePoint.HOUR1, 60),
    (TimePoint.HOUR2, 120),
    (TimePoint.HOUR4, 240),
    (TimePoint.HOUR6, 360),
    (TimePoint.HOUR24, 1440),
)


@dataclass
class Narrator:
    """Tells one participant's story with a troupe of staff and a generator of chance."""

    troupe: Troupe
    site: StudySite
    rng: Random

    def tell(self, patient: Patient, seen_at: datetime) -> Story:
        now = seen_at
        yield now
        coordinator = self.troupe.actor(Role.COORDINATOR, at=now)
        subject = enrollment.log_person_seen(self.site, on=self.site.date_of(now), by=coordinator, at=now)
        if self.rng.random() < 0.08:
            enrollment.record_declined(subject, by=coordinator)
            return
        failed_at = yield from self._take_part(subject, patient, now)
        if failed_at and patient.flaw in PASSING and not Subject.objects.exclude(rescreen_of=None).exists():
            yield from self._screen_again(subject, patient, failed_at + HOURS(self.rng.randint(20, 26)))

    def _screen_again(self, subject: Subject, patient: Patient, now: datetime) -> Story:
        """The first one in whom what stood against it has passed; consent is given anew."""
        yield now
        coordinator, on = self.troupe.actor(Role.COORDINATOR, at=now), self.site.date_of(now)
        again = enrollment.log_rescreening(subject, on=on, by=coordinator, at=now)
        yield from self._take_part(again, replace(patient, flaw=""), now)

    def _take_part(
        self, subject: Subject, patient: Patient, now: datetime
    ) -> Generator[datetime, None, datetime | None]:
        """From consent on; returns the instant at which screening failed."""
        now += MINUTES(self.rng.randint(30, 90))
        yield now
        self._consent(subject, patient, now)
        now += MINUTES(self.rng.randint(40, 90))
        yield now
        self._screen(subject, patient, now)
        now = self._ready_to_decide(subject, now + MINUTES(self.rng.randint(20, 60)))
        yield now
        if facts_of(subject).vital_signs_date != self.site.date_of(now):
            self._repeat_examinations(subject, patient, now)
        if not self._decide(subject, now):
            return now
        yield from self._treat(subject, patient, now)
        return None

    def _consent(self, subject: Subject, patient: Patient, now: datetime) -> None:
        enrollment.record_consent(
            subject,
            consent_version=consent_versions_for(self.site, on=self.site.date_of(now)).get(),
            given_at=now - MINUTES(10),
            obtained_at=now - MINUTES(9),
            future_contact=True,
            obtained_by=self.troupe.staff(Role.INVESTIGATOR),
            copy_given=True,
            by=self.troupe.actor(Role.COORDINATOR, at=now),
            at=now,
        )
        first = subject.rescreen_of or subject
        person = Identity(
            full_name=f"Invented Person {first.number}",
            identity_number=f"DEMO {first.number}",
            birth_date=patient.birth.isoformat(),
        )
        enrollment.record_identity(
            subject, identity=person, by=self.troupe.actor(Role.COORDINATOR, at=now), at=now
        )
        if settings.CONTACT_KEYS and not subject.number.endswith("1"):
            self._agree_to_email(subject, now)

    def _agree_to_email(self, subject: Subject, now: datetime) -> None:
        """Most participants want to be reminded of visits."""
        enrollment.record_email_contact(
            subject,
            agreed=True,
            email=f"participant-{subject.number}@example.org",
            language="zh-hans",
            by=self.troupe.actor(Role.COORDINATOR, at=now),
            at=now,
        )

    def _screen(self, subject: Subject, patient: Patient, now: datetime) -> None:
        examined_at = (now - MINUTES(15)).astimezone(self.site.tz)
        values = patient.screening(self.rng, examined_at=examined_at)
        coordinator = self.troupe.actor(Role.COORDINATOR, at=now)
        reason = ""
        if subject.number.endswith(MISREAD):
            misread, before = values | {"respiratory_rate": 31}, now - MINUTES(2)
            enrollment.keep_draft(subject, typed=Typed({}), values=misread, by=coordinator, at=before)
            reason = "Counted again over a full minute"
        enrollment.record_screening(subject, values=values, reason=reason, by=coordinator, at=now)

    def _ready_to_decide(self, subject: Subject, now: datetime) -> datetime:
        """At once, or two days before the window opens if a test would be too old by then."""
        today, window = self.site.date_of(now), infusion_window(subject)
        if window is None or not undetermined_criteria(current_verdict(subject, on=today)):
            return now
        return max(now, now + (window.first - today - timedelta(days=2)))

    def _repeat_examinations(self, subject: Subject, patient: Patient, now: datetime) -> None:
        """CT and pregnancy test are at most 72 hours old at randomization, severity is of the day."""
        if subject.state == SubjectState.ELIGIBLE:
            investigator = self.troupe.actor(Role.INVESTIGATOR, at=now)
            why = "Examinations are repeated before randomization"
            enrollment.unsign_eligibility(subject, reason=why, by=investigator, at=now)
        screening, today = Screening.objects.get(subject=subject), self.site.date_of(now)
        repeated = {
            "vital_signs_date": today,
            "imaging_date": today,
            "spo2_percent": self.rng.randint(94, 98),
            **dict.fromkeys(TIMED.values()),
        }
        if facts_of(subject).pregnancy_test_date:
            repeated["pregnancy_test_date"] = today
        enrollment.amend_screening(
            screening,
            values=repeated,
            version=screening.version,
            reason="Examinations repeated before randomization",
            by=self.troupe.actor(Role.COORDINATOR, at=now),
            at=now,
        )

    def _decide(self, subject: Subject, now: datetime) -> bool:
        """The investigator signs what the verdict says; true when eligible."""
        verdict = current_verdict(subject, on=self.site.date_of(now))
        investigator = self.troupe.actor(Role.INVESTIGATOR, at=now)
        password = self.troupe.password(Role.INVESTIGATOR)
        if verdict.outcome in (Outcome.MET, Outcome.NOT_YET):
            enrollment.sign_eligibility(subject, password=password, by=investigator, at=now)
            return True
        confirmed = "Seen in the screening form and confirmed with the chart."
        reasons = {result.code: confirmed for result in unmet_criteria(verdict)}
        enrollment.record_screen_failure(subject, reasons=reasons, password=password, by=investigator, at=now)
        return False

    def _treat(self, subject: Subject, patient: Patient, now: datetime) -> Story:
        starts_at = self._reserve(subject, now)
        if starts_at is None:
            return
        now = max(now + MINUTES(5), starts_at - HOURS(23))
        yield now
        if signed_eligibility(subject, at=now) is None:
            self._repeat_examinations(subject, patient, now)
            if not self._decide(subject, now):
                return
        now += MINUTES(10)
        yield now
        randomization.randomize(subject, by=self.troupe.actor(Role.COORDINATOR, at=now), at=now)
        now = starts_at - MINUTES(100)
        yield now
        order = self._order(subject, patient, now)
        yield starts_at - MINUTES(30)
        self._prepare(order, starts_at - MINUTES(30))
        yield from self._infuse(order, starts_at)
        yield from FollowUp(self.troupe, self.site, self.rng).tell(subject, starts_at)

    def _reserve(self, subject: Subject, now: datetime) -> datetime | None:
        window = infusion_window(subject)
        slots = [slot for slot in free_slots(subject, at=now) if slot - now > HOURS(4)]
        if window is None or not slots:
            return None
        starts_at = self.rng.choice(slots[: max(len(slots) // 4, 1)])
        dosing.reserve_slot(
            subject, starts_at=starts_at, by=self.troupe.actor(Role.COORDINATOR, at=now), at=now
        )
        return starts_at

    def _order(self, subject: Subject, patient: Patient, now: datetime) -> InfusionOrder:
        values = recheck(self.rng, patient, now, today=self.site.date_of(now))
        return dosing.order_preparation(
            subject,
            values=values,
            password=self.troupe.password(Role.INVESTIGATOR),
            by=self.troupe.actor(Role.INVESTIGATOR, at=now),
            at=now,
        )

    def _prepare(self, order: InfusionOrder, now: datetime) -> None:
        pharmacist = self.troupe.actor(Role.PHARMACIST, at=now)
        access = randomization.record_access(
            order.subject, purpose=Purpose.PREPARE, why="Preparation of the ordered infusion", by=pharmacist
        )
        filling = next(
            bag.filled_from
            for bag in unblinding.kit_contents(access, by=pharmacist)
            if bag.kit_number == order.kit.number
        )
        values = {
            "from_kit": filling,
            "thawed_at": now - MINUTES(self.rng.randint(8, 18)),
            "cells_millions": Decimal(self.rng.randint(480, 800)) / 10,
            "viability_percent": Decimal(self.rng.randint(860, 960)) / 10,
            "volume_ml": Decimal(100),
            "checked_by": self.troupe.staff(Role.PHARMACIST, 1),
            "checker_password": self.troupe.password(Role.PHARMACIST, 1),
        }
        dosing.prepare(order, access=access, values=values, by=pharmacist, at=now)

    def _infuse(self, order: InfusionOrder, starts_at: datetime) -> Story:
        yield starts_at - MINUTES(15)
        self._vitals(order, TimePoint.BEFORE, starts_at - MINUTES(15))
        yield starts_at - MINUTES(10)
        self._hand_over(order, starts_at - MINUTES(10))
        yield starts_at
        infusion = dosing.start_infusion(
            order,
            participant_code=order.subject.number,
            bag_code=order.kit.number,
            second_person=self.troupe.staff(Role.NURSE, 1),
            second_password=self.troupe.password(Role.NURSE, 1),
            by=self.troupe.actor(Role.NURSE, at=starts_at),
            at=starts_at,
        )
        for time_point, minutes in ((TimePoint.MIN15, 15), (TimePoint.MIN30, 30)):
            yield starts_at + MINUTES(minutes)
            self._vitals(order, time_point, starts_at + MINUTES(minutes))
        stopped_at = starts_at + MINUTES(self.rng.randint(32, 38))
        yield stopped_at
        dosing.stop_infusion(
            infusion,
            stopped_at=stopped_at,
            volume_ml=Decimal(100),
            incomplete_reason="",
            blind_kept=True,
            version=infusion.version,
            by=self.troupe.actor(Role.NURSE, at=stopped_at),
            at=stopped_at,
        )
        for time_point, minutes in AFTER_THE_END:
            yield stopped_at + MINUTES(minutes)
            self._vitals(order, time_point, stopped_at + MINUTES(minutes))
            if time_point == TimePoint.END:
                yield stopped_at + MINUTES(20)
                self._take_back(order, stopped_at + MINUTES(20))

    def _hand_over(self, order: InfusionOrder, at: datetime) -> None:
        dosing.hand_over(
            order,
            bag_code=order.kit.number,
            sleeve_intact=True,
            line_intact=True,
            handed_by=self.troupe.staff(Role.PHARMACIST),
            handed_password=self.troupe.password(Role.PHARMACIST),
            by=self.troupe.actor(Role.NURSE, at=at),
            at=at,
        )

    def _take_back(self, order: InfusionOrder, at: datetime) -> None:
        dosing.take_back(
            order.subject,
            bag_code=order.kit.number,
            covered=True,
            brought_by=self.troupe.staff(Role.NURSE),
            brought_password=self.troupe.password(Role.NURSE),
            returned_at=at,
            by=self.troupe.actor(Role.PHARMACIST, at=at),
            at=at,
        )

    def _vitals(self, order: InfusionOrder, time_point: str, at: datetime) -> None:
        asked = {"events": Asked.NOTHING} if time_point in ASKED else {}
        dosing.record_infusion_vitals(
            order,
            time_point=time_point,
            values={"measured_at": at, **signs(self.rng, order.subject.number), "missing": {}, **asked},
            by=self.troupe.actor(Role.NURSE, at=at),
            at=at,
        )

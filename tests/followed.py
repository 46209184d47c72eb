"""An infused participant on day 7 of follow-up, and short ways to record what is seen of them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from enrollment.models import Subject
from outcomes.actions import amend_visit_form, record_adverse_event, record_visit_form
from tests.story import participant_at

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@dataclass
class Followed:
    """An infused participant on day 7 of follow-up."""

    subject: Subject
    infused_on: date
    now: datetime
    cast: SimpleNamespace

    def day(self, number: int) -> date:
        return self.infused_on + number * DAY

    @property
    def assessor(self):
        return self.cast.assessor.actor(self.now)

    @property
    def coordinator(self):
        return self.cast.coordinator.actor(self.now)

    @property
    def investigator(self):
        return self.cast.investigator.actor(self.now)

    def vital_signs(self, **changes):
        measured = {
            "measured_at": self.now - HOUR,
            "temperature_c": Decimal("36.8"),
            "heart_rate": 80,
            "respiratory_rate": 18,
            "systolic_mmhg": 120,
            "diastolic_mmhg": 75,
            "spo2_percent": 96,
            "oxygen_device": "none",
            "missing": {"oxygen_flow_l_min": "NA"},
        }
        return measured | changes

    def record(self, form="VS", code="D7", *, by=None, concerns=(), on=None, **values):
        given = {
            "VS": lambda: self.vital_signs(**values),
            "CP": lambda: {"assessed_at": self.now - HOUR, "score": 4} | values,
            "LB": lambda: {"sampled_at": self.now - HOUR, "crp_mg_l": Decimal(12)} | values,
        }[form]()
        by = by or (self.coordinator if form == "LB" else self.assessor)
        return record_visit_form(
            self.subject,
            code,
            form=form,
            took_place_on=on or self.day(7),
            values=given,
            concerns=concerns,
            by=by,
            at=self.now,
        )

    def amend(self, record, *, reason="Typing error", version=1, concerns=(), by=None, **values):
        by = by or self.assessor
        return amend_visit_form(
            record, values=values, version=version, reason=reason, concerns=concerns, by=by, at=self.now
        )

    def event(self, *, by=None, concerns=(), **changes):
        values = {
            "term": "Headache",
            "started_on": self.day(1),
            "ended_on": None,
            "grade": 1,
            "serious": False,
            "outcome": "recovering",
        }
        return record_adverse_event(
            self.subject, values=values | changes, concerns=concerns, by=by or self.coordinator, at=self.now
        )


@pytest.fixture
def followed(cast) -> Followed:
    subject, infused_at = participant_at("infused")
    return Followed(subject, subject.site.date_of(infused_at), infused_at + 7 * DAY, cast)

"""Infusion team and pharmacy at work: each step of an infusion one call, done properly unless a test changes it."""

from datetime import datetime, timedelta
from decimal import Decimal

from dosing import actions
from enrollment.selectors import screening_of
from randomization import unblinding
from randomization.actions import record_access
from randomization.models import Purpose

MINUTE = timedelta(minutes=1)


def recheck(subject, at: datetime, **changed):
    weight = screening_of(subject).weight_kg
    return {
        "rechecked_at": at,
        "consent_stands": True,
        "still_moderate": True,
        "no_new_exclusion": True,
        "weight_kg": weight,
        "weight_measured_on": subject.site.date_of(at),
        "temperature_c": Decimal("37.4"),
        "respiratory_rate": 20,
        "spo2_percent": 96,
        "oxygen_device": "none",
    } | changed


def order(subject, cast, at, *, password=None, by=None, concerns=(), **changed):
    return actions.order_preparation(
        subject,
        values=recheck(subject, at, **changed),
        password=password or cast.password,
        concerns=concerns,
        by=(by or cast.investigator).actor(at),
        at=at,
    )


def preparation(cast, now: datetime, **changed):
    return {
        "thawed_at": now - 5 * MINUTE,
        "cells_millions": Decimal(70),
        "viability_percent": Decimal(90),
        "volume_ml": Decimal(100),
        "checked_by": cast.second_pharmacist.staff,
        "checker_password": cast.password,
    } | changed


def prepare(given, cast, now, *, by=None, **changed):
    by = (by or cast.pharmacist).actor(now)
    access = record_access(given.subject, purpose=Purpose.PREPARE, why="Release", by=by)
    values = {"from_kit": in_hand(access, given, by=by)} | preparation(cast, now, **changed)
    return actions.prepare(given, access=access, values=values, by=by, at=now)


def in_hand(access, given, *, by) -> str:
    """The kit that fills the bag of an order."""
    inside = unblinding.kit_contents(access, by=by)
    return next(bag.filled_from for bag in inside if bag.kit_number == given.kit.number)


def begin(given, cast, now, **changed):
    values = {
        "participant_code": given.subject.number,
        "bag_code": given.kit.number,
        "second_person": cast.second_nurse.staff,
        "second_password": cast.password,
    }
    return actions.start_infusion(given, **values | changed, by=cast.nurse.actor(now), at=now)


SIGNS = {
    "temperature_c": Decimal("37.0"),
    "heart_rate": 80,
    "respiratory_rate": 18,
    "systolic_mmhg": 120,
    "diastolic_mmhg": 80,
    "spo2_percent": 96,
}


def measure(given, cast, time_point, at, *, by=None, now=None, **changed):
    now = now or at
    return actions.record_infusion_vitals(
        given,
        time_point=time_point,
        values={"measured_at": at, **SIGNS, "missing": {}} | changed,
        by=(by or cast.nurse).actor(now),
        at=now,
    )


def take_over(given, cast, now, *, by=None, **changed):
    values = {
        "bag_code": given.kit.number,
        "sleeve_intact": True,
        "line_intact": True,
        "handed_by": cast.pharmacist.staff,
        "handed_password": cast.password,
    }
    return actions.hand_over(given, **values | changed, by=(by or cast.nurse).actor(now), at=now)


def stop(infusion, cast, at, *, now=None, version=None, concerns=(), **changed):
    values = {
        "stopped_at": at,
        "volume_ml": Decimal(100),
        "incomplete_reason": "",
        "blind_kept": True,
    }
    now = now or at
    return actions.stop_infusion(
        infusion,
        **values | changed,
        version=version or infusion.version,
        concerns=concerns,
        by=cast.nurse.actor(now),
        at=now,
    )

"""Derived endpoints: tables, and what must hold of any samples. No database."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.rules.derived import (
    MEASURED,
    SOURCES,
    Endpoint,
    Measured,
    Sample,
    TimeToEvent,
    baseline,
    changes,
    first_progression,
    negative_conversion,
    time_to,
)

DAY, START = timedelta(days=1), datetime(2026, 3, 10, 8, tzinfo=UTC)
D0 = START.date()


def sample(hours: float, call: str = "", *cts: int | None) -> Sample:
    at = START + timedelta(hours=hours)
    return Sample(at, at.date(), call, tuple(ct if ct is None else Decimal(ct) for ct in cts))


def converted(*samples: Sample) -> float | None:
    found = negative_conversion(samples, ct=35, apart=DAY)
    return (found.at - START) / timedelta(hours=1) if found else None


@pytest.mark.parametrize(
    ("samples", "hours"),
    [
        ([], None),
        ([(0, "negative")], None),
        ([(0, "negative"), (24, "negative")], 0),
        ([(0, "negative"), (23.9, "negative")], None),
        ([(0, "negative"), (12, "negative"), (24, "negative")], 0),
        ([(0, "positive"), (24, "negative"), (72, "negative")], 24),
        ([(0, "negative"), (24, "positive"), (48, "negative"), (72, "negative")], 48),
        ([(0, "negative"), (24, "indeterminate"), (48, "negative")], None),
        ([(0, "negative"), (12, ""), (24, "negative")], 0),
        ([(24, "negative"), (0, "negative")], 0),
        # by Ct where the laboratory made no call: every gene that was found at 35 or above
        ([(0, "", 35, 36), (24, "", 35, None)], 0),
        ([(0, "", 34, 36), (24, "", 36, 36)], None),
        ([(0, "positive", 38, 38), (24, "negative", 20, 20), (48, "negative")], 24),
        # two samples of one instant: the one that is not negative counts last
        ([(0, "negative"), (24, "negative"), (24, "positive")], 0),
        ([(0, "negative"), (0, "positive"), (24, "negative")], None),
    ],
)
def test_negative_conversion_is_the_first_of_two_a_day_apart(samples, hours):
    assert converted(*(sample(*one) for one in samples)) == hours


CALLS = st.sampled_from(["positive", "negative", "indeterminate", ""])
SAMPLES = st.lists(st.tuples(st.integers(0, 200), CALLS), max_size=12)


@given(SAMPLES)
def test_no_positive_lies_between_conversion_and_its_confirmation(drawn):
    hours = converted(*(sample(h, call) for h, call in drawn))
    if hours is not None:
        negatives = [h for h, call in drawn if call == "negative"]
        breaks = [h for h, call in drawn if call in ("positive", "indeterminate") and h >= hours]
        assert hours in negatives
        assert any(h - hours >= 24 and all(b >= h for b in breaks) for h in negatives)


@given(SAMPLES, st.integers(0, 40))
def test_a_day_without_samples_before_the_first_changes_nothing_but_the_clock(drawn, wait):
    earlier = converted(*(sample(h, call) for h, call in drawn))
    later = converted(*(sample(h + wait, call) for h, call in drawn))
    assert later == (earlier if earlier is None else earlier + wait)


@pytest.mark.parametrize(
    ("classes", "died", "on"),
    [
        ([(0, "moderate")], None, None),
        ([(0, "moderate"), (3, "severe"), (5, "critical")], None, 3),
        ([(5, "critical"), (4, "severe")], None, 4),
        ([(0, "moderate")], 9, 9),
        ([(10, "critical")], 9, 9),
    ],
)
def test_progression_is_the_first_severe_day_or_death(classes, died, on):
    days = [(D0 + n * DAY, severity) for n, severity in classes]
    found = first_progression(days, None if died is None else D0 + died * DAY)
    assert found == (None if on is None else D0 + on * DAY)


def test_without_an_event_the_last_look_is_censored_and_without_a_look_nothing_is_known():
    looked = [D0, D0 + 3 * DAY, D0 + 2 * DAY]
    assert time_to(None, looked, since=D0) == TimeToEvent(D0 + 3 * DAY, 3, happened=False)
    assert time_to(D0 + DAY, looked, since=D0) == TimeToEvent(D0 + DAY, 1, happened=True)
    assert time_to(None, [], since=D0) is None


@pytest.mark.parametrize(
    ("day", "happened", "by_28"),
    [(28, True, True), (29, True, False), (27, False, None), (28, False, False), (0, True, True)],
)
def test_by_day_28_is_unknown_until_somebody_has_looked(day, happened, by_28):
    assert TimeToEvent(D0 + day * DAY, day, happened).within(28) is by_28


BEGUN = datetime(D0.year, D0.month, D0.day, 9, 30, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def measured(day: int, value: str, *, after: timedelta = -MINUTE) -> Measured:
    return Measured(f"D{day}", BEGUN + day * DAY + after, D0 + day * DAY, Decimal(value))


def test_change_is_against_the_last_value_before_the_infusion_started():
    values = [measured(7, "9.5"), measured(0, "12"), measured(-2, "20"), measured(3, "12")]
    assert [(c.measured.visit, c.difference) for c in changes(values, begun_at=BEGUN)] == [
        ("D3", Decimal(0)),
        ("D7", Decimal("-2.5")),
    ]


@pytest.mark.parametrize(
    ("after", "base"),
    [
        (-timedelta(hours=3), "12"),
        (-MINUTE, "12"),
        (-timedelta(seconds=20), "12"),
        (timedelta(0), "12"),
        (timedelta(seconds=39), "12"),
        (timedelta(seconds=40), "20"),
        (timedelta(hours=3), "20"),
    ],
)
def test_on_day_0_the_minute_decides(after, base):
    values = [measured(-1, "20"), measured(0, "12", after=after), measured(3, "9")]
    found = list(changes(values, begun_at=BEGUN))
    assert found[-1].base.value == Decimal(base)
    assert [c.measured.visit for c in found] == (["D3"] if base == "12" else ["D0", "D3"])


def test_without_a_baseline_there_is_no_change():
    assert baseline([measured(3, "1")], begun_at=BEGUN) is None
    assert list(changes([measured(3, "1"), measured(7, "2")], begun_at=BEGUN)) == []


def test_nothing_is_compared_while_the_infusion_is_still_to_come():
    assert list(changes([measured(-1, "1"), measured(3, "2")], begun_at=None)) == []


def test_what_is_measured_is_what_the_forms_measure():
    assert MEASURED["CP"] == ("score",)
    assert "crp_mg_l" in MEASURED["LB"]
    assert "cutoff_ct" not in MEASURED["PC"]
    assert "DY" not in MEASURED
    assert set(SOURCES) == set(Endpoint)


def test_a_date_is_enough():
    assert time_to(date(2026, 4, 1), [], since=date(2026, 3, 10)).day == 22

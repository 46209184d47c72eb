"""The end of the study against what is recorded of it. No database."""

from datetime import date

import pytest

from outcomes.rules.endings import end_against_records

DIED, LATER = date(2026, 3, 10), date(2026, 3, 11)


@pytest.mark.parametrize(
    ("reason", "on", "recorded", "found"),
    [
        ("completed", LATER, {}, {}),
        ("completed", LATER, {"death": DIED}, {"reason": "ended_otherwise"}),
        ("death", DIED, {}, {"reason": "no_such_end"}),
        ("death", DIED, {"death": DIED}, {}),
        ("death", LATER, {"death": DIED}, {"ended_on": "other_end"}),
        ("lost", LATER, {"death": DIED}, {"reason": "no_such_end"}),
        ("withdrawal", DIED, {"consent": DIED}, {}),
        ("withdrawal", DIED, {"data_use": DIED}, {}),
        ("investigator", LATER, {}, {}),
        ("", None, {"death": DIED}, {}),
    ],
)
def test_the_end_of_the_study_tells_what_is_recorded(reason, on, recorded, found):
    assert end_against_records({"reason": reason, "ended_on": on}, recorded) == found

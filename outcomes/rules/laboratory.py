"""Results against the reference range of the study site, and their CTCAE grade."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

PANELS = ("LB", "LH", "LC", "LK")
D = Decimal


class Flag(StrEnum):
    LOW = "low"
    HIGH = "high"


@dataclass(frozen=True)
class Range:
    """What is normal, in the field's unit, both ends included; without an end it is open. Ages in completed years;
    a sex of "" is either."""

    low: Decimal | None
    high: Decimal | None
    sex: str = ""
    age_from: int = 0
    age_to: int = 150

    def fits(self, *, sex: str, age: int) -> bool:
        return self.sex in ("", sex) and self.age_from <= age <= self.age_to


@dataclass(frozen=True)
class Steps:
    """Where grade 2, 3, 4 begin, beyond the range; `times` the end of the range, or in the field's unit."""

    ends: tuple[Decimal, ...]
    times: bool = False


# CTCAE 5.0, investigations, for somebody whose baseline was normal.
FALLING = {
    "haemoglobin_g_l": Steps((D(100), D(80))),
    "platelets_10e9_l": Steps((D(75), D(50), D(25))),
    "neutrophils_10e9_l": Steps((D("1.5"), D(1), D("0.5"))),
    "lymphocytes_10e9_l": Steps((D("0.8"), D("0.5"), D("0.2"))),
    "wbc_10e9_l": Steps((D(3), D(2), D(1))),
    "albumin_g_l": Steps((D(30), D(20))),
    "potassium_mmol_l": Steps((D(3), D(3), D("2.5"))),
    "sodium_mmol_l": Steps((D(130), D(125), D(120))),
    "fibrinogen_g_l": Steps((D("0.75"), D("0.5"), D("0.25")), times=True),
}
RISING = {
    "alt_u_l": Steps((D(3), D(5), D(20)), times=True),
    "ast_u_l": Steps((D(3), D(5), D(20)), times=True),
    "bilirubin_umol_l": Steps((D("1.5"), D(3), D(10)), times=True),
    "creatinine_umol_l": Steps((D("1.5"), D(3), D(6)), times=True),
    "potassium_mmol_l": Steps((D("5.5"), D(6), D(7))),
    "sodium_mmol_l": Steps((D(150), D(155), D(160))),
    "inr": Steps((D("1.5"), D("2.5"))),
    "aptt_s": Steps((D("1.5"), D("2.5")), times=True),
}


def age_on(born: date, on: date) -> int:
    """Completed years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def range_for(ranges: Iterable[Range], *, sex: str, age: int) -> Range | None:
    """The one that fits; a range for one sex before one for either."""
    fitting = [each for each in ranges if each.fits(sex=sex, age=age)]
    return max(fitting, key=lambda each: bool(each.sex), default=None)


def flag_of(value: Decimal, normal: Range) -> Flag | None:
    if normal.low is not None and value < normal.low:
        return Flag.LOW
    return Flag.HIGH if normal.high is not None and value > normal.high else None


def grade_of(field: str, value: Decimal, normal: Range) -> int | None:
    """CTCAE grade of a result out of range; None in range, and where CTCAE grades no such result by its number."""
    flag = flag_of(value, normal)
    if flag is None or field not in (steps := FALLING if flag == Flag.LOW else RISING):
        return None
    edge = normal.low if flag == Flag.LOW else normal.high
    limits = [end * (edge or 1) if steps[field].times else end for end in steps[field].ends]
    beyond = [value < limit if flag == Flag.LOW else value > limit for limit in limits]
    return 1 + sum(beyond)

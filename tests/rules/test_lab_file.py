"""Reading a laboratory's file: units, times, what is refused line by line. No database."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from outcomes.datasets import DATASETS
from outcomes.rules.lab_file import COLUMNS, MOST_ROWS, TESTS, Fault, Result, read
from outcomes.rules.laboratory import PANELS

ZONE = ZoneInfo("Asia/Shanghai")
HEAD = ",".join(COLUMNS)


def line(text: str) -> Result | Fault:
    [found] = read(f"{HEAD}\n{text}\n", zone=ZONE)
    return found


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("CRP,1.2,mg/dL", "12.0"),
        ("crp,12,mg/L", "12"),
        ("CREAT,1,mg/dL", "88.4"),
        ("GLUC,100,mg/dL", "5.5500"),
        ("BILI,1,mg/dL", "17.1"),
        ("HGB,13.5,g/dL", "135.0"),
        ("FIBRINO,300,mg/dL", "3.00"),
        ("DDIMER,500,ng/mL", "0.500"),
        ("WBC,5600,/uL", "5.600"),
        ("INR,1.1,", "1.1"),
        ("K,4.1,mmol/L", "4.1"),
    ],
)
def test_units_become_the_form_s(given, value):
    test, number, unit = given.split(",")
    found = line(f"01-001,2026-03-17 08:30,{test},{number},{unit}")
    assert found.value == Decimal(value)
    assert found.sampled_at == datetime(2026, 3, 17, 8, 30, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("01-001,2026-03-17 08:30,CRP,12,g/L", "unit"),
        ("01-001,2026-03-17 08:30,CRP,12,", "unit"),
        ("01-001,17.03.2026,CRP,12,mg/L", "time"),
        ("01-001,2026-13-17 08:30,CRP,12,mg/L", "time"),
        ("01-001,2026-03-17 08:30,CRP,<0.5,mg/L", "number"),
        ("01-001,2026-03-17 08:30,CRP,NaN,mg/L", "number"),
        ("01-001,2026-03-17 08:30,CRP,Infinity,mg/L", "number"),
        ("01-001,2026-03-17 08:30,CRP,1e999999999,mg/L", "impossible"),
        ("01-001,2026-03-17 08:30,CREAT,-1e999999999,mg/dL", "impossible"),
        (f"01-001,2026-03-17 08:30,CRP,{'9' * 400},mg/L", "impossible"),
        ("01-001\0,2026-03-17 08:30,CRP,12,mg/L", "character"),
        ("01-001,2026-03-17 08:30,CRP\0,12,mg/L", "character"),
        (f"01-001,2026-03-17 08:30,CRP,{'9' * 200_000},mg/L", "cell_too_long"),
        ("01-001,2026-03-17 08:30,TROPT,12,ng/L", "other_test"),
        ("01-001,2026-03-17 08:30,CRP,12", "cells"),
        ("01-001,2026-03-17 08:30,CRP,12,mg/L,x", "cells"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text, kind):
    found = line(text)
    assert (found.line, found.kind) == (2, kind)


def test_another_header_is_no_file_of_ours():
    assert [one.kind for one in read("a,b\n1,2\n", zone=ZONE)] == ["columns"]
    assert [one.kind for one in read("", zone=ZONE)] == ["columns"]
    assert [(one.line, one.kind) for one in read("a" * 200_000, zone=ZONE)] == [(1, "cell_too_long")]


def test_a_result_stands_in_the_file_once():
    row = "01-001,2026-03-17 08:30,CRP,12,mg/L\n"
    other = "01-001,2026-03-17 09:30,CRP,12,mg/L\n"
    found = list(read(f"\ufeff{HEAD}\n{row}{other}{row}", zone=ZONE))
    assert [getattr(one, "kind", "") for one in found] == ["", "", "twice"]
    assert found[2].line == 4


def test_it_ends_somewhere():
    rows = "".join(f"01-{n},2026-03-17 08:30,CRP,12,mg/L\n" for n in range(MOST_ROWS + 2))
    found = list(read(f"{HEAD}\n{rows}", zone=ZONE))
    assert (len(found), found[-1].kind) == (MOST_ROWS + 1, "too_long")


def test_every_result_of_every_panel_has_its_code_and_no_other():
    declared = {
        column.cdash.partition("_")[0]: (dataset.form, column.field)
        for dataset in DATASETS
        if dataset.form in PANELS
        for column in dataset.columns
        if column.cdash.endswith("_LBORRES")
    }
    assert {code: (test.form, test.field) for code, test in TESTS.items()} == declared
    assert all(Decimal(1) in test.units.values() for test in TESTS.values())

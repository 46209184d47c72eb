"""What import-linter cannot see: names in strings."""

import re
from pathlib import Path

import pytest

from trial_site.audit.privileges import declared_functions
from trial_site.core.permissions import MAY_HOLD, UNBLINDED_TASKS, Role, Task

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("trial_site", "enrollment", "randomization", "dosing", "outcomes")
SOURCES = [
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
]
ROOM = ROOT / "randomization" / "sealed"


def offenders(pattern: str, *, outside: tuple[Path, ...]) -> list[str]:
    return [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if not any(path.is_relative_to(place) for place in outside)
        and re.search(pattern, path.read_text(encoding="utf-8"))
    ]


def test_there_is_something_to_look_at():
    assert len(SOURCES) > 60


@pytest.mark.parametrize(
    ("pattern", "outside"),
    [
        (r"sealed_\w+\s*\(", (ROOM, ROOT / "randomization" / "vault.py")),
        (r"get_model\(", ()),
        (
            r"sealed_(place|kitcontent|binding|preparation|sealedsecret|event|shipment|movement|secondbinding"
            r"|substitution|hold)\b",
            (ROOM,),
        ),
        (r"\busing\(", (ROOM,)),
        (r"ATOMIC_REQUESTS\W+True", ()),
        (r"@receiver|\.connect\(\s*\w+,\s*sender", ()),
        (r"datetime\.now\(\)|timezone\.now\(\)", ()),
    ],
    ids=[
        "vault calls",
        "get_model",
        "sealed tables",
        "other connections",
        "atomic requests",
        "signals",
        "now",
    ],
)
def test_strings_go_no_way_around_the_layers(pattern, outside, request):
    if "now" in request.node.callspec.id:
        found = [
            f
            for f in offenders(pattern, outside=())
            if re.search(r"/(rules|models|actions|selectors)[./]", f)
        ]
    else:
        found = offenders(pattern, outside=outside)
    assert found == []


def test_every_function_of_the_sealed_room_makes_a_promise():
    callable_by_the_application = [f for f in declared_functions() if f.caller == "application"]
    assert len(callable_by_the_application) >= 4
    for function in callable_by_the_application:
        assert re.match("returns nothing arm-dependent|demands a disclosure", function.promise), function


def test_no_role_holds_both_a_blinded_and_an_unblinded_task():
    for role in Role:
        held = {task for task in Task if role in MAY_HOLD[task]}
        unblinded = held & set(UNBLINDED_TASKS)
        assert not unblinded or held <= set(UNBLINDED_TASKS), role

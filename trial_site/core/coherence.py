"""Does a protocol definition agree with itself? One sentence for each place where it does not."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from trial_site.core.thresholds import COMPARISONS, Limit

if TYPE_CHECKING:
    from trial_site.core.protocol import Protocol


def _repeated(names: Iterable[object]) -> object | None:
    return next((name for name, times in Counter(names).items() if times > 1), None)


def faults(protocol: "Protocol") -> Iterator[str]:
    """What contradicts itself, one sentence each."""
    yield from _faults_of_names(protocol)
    yield from _faults_of_numbers(protocol)
    yield from _faults_of_the_infusion(protocol)
    yield from _faults_of_visits(protocol)
    yield from _faults_of_criteria(protocol)
    yield from _faults_of_interpretations(protocol)


def _faults_of_names(protocol: "Protocol") -> Iterator[str]:
    named: dict[str, Iterable[object]] = {
        "arm": protocol.arm_codes,
        "study site": (site.code for site in protocol.sites),
        "form": (form.oid for form in protocol.forms),
        "visit": (visit.code for visit in protocol.visits),
        "criterion": (criterion.code for criterion in protocol.criteria),
        "line of the re-check": (item.code for item in protocol.recheck.items),
        "interpretation": (entry.number for entry in protocol.interpretations),
    }
    for what, names in named.items():
        if twice := _repeated(names):
            yield f"{what} {twice} is defined twice."
    for site in protocol.sites:
        if site.zone not in available_timezones():
            yield f"study site {site.code}: {site.zone} is not a time zone."


def _faults_of_numbers(protocol: "Protocol") -> Iterator[str]:
    if protocol.window.first_day > protocol.window.last_day:
        yield "window.first_day is after window.last_day."
    if protocol.age.minimum > protocol.age.maximum:
        yield "age.minimum is above age.maximum."
    if len(protocol.ratio) != len(protocol.arms):
        yield "ratio needs one number per arm."
    for group in (protocol.tests, protocol.moderate, protocol.severe, protocol.risk):
        for name, value in vars(group).items():
            if isinstance(value, Limit) and value.operator not in COMPARISONS:
                yield f"{name}: {value.operator!r} is not one of {', '.join(COMPARISONS)}."


def _faults_of_the_infusion(protocol: "Protocol") -> Iterator[str]:
    if protocol.infusion.carrier not in {one.carrier for one in protocol.infusion.stabilities}:
        yield f"infusion.carrier: there is no stability for {protocol.infusion.carrier}."
    for one in protocol.infusion.stabilities:
        if one.start_minutes <= protocol.infusion.release_within_minutes_after_thaw:
            yield f"infusion.release_within_minutes_after_thaw leaves no time to start a bag with {one.carrier}."
        if one.end_minutes <= one.start_minutes:
            yield f"stability of {one.carrier}: a bag ends after it is started."
    for rule in protocol.infusion.stop_rules:
        if rule.limit.operator not in COMPARISONS:
            yield f"infusion.stop_rules: {rule.limit.operator!r} is not one of {', '.join(COMPARISONS)}."


def _faults_of_visits(protocol: "Protocol") -> Iterator[str]:
    known = {form.oid for form in protocol.forms}
    for visit in protocol.visits:
        if visit.minus < 0 or visit.plus < 0 or (visit.day is None and visit.minus + visit.plus):
            yield f"visit {visit.code}: its window is impossible."
        if unknown := set(visit.forms) - known:
            yield f"visit {visit.code}: there is no form {min(unknown)}."


def _faults_of_criteria(protocol: "Protocol") -> Iterator[str]:
    groups = {criterion.code for criterion in protocol.criteria if criterion.logic}
    for criterion in protocol.criteria:
        if criterion.within and criterion.within not in groups:
            yield f"criterion {criterion.code}: {criterion.within} is not a group."
        if criterion.logic and criterion.code not in protocol.parts_of:
            yield f"criterion {criterion.code}: a group without criteria."


def _faults_of_interpretations(protocol: "Protocol") -> Iterator[str]:
    for entry in protocol.interpretations:
        if unknown := set(entry.criteria) - protocol.criterion_by_code.keys():
            yield f"interpretation {entry.number}: there is no criterion {min(unknown)}."
        for key in entry.keys:
            if not _resolves(protocol, key):
                yield f"interpretation {entry.number}: nothing is called {key}."


def _resolves(protocol: "Protocol", key: str) -> bool:
    group, _, code = key.partition(".")
    if group == "criteria" and code:
        return code in protocol.criterion_by_code
    try:
        protocol.setting(key)
    except LookupError:
        return False
    return True

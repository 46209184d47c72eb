"""The protocol as tables: schedule of assessments, criteria, interpretations. A chapter for every version."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from dosing.models import TimePoint
from dosing.rules.time_points import PLANNED
from trial_site.core.protocol import Criterion, Interpretation, Kind, Protocol, Text, Visit, versions
from trial_site.core.thresholds import Limit
from trial_site.exports.blinded import DATASETS
from trial_site.exports.generated_docs.markdown import YES, code, table

KINDS = {
    Kind.STUDY: "Conditions of the study",
    Kind.INCLUSION: "Inclusion",
    Kind.EXCLUSION: "Exclusion (each says what must hold)",
}


def schedule_of_assessments() -> Iterator[str]:
    yield "# Schedule of assessments"
    for protocol in versions().values():
        yield version_title(protocol)
        yield schedule(protocol)
        yield "- " + "\n- ".join(clock(protocol))
    yield "## Vital signs around the infusion"
    yield table(
        ["Time point", "Minutes", "From", "On time within (minutes)"],
        (
            [TimePoint(point).label, planned.minutes, f"{planned.after} of the infusion", planned.tolerance]
            for point, planned in PLANNED.items()
        ),
    )


def version_title(protocol: Protocol) -> str:
    return f"## Protocol version {protocol.version}, in effect from {protocol.effective}"


def schedule(protocol: Protocol) -> str:
    """SPIRIT's participant timeline: what is done when."""
    visits = protocol.visits
    assessed = ([f.name.en, *(YES if f.oid in v.forms else "" for v in visits)] for f in protocol.forms)
    return table(
        ["", *(visit.code for visit in visits)],
        [
            ["Visit", *(visit.name.en for visit in visits)],
            ["Study period", *map(period, visits)],
            ["Target day", *("" if visit.day is None else visit.day for visit in visits)],
            ["Window", *map(days, visits)],
            *assessed,
        ],
    )


def period(visit: Visit) -> str:
    if visit.day is None:
        return "as needed"
    return "enrolment" if "EL" in visit.forms else "post-allocation"


def days(visit: Visit) -> str:
    if visit.day is None:
        return ""
    first, last = visit.day - visit.minus, visit.day + visit.plus
    return f"day {first}" if first == last else f"day {first} to {last}"


def clock(protocol: Protocol) -> Iterator[str]:
    """What is bound to an hour or to the window rather than to a visit."""
    window = protocol.window
    yield "Days count from the infusion, which is day 0."
    yield (
        f"Infusion window: day {window.first_day} to {window.last_day}, both included, counted from"
        f" {said(window.anchor)}, which is day {window.onset_is_day}."
    )
    yield f"Signed eligibility is valid for {protocol.signature_valid_hours} hours."
    yield (
        f"Randomization (allocation): at most {protocol.randomization_max_hours_before_infusion} hours before"
        " the planned infusion."
    )
    yield f"Pre-dose re-check: at most {protocol.recheck_max_hours} hours old when the infusion is ordered."
    infusion, stability = protocol.infusion, protocol.infusion.stability
    yield (
        f"Carrier {infusion.carrier}: a bag is started within {stability.start_minutes} and ended within"
        f" {stability.end_minutes} minutes after thawing."
    )
    yield (
        f"No bag is released earlier than {infusion.release_minutes_before} minutes before the planned infusion, or"
        f" later than {infusion.release_within_minutes_after_thaw} minutes after thawing. Its times to start and to"
        " end count from the release, as if every bag were that old."
    )
    yield (
        f"The first {infusion.first_participants} participants are infused at least"
        f" {infusion.first_hours_apart} hours apart, arms ignored."
    )
    yield "Around the infusion: " + "; ".join(
        f"{rule.response} at {rule.field} {rule.limit}" for rule in infusion.stop_rules
    )
    listed = {form for visit in protocol.visits for form in visit.forms}
    others = (f"{d.title} ({d.form})" for d in DATASETS if not d.visit and d.form not in listed)
    yield f"Forms bound to no visit: {', '.join(others)}."


def criteria() -> Iterator[str]:
    yield "# Criteria and interpretations"
    for protocol in versions().values():
        yield version_title(protocol)
        for kind in Kind:
            yield f"### {KINDS[kind]}"
            yield criterion_table(protocol, kind)
        yield "### Interpretations"
        yield "Where the registry is open or contradicts itself: its reading, the default chosen, and why."
        yield interpretation_table(protocol)


def criterion_table(protocol: Protocol, kind: Kind) -> str:
    return table(
        ["Code", "Part of", "What the registry says", "What must hold", "Interpreted in"],
        (
            [
                criterion.code,
                criterion.within or "",
                criterion.clause.en,
                reading(criterion),
                ", ".join(str(entry.number) for entry in protocol.interpretations_of(criterion.code)),
            ]
            for criterion in protocol.criteria
            if criterion.kind == kind
        ),
    )


def reading(criterion: Criterion) -> str:
    return criterion.title.en + (f" ({criterion.logic} of its parts)" if criterion.logic else "")


def interpretation_table(protocol: Protocol) -> str:
    return table(
        ["No.", "Topic", "What the registry says", "What this study does", "Why", "Bears on", "Set to"],
        (
            [
                entry.number,
                *(text.en for text in (entry.topic, entry.registry, entry.default, entry.why)),
                ", ".join(entry.criteria),
                "; ".join(decided_by(entry, protocol)),
            ]
            for entry in protocol.interpretations
        ),
    )


def decided_by(entry: Interpretation, protocol: Protocol) -> Iterator[str]:
    """The places of the protocol that decide an entry; a criterion stands in its own table."""
    for key in entry.keys:
        yield code(key) if key.startswith("criteria") else f"{code(key)} {said(protocol.setting(key))}"


def said(value: Any) -> str:
    match value:
        case None:
            return "not set"
        case bool():
            return "yes" if value else "no"
        case Text():
            return value.en
        case tuple():
            return ", ".join(map(said, value)) or "none"
        case _ if is_dataclass(value) and not isinstance(value, Limit):
            return ", ".join(f"{field.name} {said(getattr(value, field.name))}" for field in fields(value))
    return str(value).replace("_", " ")

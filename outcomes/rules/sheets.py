"""The case report forms of this app as rules know them: which field says when, limits, what belongs together."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dosing.rules.measurements import Limits
from outcomes.rules import limits as measured

Values = Mapping[str, Any]


class Kind(StrEnum):
    """How often a form is filled in: at each visit that lists it, once, in numbered entries, or once a day."""

    VISIT = "visit"
    ONCE = "once"
    LOG = "log"
    DAILY = "daily"


@dataclass(frozen=True)
class Only:
    """A field that applies only where another one has one of `values`; `kind` is the finding where it does not."""

    field: str
    when: str
    values: tuple[object, ...]
    kind: str = "does_not_apply"

    def holds(self, values: Values) -> bool:
        return values.get(self.when) in self.values


@dataclass(frozen=True)
class Sheet:
    """One form.

    moment: the field that says when; assessor: filled in by the blinded assessor, else by the coordinator;
    ordered: (first, last) pairs of dates or numbers of which the second is never below the first;
    sexes: whose form it is, when it is not everybody's; ahead: dates that may be still to come.
    """

    moment: str
    kind: Kind = Kind.VISIT
    assessor: bool = False
    limits: tuple[Limits, ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()
    only: tuple[Only, ...] = ()
    sexes: tuple[str, ...] = ("male", "female", "")
    ahead: tuple[str, ...] = ()

    def applies(self, field: str, values: Values) -> bool:
        return all(rule.holds(values) for rule in self.only if rule.field == field)


WITH_FLOW = ("nasal_cannula", "mask", "high_flow", "non_invasive")
FLOW = Only("oxygen_flow_l_min", "oxygen_device", WITH_FLOW, "flow_without_device")
ENDED = Only("ended_on", "ongoing", (False,), "ended_but_going_on")
ENDED_PREGNANCY = ("birth", "stillbirth", "miscarriage", "termination", "ectopic")
SPAN = (("started_on", "ended_on"),)

SHEETS: dict[str, Sheet] = {
    # the blinded assessor's
    "VS": Sheet("measured_at", assessor=True, limits=measured.VITAL_SIGNS, only=(FLOW,)),
    "CP": Sheet("assessed_at", assessor=True),
    "NS": Sheet("assessed_at", assessor=True, only=(Only("criterion", "severity", ("severe", "critical")),)),
    "SY": Sheet("assessed_at", assessor=True),
    "VT": Sheet("ascertained_on", assessor=True, only=(Only("last_alive_on", "status", ("unknown",)),)),
    "WT": Sheet(
        "walked_at",
        assessor=True,
        limits=measured.WALK,
        ordered=(("spo2_lowest_percent", "spo2_before_percent"),),
    ),
    "LF": Sheet("measured_at", assessor=True, limits=measured.LUNG_FUNCTION, ordered=(("fev1_l", "fvc_l"),)),
    "DY": Sheet("on", Kind.DAILY, assessor=True, limits=measured.DAILY, only=(FLOW,)),
    # the coordinator's
    "LB": Sheet("sampled_at", limits=measured.LABORATORY, ordered=(("lymphocytes_10e9_l", "wbc_10e9_l"),)),
    "LH": Sheet("sampled_at", limits=measured.HAEMATOLOGY),
    "LC": Sheet("sampled_at", limits=measured.CHEMISTRY),
    "LK": Sheet("sampled_at", limits=measured.COAGULATION),
    "PC": Sheet("sampled_at", limits=measured.PCR),
    "SE": Sheet("sampled_at", limits=measured.SEROLOGY),
    "CT": Sheet(
        "scanned_at", limits=measured.CHEST_CT, only=(Only("lesion_percent", "pneumonia", ("yes",)),)
    ),
    "EG": Sheet("recorded_at", limits=measured.ECG, only=(Only("finding", "result", ("abnormal",)),)),
    "PT": Sheet("tested_at", sexes=("female", "")),
    "CH": Sheet(
        "first_positive_on",
        Kind.ONCE,
        limits=measured.HISTORY,
        only=(Only("previous_infection_on", "previous_infection", ("yes",)),),
        ordered=(("previous_infection_on", "first_positive_on"), ("last_dose_on", "first_positive_on")),
    ),
    "MH": Sheet("started_on", Kind.LOG, only=(ENDED,), ordered=SPAN),
    "CM": Sheet("started_on", Kind.LOG, only=(ENDED,), ordered=SPAN),
    "RS": Sheet("started_at", Kind.LOG, limits=measured.SUPPORT, ordered=(("started_at", "ended_at"),)),
    "HO": Sheet(
        "admitted_on",
        Kind.LOG,
        ordered=(("admitted_on", "discharged_on"),),
        only=(Only("icu_admitted_on", "intensive_care", ("yes",)),),
    ),
    "RI": Sheet("detected_on", Kind.LOG),
    "PG": Sheet(
        "learned_on",
        Kind.LOG,
        only=(
            Only("ended_on", "outcome", ENDED_PREGNANCY),
            Only("child", "outcome", ("birth", "stillbirth")),
        ),
        ordered=(
            ("last_period_on", "learned_on"),
            ("last_period_on", "due_on"),
            ("last_period_on", "ended_on"),
        ),
        ahead=("due_on",),
    ),
    "DD": Sheet("informed_on", Kind.ONCE),
    "EO": Sheet("ended_on", Kind.ONCE, only=(Only("detail", "reason", ("other", "investigator")),)),
}


def forms_of(*kinds: Kind, assessor: bool | None = None) -> tuple[str, ...]:
    """Codes of the forms of some kinds, of the assessor's or the coordinator's or of both."""
    return tuple(
        code for code, sheet in SHEETS.items() if sheet.kind in kinds and assessor in (None, sheet.assessor)
    )


VISIT_FORMS = forms_of(Kind.VISIT)

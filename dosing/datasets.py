"""Export columns of the infusion. Nothing here differs between the arms, and the assessor sees none of it.

Release has no form of its own: that a bag was ready and its use-by time are the pharmacy's clock, kept in the
audit trail; what counts for analysis is when the infusion started and ended.
"""

from django.utils.translation import gettext_lazy as _

from dosing.models import Infusion, InfusionOrder, InfusionReaction, InfusionVitals, Interruption
from dosing.rules.measurements import RECHECK, VITAL_SIGNS, Limits
from trial_site.core.datasets import Column, Dataset, Origin

COMMON = {
    "id": "internal key",
    "version": "counts edits; in the audit trail",
    "missing": "given as a reason beside each value",
    "subject": "given as the screening number",
}


def measured(limits: tuple[Limits, ...]) -> tuple[Column, ...]:
    return tuple(Column(each.field, unit=each.ucum, cdash="VSORRES") for each in limits)


DATASETS = [
    Dataset(
        form="OR",
        origin=Origin.DIRECT,
        title=_("Pre-dose re-check and order"),
        model=InfusionOrder,
        subject="subject__number",
        repeat="kit__number",
        columns=(
            Column("ordered_at"),
            Column("rechecked_at", cdash="VSDAT"),
            Column("consent_stands"),
            Column("still_moderate"),
            Column("no_new_exclusion"),
            Column("weight_measured_on"),
            *measured(RECHECK),
            Column("oxygen_device"),
            Column("oxygen_reason"),
            Column("recheck_version"),
        ),
        withheld=COMMON
        | {
            "slot": "planning, not a finding",
            "kit": "tells orders apart",
            "state": "follows from the infusion form",
            "ordered_by": "a person; in the signature and the audit trail",
        },
    ),
    Dataset(
        form="IN",
        origin=Origin.DIRECT,
        title=_("Infusion"),
        model=Infusion,
        subject="subject__number",
        repeat="bag_code",
        domain="EC",
        columns=(
            Column("participant_code", coded=True),
            Column("bag_code", cdash="ECREFID", coded=True),
            Column("started_at", cdash="ECSTDAT"),
            Column("stopped_at", cdash="ECENDAT"),
            Column("volume_ml", unit="mL", cdash="ECVAMT"),
            Column("incomplete_reason", cdash="ECADJ"),
            Column("blind_kept"),
            Column("entered_at"),
            Column("why_late"),
            Column("paper_source"),
        ),
        withheld=COMMON
        | {
            "order": "internal key; the number on the bag tells infusions apart",
            "identified_by": "a person; in the audit trail",
            "second_person": "a person; in the audit trail",
            "departures": "in the deviation that names them",
        },
    ),
    Dataset(
        form="IT",
        title=_("Interruptions of the infusion"),
        model=Interruption,
        subject="subject__number",
        repeat="id",
        columns=(Column("began_at"), Column("ended_at"), Column("why", cdash="ECADJ")),
        withheld=COMMON | {"infusion": "internal key"},
    ),
    Dataset(
        form="RE",
        title=_("Infusion reactions"),
        model=InfusionReaction,
        subject="subject__number",
        repeat="id",
        columns=(
            Column("term", cdash="CETERM"),
            Column("grade", cdash="CETOXGR"),
            Column("began_at", cdash="CESTDAT"),
            Column("response"),
        ),
        withheld=COMMON | {"infusion": "internal key", "recorded_by": "a person; in the audit trail"},
    ),
    Dataset(
        form="IV",
        origin=Origin.DIRECT,
        title=_("Vital signs around the infusion"),
        model=InfusionVitals,
        subject="subject__number",
        repeat="time_point",
        domain="VS",
        columns=(
            Column("time_point", cdash="VSTPT"),
            Column("measured_at", cdash="VSDAT"),
            Column("entered_at"),
            *measured(VITAL_SIGNS),
            Column("events"),
        ),
        withheld=COMMON | dict.fromkeys(("order", "infusion"), "internal key; one infusion has one set"),
    ),
]

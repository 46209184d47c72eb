"""Adverse events and their reports."""

from django.utils.translation import gettext_lazy as _

from outcomes.datasets.declaring import WITHHELD, sheet
from outcomes.models import AdverseEvent, SafetyReport
from trial_site.core.datasets import Column, Dataset, Origin

AE_WITHHELD = WITHHELD | {
    "number": "tells events of a participant apart",
    "reaction": "points to the record at the bedside; told by the event of special interest",
}
SAFETY = [
    sheet(
        "PG",
        _("Pregnancy of participant or partner"),
        "RP",
        whose="RPCAT",
        learned_on="RPDAT",
        last_period_on="LMPSTDAT_RPORRES",
        due_on="EDLVRDAT_RPORRES",
        outcome="PREGOUT_RPORRES",
        ended_on="RPENDAT",
        child="CHILD_RPORRES",
        course="RPCOM",
    ),
    Dataset(
        form="AE",
        title=_("Adverse event"),
        model=AdverseEvent,
        subject="subject__number",
        repeat="number",
        domain="AE",
        columns=(
            Column("term", cdash="AETERM"),
            Column("started_on", cdash="AESTDAT"),
            Column("started_time", cdash="AESTTIM", coded=True),
            Column("ended_on", cdash="AEENDAT"),
            Column("ended_time", cdash="AEENTIM", coded=True),
            Column("ctcae_version", coded=True),
            Column("grade", cdash="AETOXGR"),
            Column("serious", cdash="AESER"),
            Column("life_threatening", cdash="AESLIFE"),
            Column("hospitalisation", cdash="AESHOSP"),
            Column("disability", cdash="AESDISAB"),
            Column("birth_defect", cdash="AESCONG"),
            Column("medically_important", cdash="AESMIE"),
            Column("aware_at", cdash="AEAWARDTC"),
            Column("special_interest", cdash="AESI"),
            Column("action_taken", cdash="AEACNOTH"),
            Column("causality", cdash="AEREL"),
            Column("outcome", cdash="AEOUT"),
        ),
        withheld=AE_WITHHELD,
    ),
    Dataset(
        form="SR",
        title=_("Report of a serious event"),
        model=SafetyReport,
        subject="subject__number",
        repeat="id",
        domain="AE",
        origin=Origin.DIRECT,
        columns=(
            Column("number"),
            Column("narrative"),
            Column("reported_at"),
            Column("reported_by"),
        ),
        withheld={
            "id": "internal key; tells reports apart",
            "subject": "given as the screening number",
            "event": "the event's number and term are in its own form",
        },
    ),
]

"""Export columns of visits, their forms and adverse events."""

from django.utils.translation import gettext_lazy as _

from dosing.rules.measurements import Limits
from outcomes.models import AdverseEvent, ClinicalProgression, Laboratory, Visit, VitalSigns
from outcomes.rules.limits import LABORATORY, VITAL_SIGNS
from trial_site.core.datasets import Column, Dataset, Origin

WITHHELD = {
    "id": "internal key",
    "subject": "given as the screening number",
    "version": "counts saves; in the audit trail",
    "missing": "given beside each value",
}
FORM_WITHHELD = WITHHELD | {"visit": "given as the visit code"}
AE_WITHHELD = WITHHELD | {"number": "tells events of a participant apart"}

VITAL_SIGNS_CDASH = {
    "temperature_c": "TEMP_VSORRES",
    "heart_rate": "HR_VSORRES",
    "respiratory_rate": "RESP_VSORRES",
    "systolic_mmhg": "SYSBP_VSORRES",
    "diastolic_mmhg": "DIABP_VSORRES",
    "spo2_percent": "OXYSAT_VSORRES",
    "oxygen_flow_l_min": "OXYFLOW_PRDOSE",
}
LABORATORY_CDASH = {
    "wbc_10e9_l": "WBC_LBORRES",
    "lymphocytes_10e9_l": "LYM_LBORRES",
    "crp_mg_l": "CRP_LBORRES",
    "il6_pg_ml": "INTLK6_LBORRES",
    "ferritin_ug_l": "FERRITIN_LBORRES",
    "d_dimer_mg_l": "DDIMER_LBORRES",
    "ldh_u_l": "LDH_LBORRES",
    "procalcitonin_ng_ml": "PROCAL_LBORRES",
}


def measured(limits: tuple[Limits, ...], names: dict[str, str]) -> tuple[Column, ...]:
    return tuple(Column(each.field, unit=each.ucum, cdash=names[each.field]) for each in limits)


DATASETS = [
    Dataset(
        form="VI",
        title=_("Visit"),
        model=Visit,
        subject="subject__number",
        visit="code",
        domain="SV",
        audience="assessor",
        columns=(
            Column("took_place_on", cdash="VISDAT"),
            Column("study_day", unit="d", origin=Origin.DERIVED),
            Column("randomization_day", unit="d", origin=Origin.DERIVED),
        ),
        withheld={
            "id": "internal key",
            "subject": "given as the screening number",
            "code": "given as the visit code",
        },
    ),
    Dataset(
        form="VS",
        title=_("Vital signs and oxygen support"),
        model=VitalSigns,
        subject="subject__number",
        visit="visit__code",
        domain="VS",
        audience="assessor",
        columns=(
            Column("measured_at", cdash="VSDTC"),
            *measured(VITAL_SIGNS, VITAL_SIGNS_CDASH),
            Column("oxygen_device", cdash="PRTRT"),
        ),
        withheld=FORM_WITHHELD,
    ),
    Dataset(
        form="CP",
        title=_("WHO Clinical Progression Scale"),
        model=ClinicalProgression,
        subject="subject__number",
        visit="visit__code",
        domain="RS",
        audience="assessor",
        columns=(
            Column("assessed_at", cdash="RSDTC"),
            Column("score", cdash="WHOCPS_RSORRES"),
            Column("scale", cdash="RSCAT", origin=Origin.DERIVED, coded=True),
        ),
        withheld=FORM_WITHHELD,
    ),
    Dataset(
        form="LB",
        origin=Origin.LABORATORY,
        title=_("Laboratory"),
        model=Laboratory,
        subject="subject__number",
        visit="visit__code",
        domain="LB",
        columns=(Column("sampled_at", cdash="LBDTC"), *measured(LABORATORY, LABORATORY_CDASH)),
        withheld=FORM_WITHHELD,
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
            Column("ended_on", cdash="AEENDAT"),
            Column("ctcae_version", coded=True),
            Column("grade", cdash="AETOXGR"),
            Column("serious", cdash="AESER"),
            Column("causality", cdash="AEREL"),
            Column("outcome", cdash="AEOUT"),
        ),
        withheld=AE_WITHHELD,
    ),
]

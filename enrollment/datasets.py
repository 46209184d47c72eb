"""Export columns of enrollment: every field of every form, or why it leaves in no export."""

from django.utils.translation import gettext_lazy as _

from enrollment.models import (
    SCREENING_FACTS,
    SCREENING_TIMES,
    ChangeAfterVerdict,
    Consent,
    ContactAttempt,
    EligibilityAssessment,
    Ending,
    Screening,
    Subject,
    Withdrawal,
)
from trial_site.core.datasets import Column, Dataset, Origin

KEY = {"id": "internal key", "subject": "given as the screening number"}
RECORD = {
    "version": "counts changes; they are in the audit trail",
    "missing": "given beside each empty value",
}
UNITS = {
    "highest_temperature_c": "Cel",
    "high_fever_days": "d",
    "height_cm": "cm",
    "weight_kg": "kg",
    "respiratory_rate": "/min",
    "spo2_percent": "%",
    "pao2_fio2_mmhg": "mm[Hg]",
    "cigarettes_per_day": "/d",
    "pack_years": "a",
}
CDASH = {
    "birth_date": "BRTHDAT",
    "sex": "SEX",
    "symptom_onset_date": "MHSTDAT",
    "pcr_result": "MBORRES",
    "pcr_sample_date": "MBDAT",
    "vital_signs_date": "VSDAT",
    "height_cm": "HEIGHT_VSORRES",
    "weight_kg": "WEIGHT_VSORRES",
    "respiratory_rate": "RESP_VSORRES",
    "spo2_percent": "OXYSAT_VSORRES",
    "highest_temperature_c": "TEMP_VSORRES",
    "imaging_date": "PRSTDAT",
    "pregnancy_test_result": "LBORRES",
    "pregnancy_test_date": "LBDAT",
}

DATASETS = [
    Dataset(
        form="SU",
        origin=Origin.DIRECT,
        title=_("Participant"),
        model=Subject,
        subject="number",
        domain="DM",
        columns=(
            Column("identified_on"),
            Column("state"),
            Column("protocol_version", coded=True),
            Column("rescreen_of", coded=True),
        ),
        withheld={
            "id": "internal key",
            "number": "the screening number of every row",
            "site": "the study site of every row",
            "planned_infusion_at": "a plan; what took place is on the infusion form",
        },
    ),
    Dataset(
        form="CO",
        title=_("Informed consent"),
        model=Consent,
        subject="subject__number",
        domain="DS",
        repeat="consent_version__version",
        columns=(
            Column("consent_version", coded=True),
            Column("given_at", cdash="DSSTDAT"),
            Column("obtained_at"),
            Column("witness"),
            Column("witnessed_at"),
            Column("copy_given"),
            Column("future_contact"),
        ),
        withheld=KEY | RECORD | {"obtained_by": "a person; in the audit trail"},
    ),
    Dataset(
        form="SC",
        title=_("Screening"),
        model=Screening,
        subject="subject__number",
        columns=tuple(
            Column(name, unit=UNITS.get(name, ""), cdash=CDASH.get(name, ""))
            for name in (*SCREENING_FACTS, *SCREENING_TIMES, "sources")
        ),
        withheld=KEY | RECORD,
    ),
    Dataset(
        form="CV",
        title=_("Values changed after a verdict was shown"),
        model=ChangeAfterVerdict,
        subject="subject__number",
        repeat="id",
        columns=(
            Column("fact"),
            Column("old"),
            Column("new"),
            Column("not_met", coded=True),
            Column("undetermined", coded=True),
            Column("changed_at"),
            Column("reason"),
        ),
        withheld=KEY | {"changed_by": "a person; in the audit trail"},
    ),
    Dataset(
        form="EL",
        origin=Origin.DIRECT,
        title=_("Eligibility"),
        model=EligibilityAssessment,
        subject="subject__number",
        domain="IE",
        repeat="id",
        columns=(
            Column("decision", cdash="IEYN"),
            Column("failed_criteria", cdash="IETESTCD"),
            Column("protocol_version", coded=True),
            Column("screening_version"),
            Column("comment"),
            Column("assessed_at", cdash="IEDAT"),
        ),
        withheld=KEY
        | {
            "facts": "a copy of the screening form, kept to replay the verdict",
            "verdict": "follows from facts and rules; kept to replay it",
            "assessed_by": "a person; in the signature",
        },
    ),
    Dataset(
        form="WD",
        title=_("Withdrawal"),
        model=Withdrawal,
        subject="subject__number",
        domain="DS",
        repeat="kind",
        columns=(Column("kind", cdash="DSDECOD"), Column("on", cdash="DSSTDAT"), Column("stated_reason")),
        withheld=KEY,
    ),
    Dataset(
        form="EN",
        title=_("End of treatment or follow-up"),
        model=Ending,
        subject="subject__number",
        domain="DS",
        repeat="id",
        columns=(
            Column("kind", cdash="DSDECOD"),
            Column("on", cdash="DSSTDAT"),
            Column("explanation"),
            Column("stands"),
        ),
        withheld=KEY,
    ),
    Dataset(
        form="CA",
        title=_("Attempts to reach the participant"),
        model=ContactAttempt,
        subject="subject__number",
        repeat="id",
        columns=(Column("on"), Column("means"), Column("reached")),
        withheld=KEY,
    ),
]

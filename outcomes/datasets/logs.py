"""Histories, running logs, and how the study ends."""

from django.utils.translation import gettext_lazy as _

from outcomes.datasets.declaring import sheet
from outcomes.models import BlindingGuess
from trial_site.core.datasets import Column, Dataset, Origin

LOGS = [
    sheet(
        "CH",
        _("COVID-19 history and vaccination"),
        "MH",
        first_positive_on="MHSTDAT",
        previous_infection="PRVINF_MHOCCUR",
        previous_infection_on="PRVINF_MHSTDAT",
        vaccine_doses="VACC_CMDOSNO",
        vaccine="VACC_CMTRT",
        last_dose_on="VACC_CMSTDAT",
    ),
    sheet(
        "MH",
        _("Medical history"),
        "MH",
        condition="MHTERM",
        organ="MHCAT",
        started_on="MHSTDAT",
        ongoing="MHONGO",
        ended_on="MHENDAT",
    ),
    sheet(
        "CM",
        _("Concomitant medication"),
        "CM",
        name="CMTRT",
        group="CMCAT",
        indication="CMINDC",
        dose="CMDSTXT",
        started_on="CMSTDAT",
        ongoing="CMONGO",
        ended_on="CMENDAT",
    ),
    sheet(
        "RS",
        _("Respiratory support"),
        "PR",
        started_at="PRSTDTC",
        ended_at="PRENDTC",
        device="PRTRT",
        oxygen_flow_l_min="PRDOSE",
        fio2_percent="FIO2_PRDOSE",
    ),
    sheet(
        "HO",
        _("Hospital stay"),
        "HO",
        admitted_on="HOSTDAT",
        discharged_on="HOENDAT",
        destination="HODISP",
        intensive_care="ICU_HOOCCUR",
        icu_admitted_on="ICU_HOSTDAT",
    ),
    sheet(
        "RI",
        _("Reinfection"),
        "MB",
        detected_on="MBDAT",
        method="MBMETHOD",
        severity="NHC_RSORRES",
        negative_between="MBNEGBTW",
    ),
    sheet(
        "DD",
        _("Cause of death"),
        "DD",
        informed_on="DDDAT",
        cause="PRCDTH_DDORRES",
        due_to_covid="COVID_DDORRES",
        autopsy="AUTOPIND",
    ),
    Dataset(
        form="BG",
        title=_("Guess of the treatment"),
        model=BlindingGuess,
        subject="subject__number",
        repeat="whose",
        domain="QS",
        origin=Origin.DIRECT,
        until_lock=True,
        columns=(
            Column("whose", cdash="QSEVAL"),
            Column("guess", cdash="GUESS_QSORRES"),
            Column("certainty", cdash="CERTAIN_QSORRES"),
            Column("grounds", cdash="GROUNDS_QSORRES"),
            Column("given_at", cdash="QSDTC"),
        ),
        withheld={
            "id": "internal key",
            "subject": "given as the screening number",
            "given_by": "a person; in the audit trail",
        },
    ),
    sheet("EO", _("End of study"), "DS", ended_on="DSSTDAT", reason="DSDECOD", detail="DSTERM"),
]

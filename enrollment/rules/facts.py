"""Everything the criteria need to know of a participant, one flat name per field of the screening form.

Sections follow the form. None means not known; a Facts holds only physically possible values.
"""
# ruff: noqa: RUF009 (`fact` is a dataclass field)

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from enrollment.rules.answers import (
    Answer,
    BloodGas,
    ConsentBy,
    Infarction,
    Modality,
    OtherTrial,
    OxygenDevice,
    Precancer,
    Progression,
    Sex,
    Smoking,
    Source,
    TemperatureSite,
    TestResult,
    Tumour,
)
from enrollment.rules.partial import PartialDate
from enrollment.rules.wording import _


class ImpossibleValue(ValueError):
    """A number that no human being can have."""


def fact(label: str, low: str | None = None, high: str | None = None) -> Any:
    """A field with its label and, for numbers, the limits of the physically possible."""
    limits = None if low is None or high is None else (Decimal(low), Decimal(high))
    return field(default=None, metadata={"label": label, "limits": limits})


@dataclass(frozen=True, kw_only=True)
class OtherRecords:
    """Taken from the consent and the plan, never typed into the screening form."""

    title: ClassVar[str] = _("From other records")
    consent_date: date | None = fact(_("Date of consent"))
    consent_by: ConsentBy | None = fact(_("Consent signed by"))
    planned_infusion_date: date | None = fact(_("Planned infusion"))


@dataclass(frozen=True, kw_only=True)
class Demographics:
    title: ClassVar[str] = _("Demographics")
    birth_date: date | None = fact(_("Date of birth"))
    sex: Sex | None = fact(_("Sex"))


@dataclass(frozen=True, kw_only=True)
class OnsetAndTests:
    title: ClassVar[str] = _("Onset and tests")
    symptom_onset_date: date | None = fact(_("Symptom onset"))
    onset_estimated: Answer | None = fact(_("Onset is an estimate"))
    pcr_result: TestResult | None = fact(_("SARS-CoV-2 nucleic acid"))
    pcr_sample_date: date | None = fact(_("Nucleic acid, sampled on"))
    antigen_result: TestResult | None = fact(_("SARS-CoV-2 antigen"))
    antigen_sample_date: date | None = fact(_("Antigen, sampled on"))
    culture_result: TestResult | None = fact(_("SARS-CoV-2 culture"))
    culture_sample_date: date | None = fact(_("Culture, sampled on"))
    igg_paired: Answer | None = fact(_("Two SARS-CoV-2 IgG titres available"))
    igg_acute_titre: Decimal | None = fact(_("Acute IgG titre"), "0.001", "1000000000")
    igg_acute_date: date | None = fact(_("Acute IgG, sampled on"))
    igg_convalescent_titre: Decimal | None = fact(_("Convalescent IgG titre"), "0.001", "1000000000")
    igg_convalescent_date: date | None = fact(_("Convalescent IgG, sampled on"))


@dataclass(frozen=True, kw_only=True)
class Manifestations:
    title: ClassVar[str] = _("Manifestations")
    symptom_fever: Answer | None = fact(_("Fever"))
    symptom_cough: Answer | None = fact(_("Cough"))
    symptom_tachypnoea: Answer | None = fact(_("Tachypnoea or shortness of breath"))
    symptom_sore_throat: Answer | None = fact(_("Sore throat"))
    symptom_fatigue: Answer | None = fact(_("Fatigue or muscle pain"))
    symptom_taste_smell_loss: Answer | None = fact(_("Loss of taste or smell"))
    symptom_diarrhoea: Answer | None = fact(_("Diarrhoea"))
    symptom_other: Answer | None = fact(_("Other manifestation"))
    symptom_other_text: str | None = fact(_("Other manifestation, which"))
    highest_temperature_c: Decimal | None = fact(_("Highest temperature of this illness (°C)"), "25", "46")
    temperature_site: TemperatureSite | None = fact(_("Temperature measured at"))
    high_fever_days: int | None = fact(_("Days with high fever"), "0", "366")
    manifestations_confirmed: Answer | None = fact(_("Investigator: manifestations of COVID-19"))


@dataclass(frozen=True, kw_only=True)
class VitalSigns:
    title: ClassVar[str] = _("Vital signs and severity")
    vital_signs_date: date | None = fact(_("Vital signs, measured on"))
    height_cm: Decimal | None = fact(_("Height (cm)"), "40", "280")
    weight_kg: Decimal | None = fact(_("Weight (kg)"), "10", "650")
    respiratory_rate: int | None = fact(_("Respiratory rate (breaths/min)"), "0", "150")
    spo2_percent: int | None = fact(_("Oxygen saturation at rest (%)"), "0", "100")
    oxygen_device: OxygenDevice | None = fact(_("Oxygen device during the measurement"))
    blood_gas: BloodGas | None = fact(_("Arterial blood gas"))
    pao2_fio2_mmhg: Decimal | None = fact(_("PaO2/FiO2 (mmHg)"), "1", "1000")
    mechanical_ventilation: Answer | None = fact(_("Respiratory failure needing mechanical ventilation"))
    shock: Answer | None = fact(_("Shock"))
    organ_failure_icu: Answer | None = fact(_("Other organ failure needing intensive care"))


@dataclass(frozen=True, kw_only=True)
class Imaging:
    title: ClassVar[str] = _("Imaging")
    imaging_modality: Modality | None = fact(_("Modality"))
    imaging_date: date | None = fact(_("Imaging done on"))
    imaging_pneumonia: Answer | None = fact(_("Characteristic COVID-19 pneumonia"))
    imaging_read_by: str | None = fact(_("Read by"))
    lesion_progression: Progression | None = fact(_("Lesions grew by more than half in 24 to 48 hours"))
    symptoms_worsening: Answer | None = fact(_("Symptoms worsen progressively"))


@dataclass(frozen=True, kw_only=True)
class RiskFactors:
    title: ClassVar[str] = _("Risk factors")
    vaccine_doses: int | None = fact(_("COVID-19 vaccine doses"), "0", "20")
    last_vaccine_date: PartialDate | None = fact(_("Last vaccine dose on"))
    disease_cardiovascular: Answer | None = fact(
        _("Cardiovascular or cerebrovascular disease, hypertension included")
    )
    disease_lung: Answer | None = fact(_("Chronic lung disease"))
    disease_diabetes: Answer | None = fact(_("Diabetes"))
    disease_liver: Answer | None = fact(_("Chronic liver disease"))
    disease_kidney: Answer | None = fact(_("Chronic kidney disease or maintenance dialysis"))
    disease_other: Answer | None = fact(_("Other underlying disease, no tumour"))
    disease_other_text: str | None = fact(_("Other underlying disease, which"))
    disease_other_accepted: Answer | None = fact(_("Investigator: this disease is a risk factor"))
    immune_deficiency: Answer | None = fact(_("Immune deficiency"))
    smoking_status: Smoking | None = fact(_("Smoking"))
    cigarettes_per_day: int | None = fact(_("Cigarettes per day"), "0", "200")
    pack_years: Decimal | None = fact(_("Pack-years"), "0", "500")


@dataclass(frozen=True, kw_only=True)
class Exclusions:
    title: ClassVar[str] = _("Exclusions")
    tumour: Tumour | None = fact(_("Tumour, past or present"))
    precancer: Precancer | None = fact(_("Precancerous lesion"))
    myocardial_infarction: Infarction | None = fact(_("Myocardial infarction"))
    myocardial_infarction_date: PartialDate | None = fact(_("Last myocardial infarction on"))
    cerebral_infarction: Infarction | None = fact(_("Cerebral infarction"))
    cerebral_infarction_date: PartialDate | None = fact(_("Last cerebral infarction on"))
    childbearing_potential: Answer | None = fact(_("Childbearing potential"))
    pregnant: Answer | None = fact(_("Pregnant"))
    lactating: Answer | None = fact(_("Lactating"))
    pregnancy_test_result: TestResult | None = fact(_("Pregnancy test"))
    pregnancy_test_date: date | None = fact(_("Pregnancy test, sampled on"))
    recent_delivery: Answer | None = fact(_("Gave birth recently"))
    delivery_date: date | None = fact(_("Gave birth on"))
    mental_illness: Answer | None = fact(_("Poorly controlled mental illness"))
    addiction: Answer | None = fact(_("Addiction to alcohol or drugs"))
    poor_compliance: Answer | None = fact(_("Poor compliance expected"))
    unsuitable_for_cells: Answer | None = fact(_("Clinician: unsuitable for cell therapy"))
    judgement_reason: str | None = fact(_("Reason for these judgements"))
    active_tuberculosis: Answer | None = fact(_("Active tuberculosis"))
    influenza_result: TestResult | None = fact(_("Influenza virus"))
    adenovirus_result: TestResult | None = fact(_("Adenovirus"))
    other_virus_result: TestResult | None = fact(_("Other acute respiratory virus, not SARS-CoV-2"))
    untested_virus_note: str | None = fact(_("Investigator's note on viruses not tested"))
    other_trial: OtherTrial | None = fact(_("Other clinical trial"))
    other_trial_last_date: PartialDate | None = fact(_("Last intervention of the other trial on"))
    other_trial_accepted: Answer | None = fact(_("Investigator: follow-up elsewhere is acceptable"))


@dataclass(frozen=True, kw_only=True)
class Facts(
    # A dataclass takes its fields from the last base to the first.
    Exclusions,
    RiskFactors,
    Imaging,
    VitalSigns,
    Manifestations,
    OnsetAndTests,
    Demographics,
    OtherRecords,
):
    """`sources` says, by field name, where a value comes from. Raises ImpossibleValue."""

    sources: Mapping[str, Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if value is not None and not _within(low, value, high):
                raise ImpossibleValue(f"{name}: {value} is outside the possible range {low} to {high}.")
        if unknown := self.sources.keys() - LABELS.keys():
            raise ImpossibleValue(f"sources: there is no fact {min(unknown)}.")


def _within(low: Decimal, value: Decimal | int, high: Decimal) -> bool:
    return not (isinstance(value, Decimal) and value.is_nan()) and low <= value <= high


SECTIONS = (Demographics, OnsetAndTests, Manifestations, VitalSigns, Imaging, RiskFactors, Exclusions)
LABELS: dict[str, str] = {f.name: f.metadata["label"] for f in fields(Facts) if "label" in f.metadata}
LIMITS: dict[str, tuple[Decimal, Decimal]] = {
    f.name: f.metadata["limits"] for f in fields(Facts) if f.metadata.get("limits")
}


def names_in(section: type) -> tuple[str, ...]:
    """The field names of a section, in the order of the form."""
    return tuple(f.name for f in fields(section))

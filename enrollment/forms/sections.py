"""The screening form as it is laid out: sections that fold, and buttons that answer a whole group."""

import json
from html import escape
from typing import Any

from crispy_forms.layout import HTML, Fieldset, Layout
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from enrollment.forms.folds import fold
from enrollment.rules.facts import (
    Demographics,
    Exclusions,
    Imaging,
    Manifestations,
    OnsetAndTests,
    RiskFactors,
    VitalSigns,
    names_in,
)

SOURCE = "source__"
OWN_SOURCE = "own_source__"


def section(facts: Any, *lines: str | Fieldset | HTML) -> Fieldset:
    """At its end, folded away: a document usually gives all values of a group, but each may come from another."""
    sources = " ".join(OWN_SOURCE + name for name in names_in(facts))
    elsewhere = fold(_("Another source for a single value"), sources)
    return fold(_(facts.title), *lines, elsewhere, open=True)


def answer_rest(label: str | Promise, **answers: str) -> HTML:
    """A button that gives every field of a group that has no answer yet this one; draft.js does it."""
    button = '<p><button type="button" class="btn btn-secondary btn-sm" data-answers="{}">{}</button></p>'
    return HTML(format_lazy(button, escape(json.dumps(answers)), label))


SYMPTOMS_ABSENT = dict.fromkeys(
    (
        "symptom_fever",
        "symptom_cough",
        "symptom_tachypnoea",
        "symptom_sore_throat",
        "symptom_fatigue",
        "symptom_taste_smell_loss",
        "symptom_diarrhoea",
        "symptom_other",
    ),
    "no",
)
RISKS_ABSENT = dict.fromkeys(
    (
        "disease_cardiovascular",
        "disease_lung",
        "disease_diabetes",
        "disease_liver",
        "disease_kidney",
        "immune_deficiency",
        "disease_other",
    ),
    "no",
)
NOT_EXCLUDED = dict.fromkeys(
    ("tumour", "precancer", "myocardial_infarction", "cerebral_infarction", "other_trial"), "none"
) | dict.fromkeys(
    ("mental_illness", "addiction", "poor_compliance", "unsuitable_for_cells", "active_tuberculosis"), "no"
)

LAYOUT = Layout(
    section(Demographics, "birth_date sex", f"{SOURCE}demographics"),
    section(
        OnsetAndTests,
        f"symptom_onset_date onset_estimated {SOURCE}onset",
        "pcr_result pcr_sample_date",
        answer_rest(
            _("No other test was done"), antigen_result="not_done", culture_result="not_done", igg_paired="no"
        ),
        "antigen_result antigen_sample_date",
        "culture_result culture_sample_date",
        f"igg_paired {SOURCE}tests",
        fold(
            _("IgG titres"),
            "igg_acute_titre igg_acute_date",
            "igg_convalescent_titre igg_convalescent_date",
        ),
    ),
    section(
        Manifestations,
        "symptom_fever symptom_cough",
        answer_rest(_("No other symptom"), **SYMPTOMS_ABSENT),
        "symptom_tachypnoea symptom_sore_throat",
        "symptom_fatigue symptom_taste_smell_loss",
        "symptom_diarrhoea symptom_other",
        "symptom_other_text",
        "highest_temperature_c temperature_site",
        "high_fever_days manifestations_confirmed",
        f"{SOURCE}manifestations",
    ),
    section(
        VitalSigns,
        "vital_signs_date vital_signs_time",
        "height_cm weight_kg",
        "respiratory_rate spo2_percent",
        "oxygen_device",
        "blood_gas pao2_fio2_mmhg",
        answer_rest(
            _("None of the following"), mechanical_ventilation="no", shock="no", organ_failure_icu="no"
        ),
        "mechanical_ventilation",
        "shock organ_failure_icu",
        f"{SOURCE}vital_signs",
    ),
    section(
        Imaging,
        "imaging_modality imaging_read_by",
        f"imaging_date imaging_time {SOURCE}imaging",
        "imaging_pneumonia symptoms_worsening",
        "lesion_progression",
    ),
    section(
        RiskFactors,
        "disease_cardiovascular disease_lung",
        "disease_diabetes disease_liver",
        answer_rest(_("No other disease of this list"), **RISKS_ABSENT),
        "disease_kidney immune_deficiency",
        "disease_other disease_other_accepted",
        "disease_other_text",
        "smoking_status",
        "cigarettes_per_day pack_years",
        "vaccine_doses last_vaccine_date",
        f"{SOURCE}risk",
    ),
    section(
        Exclusions,
        fold(
            _("Women only"),
            "childbearing_potential pregnant",
            "lactating pregnancy_test_result",
            f"pregnancy_test_date pregnancy_test_time {SOURCE}pregnancy_test",
            "recent_delivery delivery_date",
            data_open_when="sex=female",
        ),
        answer_rest(
            _("All of these viruses negative"),
            influenza_result="negative",
            adenovirus_result="negative",
            other_virus_result="negative",
        ),
        "influenza_result adenovirus_result",
        f"other_virus_result {SOURCE}viruses",
        "untested_virus_note",
        answer_rest(_("None of the following"), **NOT_EXCLUDED),
        "tumour precancer",
        "myocardial_infarction myocardial_infarction_date",
        "cerebral_infarction cerebral_infarction_date",
        "mental_illness addiction",
        "poor_compliance unsuitable_for_cells",
        "judgement_reason active_tuberculosis",
        "other_trial other_trial_last_date",
        f"other_trial_accepted {SOURCE}history",
    ),
)

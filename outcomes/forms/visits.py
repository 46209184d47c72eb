"""The case report forms of a visit: each a section of a page, saved on its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from outcomes.actions import edit_checks
from outcomes.forms.drafted import Drafted
from outcomes.forms.sheets import SheetForm, sheet
from outcomes.models import VISIT_MODELS, VisitForm
from outcomes.rules.checks import day_of, doubts, impossible
from outcomes.rules.schedule import impossible_date
from outcomes.selectors import VisitContext, changes_at, person_of, previous_record, visit_facts
from outcomes.selectors.ct_reads import is_settled
from trial_site.core.checks import Concern
from trial_site.core.forms import ActionForm
from trial_site.monitoring.selectors import value_of


class VisitSection(Drafted, SheetForm):
    """One form of a visit. The moment on the first form saved says when the visit took place."""

    def __init__(self, *args: Any, context: VisitContext, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.context, self.at, self.moment = context, at, self.sheet.moment
        previous = previous_record(context.subject, self.code, before=context)
        if previous:
            self._show_beside(previous)
        for name, change in changes_at(context, self.code).items():
            said = _("change from %(visit)s: %(difference)s (derived)")
            self._add_beside(
                name, said % {"visit": change.base.visit, "difference": f"{change.difference:+}"}
            )

    def _show_beside(self, previous: VisitForm) -> None:
        for name in self.may_be_missing:
            if (value := value_of(previous, name)) is not None:
                self._add_beside(name, format_html("{}: {}", previous.visit.key, value))

    def _add_beside(self, name: str, said: str) -> None:
        field = self.fields[name]
        field.help_text = format_html("{}; {}", field.help_text, said) if field.help_text else said

    @property
    def took_place_on(self) -> date:
        visit, moment = self.context.visit, self.cleaned_data[self.moment]
        return visit.took_place_on if visit else day_of(moment, self.context.subject.site.tz)

    def clean(self) -> dict[str, Any]:
        person = person_of(self.context.subject, at=self.at)
        found = impossible(self.code, self.cleaned_data, person)
        if self.context.visit is None and self.cleaned_data.get(self.moment):
            for kind in impossible_date(self.context.course, self.took_place_on, today=person.today).values():
                found.setdefault(self.moment, kind)
        for field, sentence in edit_checks.sentences(found, self.code).items():
            self.add_error(field, sentence)
        return super().clean()

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        """A doubt about the date of the visit is shown beside the moment it comes from, once per visit."""
        found = doubts(self.code, values, visit_facts(self.context, self.took_place_on))
        about_date = found.pop("took_place_on", None)
        if about_date and self.context.visit is None:
            found[self.moment] = about_date
        return super().concerns(values) + edit_checks.concerns(found)

    @property
    def endpoint_read(self) -> bool:
        """Of a scan: that the readers are done, and nothing of what they found."""
        return is_settled(self.instance.endpoint)

    @property
    def kept_concerns(self) -> list[Concern]:
        """The confirmed concerns as the action keeps them: a new visit's moment was asked about for its date."""
        if self.context.visit:
            return self.confirmed_concerns
        asked_at = {self.moment: "took_place_on"}
        return [replace(c, field=asked_at.get(c.field, c.field)) for c in self.confirmed_concerns]


def section(code: str, *rows: str | tuple[str, ...], optional: tuple[str, ...] = ()) -> type[VisitSection]:
    return sheet(VisitSection, code, VISIT_MODELS[code], *rows, optional=optional)


SECTIONS: dict[str, type[VisitSection]] = {
    "VS": section(
        "VS",
        "measured_at",
        ("temperature_c", "heart_rate", "respiratory_rate"),
        ("systolic_mmhg", "diastolic_mmhg", "spo2_percent"),
        ("oxygen_device", "oxygen_flow_l_min"),
    ),
    "CP": section("CP", "assessed_at", "score"),
    "NS": section("NS", "assessed_at", ("severity", "criterion")),
    "SY": section(
        "SY",
        "assessed_at",
        ("fever", "cough", "dyspnoea", "sore_throat"),
        ("fatigue", "muscle_pain", "taste_smell_loss", "diarrhoea"),
    ),
    "VT": section("VT", "ascertained_on", ("status", "source"), "last_alive_on"),
    "WT": section(
        "WT", "walked_at", ("distance_m", "borg_dyspnoea"), ("spo2_before_percent", "spo2_lowest_percent")
    ),
    "LF": section("LF", "measured_at", ("fvc_l", "fev1_l", "dlco_percent")),
    "LB": section(
        "LB",
        "sampled_at",
        ("wbc_10e9_l", "lymphocytes_10e9_l", "crp_mg_l", "il6_pg_ml"),
        ("ferritin_ug_l", "d_dimer_mg_l", "ldh_u_l", "procalcitonin_ng_ml"),
    ),
    "LH": section("LH", "sampled_at", ("haemoglobin_g_l", "neutrophils_10e9_l", "platelets_10e9_l")),
    "LC": section(
        "LC",
        "sampled_at",
        ("alt_u_l", "ast_u_l", "bilirubin_umol_l"),
        ("creatinine_umol_l", "urea_mmol_l", "albumin_g_l"),
        ("potassium_mmol_l", "sodium_mmol_l", "glucose_mmol_l"),
    ),
    "LK": section("LK", "sampled_at", ("prothrombin_time_s", "inr"), ("aptt_s", "fibrinogen_g_l")),
    "PC": section(
        "PC",
        ("sampled_at", "specimen"),
        ("orf1ab_ct", "n_ct", "result"),
        ("assay", "cutoff_ct"),
    ),
    "SE": section(
        "SE",
        "sampled_at",
        ("igm_result", "igm_index"),
        ("igg_result", "igg_index"),
        "neutralising_titre",
    ),
    "CT": section("CT", "scanned_at", ("pneumonia", "lesion_percent", "change"), "read_by"),
    "EG": section("EG", "recorded_at", ("heart_rate", "qtcf_ms"), ("result", "finding")),
    "PT": section("PT", "tested_at", ("sample", "result")),
}


class VisitDateForm(ActionForm):
    """When the visit really took place."""

    took_place_on = forms.DateField(label=_("Date of the visit"), widget=forms.DateInput)
    reason = forms.CharField(label=_("Reason for the change"), max_length=500)
    layout = Layout("took_place_on", "reason")

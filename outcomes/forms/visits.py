"""The case report forms of a visit: each a section of a page, saved on its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from dosing.rules.measurements import plausible
from outcomes.actions import edit_checks
from outcomes.forms.notes import Notes
from outcomes.models import ClinicalProgression, Laboratory, VisitForm, VitalSigns
from outcomes.rules.checks import DEVICES_WITHOUT_FLOW, MOMENTS, doubts, impossible
from outcomes.rules.limits import LABORATORY, LIMITS, VITAL_SIGNS
from outcomes.rules.schedule import impossible_date
from outcomes.selectors import VisitContext, previous_record, visit_facts
from trial_site.core.checks import Concern
from trial_site.core.forms import ActionForm, RecordForm
from trial_site.core.models import MissingReason
from trial_site.monitoring.selectors import value_of


class VisitSection(Notes, RecordForm):
    """One form of a visit. The moment on the first form saved says when the visit took place."""

    def __init__(self, *args: Any, context: VisitContext, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.code}_%s", **kwargs)
        self.context, self.at, self.moment = context, at, MOMENTS[self.code]
        self.units = {each.field: each.unit for each in LIMITS.get(self.code, ())}
        previous = previous_record(context.subject, self.code, before=context)
        if previous:
            self._show_beside(previous)

    def _show_beside(self, previous: VisitForm) -> None:
        for name in self.may_be_missing:
            if (value := value_of(previous, name)) is not None:
                self.fields[name].help_text = format_html("{}: {}", previous.visit.code, value)

    @property
    def took_place_on(self) -> date:
        visit, moment = self.context.visit, self.cleaned_data[self.moment]
        return visit.took_place_on if visit else self.context.subject.site.date_of(moment)

    def clean(self) -> dict[str, Any]:
        found = impossible(self.code, self.cleaned_data, at=self.at)
        if self.context.visit is None and self.moment in self.cleaned_data:
            today = self.context.subject.site.date_of(self.at)
            for kind in impossible_date(self.context.course, self.took_place_on, today=today).values():
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
    def kept_concerns(self) -> list[Concern]:
        """The confirmed concerns as the action keeps them: a new visit's moment was asked about for its date."""
        if self.context.visit:
            return self.confirmed_concerns
        asked_at = {self.moment: "took_place_on"}
        return [replace(c, field=asked_at.get(c.field, c.field)) for c in self.confirmed_concerns]


class VitalSignsForm(VisitSection):
    code = "VS"
    plausible = plausible(VITAL_SIGNS)
    may_be_missing = (*(each.field for each in VITAL_SIGNS), "oxygen_device")
    layout = Layout(
        "measured_at",
        Row("temperature_c", "heart_rate", "respiratory_rate"),
        Row("systolic_mmhg", "diastolic_mmhg", "spo2_percent"),
        Row("oxygen_device", "oxygen_flow_l_min"),
    )

    class Meta:
        model = VitalSigns
        fields = ["measured_at", "temperature_c", "heart_rate", "respiratory_rate", "systolic_mmhg"]
        fields += ["diastolic_mmhg", "spo2_percent", "oxygen_device", "oxygen_flow_l_min"]

    def clean_oxygen_flow_l_min__missing(self) -> str:
        """Without a device that has a flow, the flow need not be explained by hand."""
        code, device = self.cleaned_data["oxygen_flow_l_min__missing"], self.cleaned_data.get("oxygen_device")
        flow = self.cleaned_data.get("oxygen_flow_l_min")
        return MissingReason.NOT_APPLICABLE if device in DEVICES_WITHOUT_FLOW and flow is None else code


class ProgressionForm(VisitSection):
    code = "CP"
    may_be_missing = ("score",)
    layout = Layout("assessed_at", "score")

    class Meta:
        model = ClinicalProgression
        fields = ["assessed_at", "score"]


class LaboratoryForm(VisitSection):
    code = "LB"
    plausible = plausible(LABORATORY)
    may_be_missing = tuple(each.field for each in LABORATORY)
    layout = Layout(
        "sampled_at",
        Row("wbc_10e9_l", "lymphocytes_10e9_l", "crp_mg_l", "il6_pg_ml"),
        Row("ferritin_ug_l", "d_dimer_mg_l", "ldh_u_l", "procalcitonin_ng_ml"),
    )

    class Meta:
        model = Laboratory
        fields = ["sampled_at", *(each.field for each in LABORATORY)]


SECTIONS: dict[str, type[VisitSection]] = {
    form.code: form for form in (VitalSignsForm, ProgressionForm, LaboratoryForm)
}


class VisitDateForm(ActionForm):
    """When the visit really took place."""

    took_place_on = forms.DateField(label=_("Date of the visit"), widget=forms.DateInput)
    reason = forms.CharField(label=_("Reason for the change"), max_length=500)
    layout = Layout("took_place_on", "reason")

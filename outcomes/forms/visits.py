"""The case report forms of a visit: each a section of a page, saved on its own."""

from datetime import date, datetime
from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from dosing.rules.measurements import plausible
from outcomes.actions import edit_checks
from outcomes.forms.notes import Notes
from outcomes.models import ClinicalProgression, Laboratory, VitalSigns
from outcomes.rules.checks import DEVICES_WITHOUT_FLOW, doubts, impossible
from outcomes.rules.limits import LABORATORY, LIMITS, VITAL_SIGNS
from outcomes.rules.schedule import impossible_date
from outcomes.selectors import VisitContext, previous_record, visit_facts
from trial_site.core.checks import Concern
from trial_site.core.forms import ActionForm, RecordForm
from trial_site.core.models import MissingReason
from trial_site.monitoring.selectors import value_of


class VisitSection(Notes, RecordForm):
    """One form of a visit. The first form saved asks for the date of the visit, which the others share."""

    took_place_on = forms.DateField(label=_("Date of the visit"), widget=forms.DateInput)

    def __init__(self, *args: Any, context: VisitContext, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"{self.code}_%s", **kwargs)
        self.context, self.at = context, at
        self._ask_for_date()
        for limits in LIMITS.get(self.code, ()):
            self.fields[limits.field].unit = limits.unit
        self._show_previous_values()

    def _ask_for_date(self) -> None:
        planned, today = self.context.planned, self.context.subject.site.date_of(self.at)
        if self.context.visit and "took_place_on" not in self.data:
            del self.fields["took_place_on"]
            return
        self.layout = Layout("took_place_on", *self.layout.fields)
        if planned.first <= today <= planned.last:
            self.initial["took_place_on"] = today

    def _show_previous_values(self) -> None:
        previous = previous_record(self.context.subject, self.code, before=self.context)
        for name in self.may_be_missing if previous else ():
            if (value := value_of(previous, name)) is not None:
                self.fields[name].help_text = format_html("{}: {}", previous.visit.code, value)

    @property
    def took_place_on_day(self) -> date:
        visit = self.context.visit
        return self.cleaned_data.get("took_place_on") or visit.took_place_on

    def clean(self) -> dict[str, Any]:
        found = impossible(self.code, self.cleaned_data, at=self.at)
        if day := self.cleaned_data.get("took_place_on"):
            found |= impossible_date(
                self.context.course, day, today=self.context.subject.site.date_of(self.at)
            )
        for field, sentence in edit_checks.sentences(found, self.code).items():
            self.add_error(field, sentence)
        return super().clean()

    def concerns(self, values: dict[str, Any]) -> list[Concern]:
        facts = visit_facts(self.context, self.took_place_on_day)
        found = super().concerns(values) + edit_checks.concerns(doubts(self.code, values, facts))
        return [concern for concern in found if concern.field in self.fields]


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

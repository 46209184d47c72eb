from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.forms.people import SecondPersonForm, concerns_of, password_field
from dosing.models import Infusion, InfusionVitals
from dosing.rules.bedside import stop_doubts
from dosing.rules.measurements import VITAL_SIGNS, plausible
from dosing.rules.time_points import Clock, off_schedule
from enrollment.selectors import protocol_of
from trial_site.core.checks import Concern
from trial_site.core.forms import RecordForm
from trial_site.core.models import StaffMember
from trial_site.core.protocol import Protocol


class StartForm(SecondPersonForm):
    """Two people read the participant's number and the bag's kit number at the bed."""

    participant_code = forms.CharField(
        label=_("Participant number, read from the participant"),
        max_length=20,
        help_text=_("Scan or type it; do not copy it from this page."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    bag_code = forms.CharField(
        label=_("Kit number, read from the bag"),
        max_length=12,
        help_text=_("Scan or type it; do not copy it from this page."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    second_person = forms.ModelChoiceField(label=_("Second person"), queryset=StaffMember.objects.none())
    second_password = password_field(_("Password of the second person"))
    layout = Layout(
        Fieldset(_("Identification"), Row("participant_code", "bag_code")),
        Fieldset(_("Second person"), Row("second_person", "second_password")),
    )


class StopForm(RecordForm):
    """The end of the infusion; recorded once, corrected with a reason."""

    units = {"volume_ml": "mL"}
    blind_kept = forms.TypedChoiceField(
        label=_("Was the blind kept?"),
        choices=[("True", _("yes")), ("False", _("no"))],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
    )
    layout = Layout("stopped_at", "volume_ml", "incomplete_reason", "blind_kept")

    class Meta:
        model = Infusion
        fields = ["stopped_at", "volume_ml", "incomplete_reason", "blind_kept"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.protocol = protocol_of(self.instance.subject)
        self.fields["volume_ml"].help_text = _("%(volume)s mL when the bag was given in full.") % {
            "volume": self.protocol.bag_volume_ml
        }
        for name in ("stopped_at", "volume_ml"):
            self.fields[name].required = True
        if self.instance.stopped_at is None:
            self.appended = ()
            del self.fields["reason"]

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        doubts = stop_doubts(values, use_by=self.instance.order.release.use_by)
        return super().concerns(values) + concerns_of(doubts, self.protocol)


class VitalsForm(RecordForm):
    """One time point of the vital signs around the infusion."""

    plausible = plausible(VITAL_SIGNS)
    units = {each.field: each.unit for each in VITAL_SIGNS}
    may_be_missing = tuple(each.field for each in VITAL_SIGNS)

    class Meta:
        model = InfusionVitals
        fields = ["measured_at", *(each.field for each in VITAL_SIGNS)]

    layout = Layout("measured_at", Row(*(each.field for each in VITAL_SIGNS)))

    def __init__(self, *args: Any, time_point: str, clock: Clock, protocol: Protocol, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_point, self.clock, self.protocol = time_point, clock, protocol

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        late = off_schedule(self.time_point, values["measured_at"], self.clock)
        doubts = {"measured_at": "off_schedule"} if late else {}
        return super().concerns(values) + concerns_of(doubts, self.protocol)

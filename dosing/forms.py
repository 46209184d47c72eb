from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from dosing.actions.refusals import sentence
from dosing.models import Infusion, InfusionOrder, InfusionVitals
from dosing.rules.bedside import stop_doubts
from dosing.rules.measurements import RECHECK, VITAL_SIGNS, plausible
from dosing.rules.orders import LOW_FLOW, weight_changed
from dosing.rules.preparation import PREPARED
from dosing.rules.time_points import Clock, off_schedule
from enrollment.selectors import protocol_of
from trial_site.core.checks import Concern
from trial_site.core.forms import ActionForm, RecordForm
from trial_site.core.models import StaffMember
from trial_site.core.protocol import Protocol


def password_field(label: Any, help_text: Any = "", autocomplete: str = "off") -> forms.CharField:
    widget = forms.PasswordInput({"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, widget=widget, help_text=help_text)


def concerns_of(doubts: Mapping[str, str], protocol: Protocol) -> list[Concern]:
    return [Concern(field, sentence(kind, protocol)) for field, kind in doubts.items()]


class SlotForm(ActionForm):
    """The start that was chosen; each offered start is a button of its own."""

    starts_at = forms.DateTimeField(label=_("Start"))


class CancelSlotForm(ActionForm):
    reason = forms.CharField(label=_("Why is the slot cancelled?"), max_length=300)
    layout = Layout("reason")


class OrderForm(RecordForm):
    """The re-check of day 0. What was measured at screening decides about one soft check."""

    plausible = plausible(RECHECK)
    units = {each.field: each.unit for each in RECHECK}
    password = password_field(
        _("Your password"),
        _(
            "Signs the re-check with your name and the time. The signed re-check is the order to the pharmacy."
        ),
        "current-password",
    )
    layout = Layout(
        "rechecked_at",
        Fieldset(_("I confirm"), "consent_stands", "still_moderate", "no_new_exclusion"),
        Fieldset(_("Weight"), Row("weight_kg", "weight_measured_on")),
        Fieldset(_("Now"), Row("temperature_c", "respiratory_rate", "spo2_percent", "oxygen_device")),
        "password",
    )

    class Meta:
        model = InfusionOrder
        fields = [
            "rechecked_at",
            "consent_stands",
            "still_moderate",
            "no_new_exclusion",
            "weight_kg",
            "weight_measured_on",
            "temperature_c",
            "respiratory_rate",
            "spo2_percent",
            "oxygen_device",
        ]

    def __init__(
        self, *args: Any, screening_weight: Decimal | None, protocol: Protocol, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.screening_weight, self.protocol = screening_weight, protocol

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        doubts = {}
        if weight_changed(self.screening_weight, values["weight_kg"]):
            doubts["weight_kg"] = "weight_changed"
        if values["oxygen_device"] in LOW_FLOW:
            doubts["oxygen_device"] = "on_oxygen"
        return super().concerns(values) + concerns_of(doubts, self.protocol)


class SecondPersonForm(ActionForm):
    """Somebody else who checks, with their own password; `people` are those who may."""

    person_field = "second_person"

    def __init__(self, *args: Any, people: QuerySet[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[self.person_field].queryset = people


class PreparationForm(SecondPersonForm):
    """The unblinded preparation record: the same fields for both arms."""

    person_field = "checked_by"
    units = {each.field: each.unit for each in PREPARED} | {"volume_ml": "mL"}
    thawed_at = forms.DateTimeField(label=_("Thawed at"))
    cells_millions = forms.DecimalField(label=_("Viable cells"), max_digits=7, decimal_places=2)
    viability_percent = forms.DecimalField(label=_("Viability"), max_digits=4, decimal_places=1)
    volume_ml = forms.DecimalField(label=_("Volume of the bag"), max_digits=5, decimal_places=1)
    checked_by = forms.ModelChoiceField(
        label=_("Checked by (second pharmacist)"), queryset=StaffMember.objects.none()
    )
    checker_password = password_field(_("Password of the second pharmacist"))
    layout = Layout(
        Fieldset(_("Preparation"), "thawed_at", Row("cells_millions", "viability_percent", "volume_ml")),
        Fieldset(_("Second person"), Row("checked_by", "checker_password")),
    )


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

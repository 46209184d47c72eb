from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from dosing.forms.people import SecondPersonForm, concerns_of
from dosing.models import InfusionOrder
from dosing.rules.measurements import RECHECK, plausible
from dosing.rules.orders import weight_changed
from dosing.rules.preparation import PREPARED
from trial_site.core.checks import Concern
from trial_site.core.forms import ActionForm, RecordForm, password_field
from trial_site.core.models import StaffMember
from trial_site.core.protocol import Protocol


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
        "oxygen_reason",
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
            "oxygen_reason",
        ]

    def __init__(
        self, *args: Any, screening_weight: Decimal | None, protocol: Protocol, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.screening_weight, self.protocol = screening_weight, protocol
        for item in protocol.recheck.items:
            if item.code in self.fields:
                self.fields[item.code].label = item.title.text(get_language())

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        doubts = {}
        if weight_changed(self.screening_weight, values["weight_kg"]):
            doubts["weight_kg"] = "weight_changed"
        return super().concerns(values) + concerns_of(doubts, self.protocol)


class KitNumberField(forms.CharField):
    """A kit number as people read it aloud or a scanner sends it: in groups or in one."""

    def to_python(self, value: object) -> str:
        return "".join((super().to_python(value) or "").split())


def kit_in_hand() -> KitNumberField:
    """Typed or scanned from the kit itself, so that what was measured is what fills the bag."""
    return KitNumberField(
        label=_("Number on the kit in your hand"),
        max_length=20,
        help_text=_(
            "Scan or type it from the kit; under “Show the contents” it is the one the bag is filled from."
        ),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )


class FailForm(ActionForm):
    """What happened stays in the sealed room."""

    failed_kit = kit_in_hand()
    note = forms.CharField(label=_("What happened? It stays in the sealed room."), max_length=300)
    layout = Layout("failed_kit", "note")


class PreparationForm(SecondPersonForm):
    """The unblinded preparation record: the same fields for both arms."""

    person_field = "checked_by"
    units = {each.field: each.unit for each in PREPARED} | {"volume_ml": "mL"}
    from_kit = kit_in_hand()
    thawed_at = forms.DateTimeField(label=_("Thawed at"))
    cells_millions = forms.DecimalField(label=_("Viable cells"), max_digits=7, decimal_places=2)
    viability_percent = forms.DecimalField(label=_("Viability"), max_digits=4, decimal_places=1)
    volume_ml = forms.DecimalField(label=_("Volume of the bag"), max_digits=5, decimal_places=1)
    checked_by = forms.ModelChoiceField(
        label=_("Checked by (second pharmacist)"), queryset=StaffMember.objects.none()
    )
    checker_password = password_field(_("Password of the second pharmacist"))
    layout = Layout(
        Fieldset(
            _("Preparation"),
            Row("from_kit", "thawed_at"),
            Row("cells_millions", "viability_percent", "volume_ml"),
        ),
        Fieldset(_("Second person"), Row("checked_by", "checker_password")),
    )

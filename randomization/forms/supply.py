"""Forms of the pharmacy; all of them stand on one unblinded page, so each prefixes the ids of its fields."""

from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from randomization.models import RecallCause, Step
from randomization.rules.kit_numbers import is_kit_number
from trial_site.core.forms import ActionForm, password_field
from trial_site.core.models import StaffMember
from trial_site.core.protocol import latest
from trial_site.monitoring.models import MOVES

STEPS = (Step.RELEASED, Step.QUARANTINED, Step.RETURNED, Step.DESTROYED, Step.WITHDRAWN, Step.LOST)


class KitNumbersField(forms.MultipleChoiceField):
    """Kit numbers ticked in the table of the stock; whether there are such kits the sealed room knows."""

    def valid_value(self, value: str) -> bool:
        return is_kit_number(value)


class DeskForm(ActionForm):
    """One of several forms on a page; `ids` keeps those of its fields apart."""

    ids: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = self.ids


class KitStepForm(DeskForm):
    """The same step of the kits ticked."""

    kits = KitNumbersField(
        label=_("Kits"), error_messages={"required": _("Tick at least one kit in the table.")}
    )
    step = forms.ChoiceField(
        label=_("What happened to the ticked kits"), choices=[(step.value, step.label) for step in STEPS]
    )
    second_person = forms.ModelChoiceField(
        label=_("Second person"),
        queryset=StaffMember.objects.none(),
        required=False,
        help_text=_("Release and destruction take two pharmacists."),
    )
    second_password = password_field(_("Password of the second person"))
    residual_ml = forms.DecimalField(
        label=_("Left in each bag"),
        required=False,
        min_value=0,
        max_value=500,
        max_digits=5,
        decimal_places=1,
        help_text=_("For destruction; 0 for a kit never opened."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        help_text=_("Of a return: did bag and line come back, and was the sleeve intact?"),
    )
    ids = "step_%s"
    units = {"residual_ml": "mL"}
    layout = Layout("step", Row("second_person", "second_password"), Row("residual_ml", "note"))

    def __init__(self, *args: Any, people: QuerySet[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_person"].queryset = people
        self.fields["second_password"].required = False


class ShipmentForm(DeskForm):
    """A shipment of one product, as it arrived."""

    arm = forms.ChoiceField(label=_("Contents"))
    lot = forms.CharField(label=_("Lot"), max_length=40)
    expires_on = forms.DateField(label=_("Expires on"))
    kits = forms.IntegerField(label=_("Number of kits"), min_value=1, max_value=200)
    vials = forms.IntegerField(label=_("Vials in each kit"), min_value=1, max_value=50, initial=1)
    storage_place = forms.CharField(label=_("Storage place"), max_length=80)
    received_at = forms.DateTimeField(label=_("Received at"))
    condition = forms.CharField(
        label=_("Condition on arrival"), max_length=300, help_text=_("Packaging, seals, labels, papers.")
    )
    warmest_c = forms.DecimalField(
        label=_("Highest temperature on the way"), min_value=-200, max_value=60, decimal_places=1
    )
    coldest_c = forms.DecimalField(
        label=_("Lowest temperature on the way"), min_value=-200, max_value=60, decimal_places=1
    )
    excursion = forms.CharField(label=_("Temperature excursion"), max_length=500, required=False)
    ids = "shipment_%s"
    units = {"warmest_c": "°C", "coldest_c": "°C"}
    layout = Layout(
        Fieldset(_("What arrived"), "arm", Row("lot", "expires_on"), Row("kits", "vials"), "storage_place"),
        Fieldset(
            _("How it arrived"),
            "received_at",
            "condition",
            Row("warmest_c", "coldest_c"),
            "excursion",
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["arm"].choices = [(arm.code, arm.name.text(get_language())) for arm in latest().arms]


class HoldForm(DeskForm):
    """Put the supply on hold, or lift the hold."""

    held = forms.TypedChoiceField(
        label=_("Supply"),
        choices=[("True", _("put on hold")), ("False", _("open again"))],
        coerce=lambda value: value == "True",
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Stays here; site staff read only that they should call the pharmacy."),
    )
    layout = Layout(Row("held", "reason"))
    ids = "hold_%s"


class LotForm(DeskForm):
    """Follow a lot to its participants."""

    lot = forms.CharField(label=_("Lot"), max_length=40)
    layout = Layout("lot")
    ids = "lot_%s"


class RecallForm(DeskForm):
    """Withdraw a lot as a whole."""

    lot = forms.CharField(label=_("Lot"), max_length=40)
    cause = forms.ChoiceField(label=_("Reason"), choices=RecallCause.choices)
    note = forms.CharField(label=_("Note"), max_length=500, required=False)
    confirmed = forms.BooleanField(
        label=_(
            "Every kit of this lot is withdrawn, wherever it is, and the medical monitor is asked to call."
        ),
        error_messages={"required": _("Confirm that the whole lot shall be withdrawn.")},
    )
    layout = Layout(Row("lot", "cause"), "note", "confirmed")
    ids = "recall_%s"


class PharmacyQuestionForm(DeskForm):
    """The unblinded monitor asks about a kit, a shipment or the accounts as a whole."""

    about = forms.CharField(
        label=_("Kit or shipment"),
        max_length=12,
        required=False,
        help_text=_("Its number; empty for the accounts as a whole."),
    )
    text = forms.CharField(label=_("Question"), max_length=1000, widget=forms.Textarea({"rows": 3}))
    layout = Layout("about", "text")
    ids = "question_%s"


class PharmacyMessageForm(DeskForm):
    """A message, and what it does to the query `number`: the button that was pressed."""

    number = forms.CharField(max_length=12, widget=forms.HiddenInput)
    verb = forms.ChoiceField(choices=[(move.verb, move.label) for move in MOVES.values()])
    text = forms.CharField(
        label=_("Message"), max_length=1000, required=False, widget=forms.Textarea({"rows": 2})
    )
    layout = Layout("number", "text")

    def __init__(self, *args: Any, number: str, **kwargs: Any) -> None:
        self.ids = f"{number}_%s"
        super().__init__(*args, initial={"number": number}, **kwargs)


class CloseAccountsForm(DeskForm):
    note = forms.CharField(label=_("What was found"), max_length=500, widget=forms.Textarea({"rows": 2}))
    password = password_field(_("Your password"), _("Signs with your name and the time."), "current-password")
    layout = Layout("note", "password")
    ids = "close_%s"


class OpenAccountsForm(DeskForm):
    note = forms.CharField(label=_("Reason"), max_length=500)
    layout = Layout("note")
    ids = "open_%s"

from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dosing.forms.people import SecondPersonForm
from trial_site.core.forms import password_field
from trial_site.core.models import StaffMember


class ReturnForm(SecondPersonForm):
    """Bag and line are back in the pharmacy: which, still covered, brought by whom."""

    person_field = "brought_by"
    bag_code = forms.CharField(
        label=_("Number on the bag"),
        max_length=12,
        help_text=_("Scan or type it; do not copy it from this page."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    covered = forms.TypedChoiceField(
        label=_("Is the sleeve over bag and line intact?"),
        choices=[("True", _("yes")), ("False", _("no"))],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
    )
    returned_at = forms.DateTimeField(label=_("Back in the pharmacy at"), initial=lambda: timezone.now())
    brought_by = forms.ModelChoiceField(
        label=_("Brought by (infusion team)"),
        queryset=StaffMember.objects.none(),
        required=False,
        help_text=_("Leave it empty for a bag that never left the pharmacy."),
    )
    brought_password = password_field(_("Password of the person who brought it"))
    layout = Layout(
        Fieldset(_("The bag"), "bag_code", "covered", "returned_at"),
        Fieldset(_("Brought by"), Row("brought_by", "brought_password")),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["brought_password"].required = False

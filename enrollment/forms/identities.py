from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.rules.identities import Identity
from trial_site.core.forms import ActionForm


class IdentityForm(ActionForm):
    """The one form of the study that asks who somebody is."""

    full_name = forms.CharField(label=_("Name"), max_length=120)
    identity_number = forms.CharField(
        label=_("Number of the identity card or passport"), max_length=40, required=False
    )
    birth_date = forms.DateField(label=_("Date of birth"), required=False, widget=forms.DateInput)
    phone = forms.CharField(label=_("Telephone"), max_length=60, required=False)
    address = forms.CharField(
        label=_("Address"), max_length=300, required=False, widget=forms.Textarea({"rows": 2})
    )
    contact_person = forms.CharField(
        label=_("Person to reach in their place"),
        max_length=200,
        required=False,
        help_text=_("Name and telephone number; only with that person’s agreement."),
    )
    layout = Layout(
        Row("full_name", "birth_date"), Row("identity_number", "phone"), "address", "contact_person"
    )

    def identity(self) -> Identity:
        day = self.cleaned_data["birth_date"]
        return Identity(**self.cleaned_data | {"birth_date": day.isoformat() if day else ""})

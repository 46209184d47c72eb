from crispy_forms.layout import Layout, Row
from django import forms
from django.conf import settings
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


class EmailContactForm(ActionForm):
    """What a participant says of reminders by e-mail."""

    agreed = forms.TypedChoiceField(
        label=_("Agrees to be reminded of visits by e-mail"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
        help_text=_("A decision of its own, taken back at any time; what is queued is then not sent."),
    )
    email = forms.EmailField(label=_("E-mail address"), max_length=254, required=False)
    language = forms.ChoiceField(label=_("Language of the e-mails"), choices=settings.LANGUAGES)
    layout = Layout("agreed", Row("email", "language"))

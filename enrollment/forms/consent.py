from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import ConsentVersion, Witness
from enrollment.selectors import delegated_for
from trial_site.core.forms import ActionForm
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Task


class ConsentForm(ActionForm):
    """Informed consent. The lists offer what the site ever had; the action knows what held at that time."""

    given_at = forms.DateTimeField(label=_("Signed by the participant at"), widget=forms.DateTimeInput)
    consent_version = forms.ModelChoiceField(
        label=_("Version of the consent form"), queryset=ConsentVersion.objects.none(), empty_label=None
    )
    obtained_at = forms.DateTimeField(
        label=_("Signed by the person who obtained it at"),
        required=False,
        widget=forms.DateTimeInput,
        help_text=_("Leave empty when both signed at the same time."),
    )
    witness = forms.ChoiceField(
        label=_("Impartial witness"), choices=[("", _("not needed")), *Witness.choices], required=False
    )
    witnessed_at = forms.DateTimeField(
        label=_("Signed by the witness at"), required=False, widget=forms.DateTimeInput
    )
    future_contact = forms.TypedChoiceField(
        label=_("May be contacted about later studies"),
        choices=[("yes", _("yes")), ("no", _("no"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
        help_text=_("A decision of its own: taking part does not depend on it."),
    )
    obtained_by = forms.ModelChoiceField(label=_("Obtained by"), queryset=StaffMember.objects.none())
    copy_given = forms.BooleanField(
        label=_("The participant received a signed copy"),
        error_messages={"required": _("Consent is complete once the participant has a copy.")},
    )
    layout = Layout(
        Row("given_at", "consent_version"),
        Row("obtained_by", "obtained_at"),
        Row("witness", "witnessed_at"),
        "future_contact",
        "copy_given",
    )

    def __init__(self, *args: Any, site: StudySite, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        versions = ConsentVersion.objects.filter(site=site).order_by("-approved_on")
        self.fields["consent_version"].queryset = versions
        self.fields["obtained_by"].queryset = delegated_for(Task.OBTAIN_CONSENT, site)

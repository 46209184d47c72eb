"""Versions of the protocol and of the consent form, as approved for one study site."""

from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from trial_site.core import protocol
from trial_site.core.forms import ActionForm


class ConsentVersionForm(ActionForm):
    version = forms.CharField(label=_("Version"), max_length=16)
    approved_on = forms.DateField(
        label=_("Approved on"),
        widget=forms.DateInput,
        help_text=_("It replaces the one in use from that day on."),
    )
    layout = Layout(Row("version", "approved_on"))


class ProtocolApprovalForm(ActionForm):
    version = forms.ChoiceField(label=_("Version"))
    approved_on = forms.DateField(label=_("Approved on"), widget=forms.DateInput)
    effective_on = forms.DateField(
        label=_("In effect from"),
        widget=forms.DateInput,
        help_text=_("Who is first seen from that day on is screened under it; everyone else keeps theirs."),
    )
    layout = Layout(Row("version", "approved_on", "effective_on"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].choices = [(version, version) for version in protocol.versions()]

"""Logging a person seen, and what ends their part in the study: by their own decision or otherwise."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import ContactAttempt, EndingKind, WithdrawalKind
from trial_site.core.forms import ActionForm
from trial_site.core.models import StudySite


class PersonSeenForm(ActionForm):
    """One date; whoever works at one study site is not asked which."""

    site = forms.ModelChoiceField(label=_("Study site"), queryset=StudySite.objects.none(), empty_label=None)
    on = forms.DateField(label=_("First seen on"), widget=forms.DateInput)
    layout = Layout("site", "on")

    def __init__(self, *args: Any, sites: QuerySet[StudySite], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites
        if len(sites) == 1:
            self.initial["site"] = sites[0]
            self.fields["site"].disabled = True
            self.fields["site"].widget = forms.HiddenInput()


class RescreeningForm(ActionForm):
    on = forms.DateField(label=_("Seen again on"), widget=forms.DateInput)
    layout = Layout("on")


class WithdrawalForm(ActionForm):
    kind = forms.ChoiceField(label=_("What ends"), choices=WithdrawalKind.choices, widget=forms.RadioSelect)
    on = forms.DateField(label=_("Date"), widget=forms.DateInput)
    stated_reason = forms.CharField(
        label=_("Reason, if the participant gave one"),
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Nobody has to give a reason. Write no names."),
    )
    layout = Layout("kind", "on", "stated_reason")


class EndingForm(ActionForm):
    kind = forms.ChoiceField(label=_("What happened"), choices=EndingKind.choices, widget=forms.RadioSelect)
    on = forms.DateField(label=_("Date"), widget=forms.DateInput)
    explanation = forms.CharField(
        label=_("How it is known, or why"),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Write no names."),
    )
    layout = Layout("kind", "on", "explanation")


class TakeBackForm(ActionForm):
    reason = forms.CharField(label=_("Why does this no longer stand?"), max_length=300)
    layout = Layout("reason")


class ContactAttemptForm(ActionForm):
    on = forms.DateField(label=_("Date"), widget=forms.DateInput)
    means = forms.ChoiceField(label=_("By"), choices=ContactAttempt.Means.choices, widget=forms.RadioSelect)
    reached = forms.BooleanField(label=_("The participant was reached"), required=False)
    layout = Layout("on", "means", "reached")

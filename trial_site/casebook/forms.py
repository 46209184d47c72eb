"""Forms of the review: signature, freeze, lock, blinded data review, analysis sets."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from trial_site.core.forms import ActionForm, password_field
from trial_site.monitoring.models import AnalysisSets


class SignForm(ActionForm):
    password = password_field(_("Your password"), autocomplete="current-password")
    layout = Layout("password")


class LiftForm(ActionForm):
    reason = forms.CharField(label=_("Why is it lifted?"), max_length=500)
    layout = Layout("reason")


class UnlockForm(LiftForm):
    """`people` are those who may unlock together with the one who asks."""

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_person"] = forms.ModelChoiceField(people, label=_("Second person"))
        self.fields["second_password"] = password_field(_("Password of the second person"))
        self.layout = Layout(*self.fields)


class DataReviewForm(ActionForm):
    held_on = forms.DateField(label=_("Held on"), widget=forms.DateInput({"type": "date"}))
    conclusions = forms.CharField(label=_("Conclusions"), max_length=2000, widget=forms.Textarea({"rows": 4}))
    layout = Layout("held_on", "conclusions")


class AnalysisSetsForm(ActionForm):
    """`decided` is what was decided before; deciding otherwise needs a reason."""

    full_analysis = forms.BooleanField(label=_("Full analysis set (intention to treat)"), required=False)
    per_protocol = forms.BooleanField(label=_("Per-protocol set"), required=False)
    safety = forms.BooleanField(label=_("Safety set"), required=False)
    why = forms.CharField(
        label=_("Why excluded from a set"),
        required=False,
        max_length=300,
        help_text=_("Write nothing about treatment."),
    )

    def __init__(self, *args: Any, decided: AnalysisSets | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("full_analysis", "per_protocol", "safety"):
            self.fields[name].initial = getattr(decided, name) if decided else True
        self.fields["why"].initial = decided.why if decided else ""
        if decided:
            self.fields["reason"] = forms.CharField(
                label=_("Reason for the change"), required=False, max_length=500
            )
        self.layout = Layout(*self.fields)

    def decision(self) -> dict[str, Any]:
        """What the action takes."""
        values = dict(self.cleaned_data)
        return {"reason": values.pop("reason", ""), "values": values}

"""The investigator's signature on eligibility, or on a screen failure with one reason per failed criterion."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.forms.folds import fold
from trial_site.core.forms import ActionForm


def password_field() -> forms.CharField:
    return forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
        help_text=_("Signs with your name, the time and what you confirm."),
    )


class EligibilityForm(ActionForm):
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )
    password = password_field()
    layout = Layout("comment", "password")


class ScreenFailureForm(ActionForm):
    """One reason for every criterion that is not met; those that cannot be determined may be given as well.

    failed, undetermined: criterion code -> title.
    """

    def __init__(
        self, *args: Any, failed: dict[str, str], undetermined: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for code, title in (failed | undetermined).items():
            self.fields[code] = forms.CharField(
                label=f"{code} {title}", required=code in failed, max_length=500
            )
        self.fields["password"] = password_field()
        unclear = fold(_("Criteria that cannot be determined"), *undetermined, open=not failed)
        self.layout = Layout(*failed, *([unclear] if undetermined else []), "password")

    def decision(self) -> dict[str, Any]:
        """What the action takes: reasons by criterion code, and the password."""
        reasons = dict(self.cleaned_data)
        return {"password": reasons.pop("password"), "reasons": reasons}

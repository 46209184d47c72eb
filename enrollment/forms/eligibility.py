"""The investigator's signature on eligibility, or on a screen failure with one reason per failed criterion."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.forms.folds import fold
from trial_site.core.forms import ActionForm, password_field


def own_password() -> forms.CharField:
    signs = _("Signs with your name, the time and what you confirm.")
    return password_field(_("Your password"), signs, "current-password")


class EligibilityForm(ActionForm):
    comment = forms.CharField(
        label=_("Comment"), required=False, max_length=1000, widget=forms.Textarea({"rows": 2})
    )
    password = own_password()
    layout = Layout("comment", "password")


class UnsignForm(ActionForm):
    reason = forms.CharField(label=_("Why is the signature taken back?"), max_length=500)
    layout = Layout("reason")


SHARED = "shared"


class ScreenFailureForm(ActionForm):
    """A reason for every criterion that is not met; those that cannot be determined may be given as well.

    One finding can fail several criteria, so one sentence may serve all that have none of their own.
    failed, undetermined: criterion code -> title.
    """

    def __init__(
        self, *args: Any, failed: dict[str, str], undetermined: dict[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.failed, several = tuple(failed), len(failed) > 1
        if several:
            self.fields[SHARED] = forms.CharField(
                label=_("Reason for all of them"),
                required=False,
                max_length=500,
                help_text=_("Stands for every criterion not met that has no reason of its own below."),
            )
        for code, title in (failed | undetermined).items():
            self.fields[code] = forms.CharField(
                label=f"{code} {title}", required=code in failed and not several, max_length=500
            )
        self.fields["password"] = own_password()
        unclear = fold(_("Criteria that cannot be determined"), *undetermined, open=not failed)
        self.layout = Layout(
            *([SHARED] if several else []), *failed, *([unclear] if undetermined else []), "password"
        )

    def decision(self) -> dict[str, Any]:
        """What the action takes: reasons by criterion code, and the password."""
        reasons = dict(self.cleaned_data)
        password, shared = reasons.pop("password"), reasons.pop(SHARED, "")
        own = {code: reasons[code] or shared for code in self.failed}
        return {"password": password, "reasons": reasons | own}

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from trial_site.core.forms import ActionForm


class RandomizeForm(ActionForm):
    """One click and a confirmation."""

    confirmed = forms.BooleanField(
        label=_("I have checked the participant number. Randomization cannot be undone."),
        error_messages={"required": _("Confirm that the participant number is right.")},
    )
    layout = Layout("confirmed")


class DisclosureForm(ActionForm):
    """Why the pharmacist opens the contents of a participant's kits."""

    why = forms.CharField(label=_("Reason"), max_length=500)
    layout = Layout("why")

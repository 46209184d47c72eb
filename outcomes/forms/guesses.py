from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from outcomes.models import BlindingGuess, GuessedArm
from trial_site.core.forms import ActionForm


class GuessForm(ActionForm, forms.ModelForm):
    """What somebody believes was given."""

    guess = forms.ChoiceField(label=_("Guess"), choices=GuessedArm.choices, widget=forms.RadioSelect)
    layout = Layout("guess", "certainty", "grounds")

    class Meta:
        model = BlindingGuess
        fields = ["guess", "certainty", "grounds"]
        help_texts = {"certainty": _("Leave it empty when the answer is “does not know”.")}

    def _post_clean(self) -> None:
        """The action writes the guess."""

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from trial_site.core.forms import ActionForm
from trial_site.monitoring.models import MOVES


def message_field(label: Any) -> forms.CharField:
    # People write the arm into free text sooner or later; say so where they type (design 4).
    return forms.CharField(
        label=label,
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("Write no names and nothing about which treatment was given."),
    )


class QuestionForm(ActionForm):
    text = message_field(_("Question"))
    layout = Layout("text")


class MessageForm(ActionForm):
    """A message, and what it does to the query: the button that was pressed."""

    text = message_field(_("Message"))
    verb = forms.ChoiceField(choices=[(move.verb, move.label) for move in MOVES.values()])
    layout = Layout("text")

from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from outcomes.models import ReminderKind, VisitCall
from trial_site.core.forms import ActionForm


class RemindersForm(ActionForm):
    """Which of the reminders offered to this person they want."""

    wanted = forms.MultipleChoiceField(
        label=_("By e-mail, in the morning"), required=False, widget=forms.CheckboxSelectMultiple
    )
    layout = Layout("wanted")

    def __init__(self, *args: Any, offered: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wanted"].choices = [(kind, ReminderKind(kind).label) for kind in offered]


class CallForm(ActionForm):
    """What came of a call."""

    outcome = forms.ChoiceField(
        label=_("Outcome of the call"), choices=[("", "—"), *VisitCall.Outcome.choices]
    )
    layout = Layout("outcome")

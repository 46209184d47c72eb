from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from outcomes.actions import edit_checks
from outcomes.actions.safety import impossible_in
from outcomes.forms.notes import Notes
from outcomes.models import AdverseEvent
from outcomes.rules.events import doubtful_event
from trial_site.core.checks import Concern
from trial_site.core.forms import RecordForm

YES_NO = [("True", _("yes")), ("False", _("no"))]


class AdverseEventForm(Notes, RecordForm):
    """An adverse event. Whoever may not judge causality is not asked for it."""

    code = "AE"
    serious = forms.TypedChoiceField(
        label=_("Serious"),
        choices=YES_NO,
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
        help_text=_(
            "Death, danger to life, admission or a longer stay in hospital, lasting disability, birth defect, or "
            "medically important."
        ),
    )
    layout = Layout("term", Row("started_on", "ended_on"), Row("grade", "outcome"), "serious", "causality")

    class Meta:
        model = AdverseEvent
        fields = ["term", "started_on", "ended_on", "grade", "serious", "outcome", "causality"]
        help_texts = {"term": _("The diagnosis if it is known, otherwise the symptom. Write no names.")}

    def __init__(self, *args: Any, subject: Subject, may_judge: bool, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject, self.at = subject, at
        if not may_judge:
            del self.fields["causality"]
            self.layout = Layout(*self.layout.fields[:-1])

    def clean(self) -> dict[str, Any]:
        if not self.errors:
            found = impossible_in(self.subject, self.cleaned_data, at=self.at)
            for field, sentence in edit_checks.sentences(found).items():
                self.add_error(field, sentence)
        return super().clean()

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        return edit_checks.concerns(doubtful_event(values))

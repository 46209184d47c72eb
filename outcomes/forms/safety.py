from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.models import InfusionReaction
from enrollment.models import Subject
from outcomes.actions import edit_checks
from outcomes.actions.safety import impossible_in
from outcomes.forms.drafted import Drafted
from outcomes.forms.notes import Notes
from outcomes.models import AdverseEvent, SusarAssessment
from outcomes.rules.events import CRITERIA, doubtful_event
from trial_site.core.checks import Concern
from trial_site.core.forms import ActionForm

YES_NO = [("True", _("yes")), ("False", _("no"))]


class AdverseEventForm(Drafted, Notes):
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
    layout = Layout(
        "term",
        Row("started_on", "started_time"),
        Row("ended_on", "ended_time"),
        Row("grade", "outcome", "action_taken"),
        "special_interest",
        "serious",
        *CRITERIA,
        "aware_at",
        "causality",
    )

    class Meta:
        model = AdverseEvent
        fields = ["term", "started_on", "started_time", "ended_on", "ended_time", "grade", "outcome"]
        fields += ["action_taken", "special_interest", "serious", *CRITERIA, "aware_at", "causality"]
        help_texts = {
            "term": _("The diagnosis if it is known, otherwise the symptom. Write no names."),
            "aware_at": _("For a serious event: from then on there are 24 hours to report it."),
        }
        widgets = {name: forms.TimeInput(format="%H:%M") for name in ("started_time", "ended_time")}

    def __init__(
        self,
        *args: Any,
        subject: Subject,
        may_judge: bool,
        at: datetime,
        reaction: InfusionReaction | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.subject, self.at, self.reaction = subject, at, reaction
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


class SafetyReportForm(ActionForm):
    """The narrative of a serious event; each report stands beside those before it."""

    narrative = forms.CharField(
        label=_("Course of the event"),
        max_length=4000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("Write no names and nothing about which treatment was given."),
    )
    layout = Layout("narrative")


class SusarForm(ActionForm, forms.ModelForm):
    """The safety officer's assessment of a serious event."""

    layout = Layout("reference_version", "expectedness", "sponsor_causality", "grounds")

    class Meta:
        model = SusarAssessment
        fields = ["reference_version", "expectedness", "sponsor_causality", "grounds"]
        widgets = {"grounds": forms.Textarea({"rows": 3})}

    def _post_clean(self) -> None:
        """The action writes the assessment."""

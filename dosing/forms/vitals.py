from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Layout, Row
from django.utils.translation import gettext_lazy as _

from dosing.forms.people import concerns_of
from dosing.models import InfusionReaction, InfusionVitals
from dosing.rules.measurements import VITAL_SIGNS, plausible
from dosing.rules.time_points import ASKED, Clock, off_schedule
from trial_site.core.checks import Concern
from trial_site.core.forms import RecordForm
from trial_site.core.protocol import Protocol


class VitalsForm(RecordForm):
    """One time point of the vital signs around the infusion."""

    plausible = plausible(VITAL_SIGNS)
    units = {each.field: each.unit for each in VITAL_SIGNS}
    may_be_missing = tuple(each.field for each in VITAL_SIGNS)

    class Meta:
        model = InfusionVitals
        fields = ["measured_at", *(each.field for each in VITAL_SIGNS), "events"]

    layout = Layout("measured_at", Row(*(each.field for each in VITAL_SIGNS)))

    def __init__(self, *args: Any, time_point: str, clock: Clock, protocol: Protocol, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_point, self.clock, self.protocol = time_point, clock, protocol
        if time_point in ASKED:
            self.appended = ("events", *self.appended)
            self.fields["events"].help_text = _("Record a reaction below, anything else as an adverse event.")
        else:
            del self.fields["events"]

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        late = off_schedule(self.time_point, values["measured_at"], self.clock)
        doubts = {"measured_at": "off_schedule"} if late else {}
        return super().concerns(values) + concerns_of(doubts, self.protocol)


class ReactionForm(RecordForm):
    """A reaction during or after the infusion, as it is seen at the bed."""

    class Meta:
        model = InfusionReaction
        fields = ["term", "grade", "began_at", "response"]

    layout = Layout(Row("term", "grade"), Row("began_at", "response"))

from collections.abc import Mapping
from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dosing.forms.people import SecondPersonForm, concerns_of
from dosing.models import Infusion
from dosing.rules.bedside import stop_doubts
from enrollment.selectors import protocol_of
from trial_site.core.checks import Concern
from trial_site.core.forms import ActionForm, RecordForm, password_field
from trial_site.core.models import StaffMember


class HandoverForm(SecondPersonForm):
    """The bag is taken from a pharmacist: its number, and what can be seen of it."""

    person_field = "handed_by"
    bag_code = forms.CharField(
        label=_("Number on the bag"),
        max_length=12,
        help_text=_("Scan or type it; do not copy it from this page."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    sleeve_intact = forms.BooleanField(label=_("The sleeve over the bag is intact"), required=False)
    line_intact = forms.BooleanField(label=_("The line is covered and intact"), required=False)
    handed_by = forms.ModelChoiceField(
        label=_("Handed over by (pharmacist)"), queryset=StaffMember.objects.none()
    )
    handed_password = password_field(_("Password of the pharmacist"))
    layout = Layout(
        Fieldset(_("The bag"), "bag_code", "sleeve_intact", "line_intact"),
        Fieldset(_("Pharmacist"), Row("handed_by", "handed_password")),
    )


class StartForm(SecondPersonForm):
    """Two people read the participant's number and that on the bag at the bed."""

    participant_code = forms.CharField(
        label=_("Participant number, read from the participant"),
        max_length=20,
        help_text=_("Scan or type it; do not copy it from this page."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    bag_code = forms.CharField(
        label=_("Number on the bag"),
        max_length=12,
        help_text=_("Scan or type it; do not copy it from this page."),
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    second_person = forms.ModelChoiceField(label=_("Second person"), queryset=StaffMember.objects.none())
    second_password = password_field(_("Password of the second person"))
    layout = Layout(
        Fieldset(_("Identification"), Row("participant_code", "bag_code")),
        Fieldset(_("Second person"), Row("second_person", "second_password")),
    )


class StopForm(RecordForm):
    """The end of the infusion; recorded once, corrected with a reason."""

    units = {"volume_ml": "mL"}
    blind_kept = forms.TypedChoiceField(
        label=_("Was the blind kept?"),
        choices=[("True", _("yes")), ("False", _("no"))],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
    )
    layout = Layout("stopped_at", "volume_ml", "incomplete_reason", "blind_kept")

    class Meta:
        model = Infusion
        fields = ["stopped_at", "volume_ml", "incomplete_reason", "blind_kept"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.protocol = protocol_of(self.instance.subject)
        self.fields["volume_ml"].help_text = _("%(volume)s mL when the bag was given in full.") % {
            "volume": self.protocol.bag_volume_ml
        }
        for name in ("stopped_at", "volume_ml"):
            self.fields[name].required = True
        if self.instance.stopped_at is None:
            self.appended = ()
            del self.fields["reason"]

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        release = getattr(self.instance.order, "release", None)
        doubts = stop_doubts(values, use_by=release and release.use_by)
        return super().concerns(values) + concerns_of(doubts, self.protocol)


class InterruptForm(ActionForm):
    began_at = forms.DateTimeField(label=_("Interrupted at"), initial=lambda: timezone.now())
    why = forms.CharField(label=_("Reason"), max_length=300)
    layout = Layout(Row("began_at", "why"))


class ResumeForm(ActionForm):
    ended_at = forms.DateTimeField(label=_("Resumed at"), initial=lambda: timezone.now())
    layout = Layout("ended_at")


class ProblemForm(ActionForm):
    """What is wrong with the bag; `kinds` are those this person may report."""

    kind = forms.ChoiceField(label=_("What is wrong?"))
    noticed_at = forms.DateTimeField(label=_("Noticed at"), initial=lambda: timezone.now())
    layout = Layout(Row("kind", "noticed_at"))

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "—"), *kinds]

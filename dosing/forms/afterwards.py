from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from trial_site.core.forms import ActionForm, password_field
from trial_site.core.models import StaffMember


class PastInfusionForm(ActionForm):
    """What was done, from paper; nothing here is compared with a plan before it is saved."""

    units = {"volume_ml": "mL"}
    bag_code = forms.CharField(label=_("Number on the bag"), max_length=12)
    started_at = forms.DateTimeField(label=_("Start"))
    stopped_at = forms.DateTimeField(label=_("Stop"))
    volume_ml = forms.DecimalField(label=_("Volume given"), max_digits=5, decimal_places=1)
    incomplete_reason = forms.CharField(label=_("Why not given in full"), max_length=300, required=False)
    blind_kept = forms.TypedChoiceField(
        label=_("Was the blind kept?"),
        choices=[("True", _("yes")), ("False", _("no"))],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
    )
    identified_by = forms.ModelChoiceField(
        label=_("Participant and bag identified by"), queryset=StaffMember.objects.none()
    )
    second_person = forms.ModelChoiceField(
        label=_("Second person, if there was one"), queryset=StaffMember.objects.none(), required=False
    )
    why_late = forms.CharField(label=_("Why is it recorded afterwards?"), max_length=300)
    paper_source = forms.CharField(
        label=_("Where does it stand on paper?"),
        max_length=120,
        help_text=_("For example: infusion chart, sheet 3."),
    )
    investigator = forms.ModelChoiceField(label=_("Investigator"), queryset=StaffMember.objects.none())
    password = password_field(
        _("Password of the investigator"),
        _("Signs what was done and the departures from the protocol."),
    )
    layout = Layout(
        Fieldset(
            _("What was done"),
            Row("bag_code", "volume_ml"),
            Row("started_at", "stopped_at"),
            "incomplete_reason",
            "blind_kept",
            Row("identified_by", "second_person"),
        ),
        Fieldset(_("Why afterwards"), "why_late", "paper_source"),
        Fieldset(_("Signature"), Row("investigator", "password")),
    )

    def __init__(
        self,
        *args: Any,
        team: QuerySet[StaffMember],
        investigators: QuerySet[StaffMember],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("identified_by", "second_person"):
            self.fields[name].queryset = team
        self.fields["investigator"].queryset = investigators

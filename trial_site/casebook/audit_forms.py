"""Forms of the audit trail: what to show, and a review of it."""

from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trial_site.audit.models import Event
from trial_site.casebook.selectors.trail import TITLES
from trial_site.core.forms import ActionForm
from trial_site.core.permissions import Role

ALL = ("", pgettext_lazy("of a filter", "all"))


def date_field(label: Any, *, required: bool) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput({"type": "date"}))


class TrailFilter(ActionForm):
    """Everything is optional; nothing chosen shows the whole trail."""

    person = forms.CharField(label=_("Person"), required=False, max_length=120)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[ALL, *Role.choices])
    what = forms.ChoiceField(label=_("Form or table"), required=False)
    participant = forms.CharField(label=_("Participant number"), required=False, max_length=20)
    operation = forms.ChoiceField(
        label=_("Action"), required=False, choices=[ALL, *Event.Operation.choices[:3]]
    )
    since = date_field(_("From"), required=False)
    until = date_field(_("To"), required=False)
    order = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("newest", _("newest first")),
            ("oldest", _("oldest first")),
            ("person", _("by person")),
            ("what", _("by form or table")),
        ],
    )
    layout = Layout(
        Row("person", "role", "participant"), Row("what", "operation"), Row("since", "until", "order")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [ALL, *sorted(TITLES.items(), key=lambda title: str(title[1]))]

    @property
    def wanted(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}


class AuditReviewForm(ActionForm):
    since = date_field(_("First day reviewed"), required=True)
    until = date_field(_("Last day reviewed"), required=True)
    findings = forms.CharField(
        label=_("Findings"),
        max_length=2000,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("What was looked at, what was found and what follows; also that nothing was found."),
    )
    layout = Layout("since", "until", "findings")

from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from dosing.models import InfusionUnit, WhyBlocked
from trial_site.core.forms import ActionForm


class SlotForm(ActionForm):
    """The start that was chosen; each offered start is a button of its own."""

    starts_at = forms.DateTimeField(label=_("Start"))


class CancelSlotForm(ActionForm):
    reason = forms.CharField(label=_("Why is the slot cancelled?"), max_length=300)
    layout = Layout("reason")


class MoveSlotForm(ActionForm):
    """Another start for the same participant, and why; each offered start is a button of its own."""

    reason = forms.CharField(label=_("Why is the infusion moved?"), max_length=300)
    starts_at = forms.DateTimeField(label=_("Start"))
    layout = Layout("reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["auto_id"] = "move_%s"  # beside the form that cancels
        super().__init__(*args, **kwargs)


class UnitForm(ActionForm):
    """When and how many infusions a study site gives."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    first_hour = forms.IntegerField(min_value=0, max_value=23)
    last_hour = forms.IntegerField(min_value=0, max_value=23)
    capacity = forms.IntegerField(min_value=1, max_value=50)
    lead_minutes = forms.IntegerField(min_value=0, max_value=1440)
    layout = Layout("version", Row("first_hour", "last_hour"), Row("capacity", "lead_minutes"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in InfusionUnit._meta.concrete_fields:
            if field.name in self.fields:
                self.fields[field.name].label = str(field.verbose_name).capitalize()


class BlockDayForm(ActionForm):
    on = forms.DateField(label=_("Day"), widget=forms.DateInput)
    why = forms.ChoiceField(label=_("Reason"), choices=WhyBlocked.choices)
    layout = Layout(Row("on", "why"))


class OpenDayForm(ActionForm):
    on = forms.DateField(label=_("Day"))

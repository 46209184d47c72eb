from typing import Any, cast

from crispy_forms.layout import Layout
from django.forms import CheckboxSelectMultiple, ChoiceField, MultipleChoiceField, RadioSelect
from django.utils.translation import gettext_lazy as _

from trial_site.core.actors import Actor
from trial_site.core.forms import ActionForm
from trial_site.exports.blinded import datasets_for
from trial_site.exports.models import ExportFormat


class ExportForm(ActionForm):
    """Which forms, in which format. All forms are chosen to begin with."""

    format = ChoiceField(
        label=_("Format"),
        choices=ExportFormat.choices,
        widget=RadioSelect,
        initial=ExportFormat.CSV,
    )
    forms = MultipleChoiceField(
        label=_("Case report forms"),
        widget=CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one form.")},
    )
    layout = Layout("format", "forms")

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        available = datasets_for(actor)
        chooser = cast(MultipleChoiceField, self.fields["forms"])
        chooser.choices = [(d.form, f"{d.form} – {d.title}") for d in available]
        chooser.initial = [d.form for d in available]

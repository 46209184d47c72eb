from typing import Any, cast

from crispy_forms.layout import Layout
from django.forms import (
    BooleanField,
    CharField,
    CheckboxSelectMultiple,
    ChoiceField,
    DateTimeField,
    DateTimeInput,
    MultipleChoiceField,
    RadioSelect,
    Textarea,
)
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from trial_site.core import protocol as protocols
from trial_site.core.actors import Actor
from trial_site.core.forms import ActionForm
from trial_site.exports.blinded import DATASETS, datasets_for, sites_for_export
from trial_site.exports.models import ON_REQUEST, ExportFormat
from trial_site.exports.odm_events import events
from trial_site.exports.unblinded import FORMATS
from trial_site.exports.wishes import Casebook, Only, Wish, numbers


class ExportForm(ActionForm):
    """Which data, in which format. Everything is chosen to begin with."""

    format = ChoiceField(
        label=_("Format"),
        choices=[(each.value, each.label) for each in ON_REQUEST],
        widget=RadioSelect,
        initial=ExportFormat.CSV,
    )
    forms = MultipleChoiceField(
        label=_("Case report forms"),
        widget=CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one form.")},
    )
    sites = MultipleChoiceField(
        label=_("Study sites"),
        widget=CheckboxSelectMultiple,
        required=False,
        help_text=_("None chosen: all that are delegated to you."),
    )
    visits = MultipleChoiceField(
        label=_("Visits"),
        widget=CheckboxSelectMultiple,
        required=False,
        help_text=_("None chosen: all, and what belongs to no visit."),
    )
    participants = CharField(
        label=_("Participants"),
        widget=Textarea(attrs={"rows": 2}),
        required=False,
        help_text=_("Screening numbers; empty: everybody."),
    )
    only = ChoiceField(label=_("Records"), choices=Only.choices, widget=RadioSelect, initial=Only.ALL)
    as_of = DateTimeField(
        label=_("State of the data at"),
        widget=DateTimeInput(attrs={"type": "datetime-local"}),
        required=False,
        help_text=_("Empty: as they are now. An earlier instant shows what was recorded by then."),
    )
    deidentified = BooleanField(
        label=_("De-identified: the dates of each participant are shifted, free text is left out"),
        required=False,
    )
    casebook = ChoiceField(
        label=_("Casebook (PDF)"),
        choices=Casebook.choices,
        widget=RadioSelect,
        initial=Casebook.FILLED,
        required=False,
    )
    layout = Layout(
        "format", "casebook", "forms", "sites", "visits", "participants", "only", "as_of", "deidentified"
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        available = datasets_for(actor)
        self.choose("forms", [(d.form, f"{d.form} – {d.title}") for d in available])
        self.fields["forms"].initial = [d.form for d in available]
        self.choose("sites", [(site.code, str(site)) for site in sites_for_export(actor)])
        planned = events(protocols.latest(), DATASETS)
        spoken = "zh-Hans" if (get_language() or "").startswith("zh") else "en"
        self.choose("visits", [(event.code, event.name.get(spoken, event.name["en"])) for event in planned])

    def choose(self, name: str, choices: list[tuple[str, str | Promise]]) -> None:
        cast(MultipleChoiceField, self.fields[name]).choices = choices

    @property
    def wish(self) -> Wish:
        chosen = self.cleaned_data
        return Wish(
            forms=tuple(chosen["forms"]),
            sites=tuple(chosen["sites"]),
            visits=tuple(chosen["visits"]),
            participants=numbers(chosen["participants"]),
            only=chosen["only"],
            as_of=chosen["as_of"],
            deidentified=chosen["deidentified"],
            casebook=chosen["casebook"] or Casebook.FILLED,
        )


class UnblindedExportForm(ActionForm):
    """The whole study with its treatments, and why it is needed."""

    format = ChoiceField(
        label=_("Format"),
        choices=[(each.value, each.label) for each in FORMATS],
        widget=RadioSelect,
        initial=ExportFormat.DATASET_JSON,
    )
    deidentified = BooleanField(
        label=_("De-identified: the dates of each participant are shifted, free text is left out"),
        required=False,
    )
    why = CharField(label=_("Reason"), max_length=500)
    layout = Layout("format", "deidentified", "why")


class ClosedReportForm(ActionForm):
    """Why the study is looked at by group."""

    why = CharField(label=_("Reason"), max_length=500, help_text=_("Which meeting of the board it is for."))
    layout = Layout("why")

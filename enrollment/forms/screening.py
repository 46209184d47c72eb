"""The screening form. Fields, labels, choices and limits come from the facts; here is how they are asked for."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crispy_forms.layout import Layout
from django import forms
from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from enrollment.actions.screening import impossible, outside_limits
from enrollment.forms.fields import PartialDateField, TimeOfDayField
from enrollment.forms.sections import LAYOUT, OWN_SOURCE, SOURCE
from enrollment.models import (
    PARTIAL_DATES,
    SCREENING_FACTS,
    SCREENING_TIMES,
    Screening,
    ScreeningDraft,
    Subject,
    choices_of,
)
from enrollment.rules.answers import Source
from enrollment.rules.procedures import TIMED, time_counts
from enrollment.rules.sources import GROUPS, SourceGroup, known
from enrollment.selectors import consented_at, owes_a_reason, protocol_of, screening_of
from trial_site.core.checks import Plausible
from trial_site.core.drafts import as_typed
from trial_site.core.forms import ActionForm, RecordForm
from trial_site.core.protocol import Protocol
from trial_site.core.records import changed_fields

MOST_BUTTONS = 3


def has_few_answers(name: str) -> bool:
    """Up to three answers are buttons, one key each; more are a list."""
    return 0 < len(choices_of(name)) <= MOST_BUTTONS


class ScreeningForm(RecordForm):
    """May be saved before it is complete: what is not known yet cannot be determined, and never counts as met."""

    layout = LAYOUT
    may_be_incomplete = True
    may_be_missing = (
        "symptom_onset_date",
        "highest_temperature_c",
        "high_fever_days",
        "height_cm",
        "weight_kg",
        "respiratory_rate",
        "spo2_percent",
        "imaging_date",
        "vaccine_doses",
        "last_vaccine_date",
    )
    plausible = [
        Plausible("highest_temperature_c", 35, 42),
        Plausible("high_fever_days", 0, 20),
        Plausible("height_cm", 130, 210),
        Plausible("weight_kg", 35, 160),
        Plausible("respiratory_rate", 8, 40),
        Plausible("spo2_percent", 80, 100),
        Plausible("pao2_fio2_mmhg", 50, 650),
        Plausible("vaccine_doses", 0, 6),
        Plausible("cigarettes_per_day", 0, 60),
        Plausible("pack_years", 0, 100),
    ]

    class Meta:
        model = Screening
        fields = (*SCREENING_FACTS, *SCREENING_TIMES)
        widgets = {name: forms.RadioSelect() for name in SCREENING_FACTS if has_few_answers(name)}

    def __init__(
        self,
        data: QueryDict | None,
        *,
        subject: Subject,
        at: datetime,
        draft: ScreeningDraft | None = None,
    ) -> None:
        super().__init__(data, instance=screening_of(subject))
        self.subject, self.at, self.consented_at = subject, at, consented_at(subject)
        for name in PARTIAL_DATES:
            self.fields[name] = PartialDateField(label=self.fields[name].label)
        for name in filter(choices_of, SCREENING_FACTS):
            nothing = [] if has_few_answers(name) else [("", "—")]
            self.fields[name].choices = [*nothing, *choices_of(name)]
        for group in GROUPS:
            self._ask_for_sources(group)
        for day, name in TIMED.items():
            self._ask_for_time(day, name)
        self.fields["respiratory_rate"].help_text = interpretation_note(protocol_of(subject), "IN04b")
        self._ask_for_a_reason()
        if draft is not None and draft.typed:
            self._go_on_with(draft)

    def _ask_for_sources(self, group: SourceGroup) -> None:
        """Of all values of the group at once, and of each that comes from elsewhere."""
        choices = [(source.value, _(source.label)) for source in Source]
        recorded = self.instance.sources
        self.fields[SOURCE + group.code] = forms.ChoiceField(
            label=_("These values come from"),
            choices=choices,
            required=False,
            initial=group.source(recorded),
        )
        own = group.elsewhere(recorded)
        for name in group.facts:
            self.fields[OWN_SOURCE + name] = forms.ChoiceField(
                label=self.fields[name].label,
                choices=[("", _("like the others")), *choices],
                required=False,
                initial=own.get(name, ""),
            )

    def _ask_for_time(self, day: str, name: str) -> None:
        """draft.js shows the field only where the time counts."""
        [group] = [group for group in GROUPS if day in group.facts]
        self.fields[name] = TimeOfDayField(
            label=self.fields[name].label,
            help_text=_("Done on the day of consent, which was given at %(time)s. Like 14:05.")
            % {"time": f"{self.consented_at:%H:%M}"},
        )
        self.fields[name].widget.attrs |= {
            "data-counts-on": f"{day}={self.consented_at.date()}",
            "data-counts-unless": f"{OWN_SOURCE}{day} {SOURCE}{group.code}={Source.ROUTINE_CARE}",
        }

    def _ask_for_a_reason(self) -> None:
        """On a form that was never saved, too: a verdict may have been shown before."""
        self.appended = ("reason",)
        self.fields["reason"] = forms.CharField(
            label=_("Reason for the change"),
            required=False,
            max_length=500,
            widget=forms.TextInput({"list": "usual-reasons"}),
            help_text=_(
                "Needed when a saved value changes, or one with which a verdict was shown as not met or open."
            ),
        )

    def _go_on_with(self, draft: ScreeningDraft) -> None:
        """Everything as it was typed, valid or not, on top of the version it was begun from."""
        self.initial = as_typed(draft, self.fields)
        if "version" in self.fields:
            self.initial["version"] = draft.version

    def clean(self) -> dict[str, Any]:
        values = self.record_values()
        wrong = impossible(self.subject, values, at=self.at)
        for name in wrong.keys() - self.errors.keys():
            self.add_error(name, wrong[name])
        today = self.subject.site.date_of(self.at)
        self.owes_a_reason = not self.errors and owes_a_reason(self.subject, values, today)
        if self.owes_a_reason and not self.cleaned_data["reason"]:
            self.add_error("reason", _("Say why a value changed after a verdict was shown."))
        return super().clean()

    def record_values(self) -> dict[str, Any]:
        values = super().record_values()
        sources = {
            name: source
            for group in GROUPS
            for name in group.facts
            if known(values.get(name)) and (source := self._source_of(name, group))
        }
        return values | self._times(values, sources) | {"sources": sources}

    def _source_of(self, name: str, group: SourceGroup) -> str | None:
        return self.cleaned_data.get(OWN_SOURCE + name) or self.cleaned_data.get(SOURCE + group.code)

    def _times(self, values: Mapping[str, Any], sources: Mapping[str, str]) -> dict[str, Any]:
        """A time that is not asked for is not kept."""
        counting = {
            name
            for day, name in TIMED.items()
            if time_counts(values.get(day), sources.get(day), consented_at=self.consented_at)
        }
        return {name: values.get(name) if name in counting else None for name in TIMED.values()}

    def reason(self) -> str:
        """Why values change. A value that was left open is entered, not changed, and needs no reason."""
        given, values = self.cleaned_data["reason"], self.record_values()
        if self.instance.pk is None or self.owes_a_reason:
            return given
        saved = [getattr(self.instance, name) for name in changed_fields(self.instance, values)]
        if self.instance.sources.items() <= values["sources"].items():
            saved = [value for value in saved if value is not self.instance.sources]
        if given or any(value not in (None, "", {}) for value in saved):
            return given
        return str(_("First entry of what was left open"))


class LiveScreeningForm(ScreeningForm):
    """What is typed so far, for the verdict beside the form: nothing is asked back before it is saved."""

    def clean(self) -> dict[str, Any]:
        for name in outside_limits(self.cleaned_data):
            del self.cleaned_data[name]
        return self.cleaned_data


class DiscardDraftForm(ActionForm):
    reason = forms.CharField(
        label=_("Reason for discarding what was typed"),
        max_length=500,
        widget=forms.TextInput({"list": "usual-reasons"}),
    )
    layout = Layout("reason")


def interpretation_note(protocol: Protocol, code: str) -> str:
    """The registry's reading beside ours, where somebody types the value."""
    language = get_language()
    return " ".join(
        _("The registry says: “%(registry)s” Read here as: “%(default)s” (interpretation %(number)s)")
        % {
            "registry": entry.registry.text(language),
            "default": entry.default.text(language),
            "number": entry.number,
        }
        for entry in protocol.interpretations_of(code)
    )

"""Forms that belong to no visit: histories, logs, daily status, death, end of study."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from outcomes.actions import edit_checks
from outcomes.actions.entries import impossible_entry
from outcomes.forms.drafted import Drafted
from outcomes.forms.sheets import SheetForm, sheet
from outcomes.models import OTHER_MODELS
from outcomes.rules.checks import doubts_within
from trial_site.core.checks import Concern
from trial_site.core.forms import MISSING
from trial_site.core.models import MissingReason


class EntryForm(Drafted, SheetForm):
    """A record of a form outside visits."""

    def __init__(self, *args: Any, subject: Subject, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject, self.at = subject, at

    def clean(self) -> dict[str, Any]:
        found = impossible_entry(self.subject, self.code, self.entered(), at=self.at)
        for field, sentence in edit_checks.sentences(found, self.code).items():
            self.add_error(field if field in self.fields else None, sentence)
        return super().clean()

    def entered(self) -> dict[str, Any]:
        return self.cleaned_data

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        return super().concerns(values) + edit_checks.concerns(doubts_within(self.code, values))


class DailyForm(EntryForm):
    """One row of the grid. What is empty shares one reason; the day is the row's."""

    why_missing = forms.ChoiceField(
        label=_("If a value is missing"), choices=[("", "—"), *MissingReason.choices], required=False
    )

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        self.on, self.ids = on, f"day-{on}"
        super().__init__(*args, **kwargs)
        for name in self.may_be_missing:
            del self.fields[name + MISSING]
        recorded = set(self.instance.missing.values()) - {MissingReason.NOT_APPLICABLE}
        self.fields["why_missing"].initial = next(iter(recorded), "")

    def entered(self) -> dict[str, Any]:
        return {**self.cleaned_data, "on": self.on}

    def clean(self) -> dict[str, Any]:
        for name in self.may_be_missing:
            if self.cleaned_data.get(name) in (None, "") and name not in self.errors:
                self.cleaned_data[name + MISSING] = (
                    MissingReason.NOT_APPLICABLE if self._is_idle(name) else self.cleaned_data["why_missing"]
                )
        return super().clean()

    def record_values(self) -> dict[str, Any]:
        return {**super().record_values(), "on": self.on}


def entry(
    code: str, *rows: str | tuple[str, ...], optional: tuple[str, ...] = (), base: Any = EntryForm
) -> Any:
    return sheet(base, code, OTHER_MODELS[code], *rows, optional=optional)


ENTRIES: dict[str, type[EntryForm]] = {
    "CH": entry(
        "CH",
        "first_positive_on",
        ("previous_infection", "previous_infection_on"),
        ("vaccine_doses", "vaccine", "last_dose_on"),
    ),
    "MH": entry("MH", ("condition", "organ"), ("started_on", "ongoing", "ended_on"), optional=("ended_on",)),
    "DY": entry(
        "DY",
        "severity",
        "score",
        ("oxygen_device", "oxygen_flow_l_min"),
        ("spo2_percent", "respiratory_rate", "temperature_c"),
        base=DailyForm,
    ),
    "CM": entry(
        "CM",
        ("name", "group"),
        ("indication", "dose"),
        ("started_on", "ongoing", "ended_on"),
        optional=("dose", "ended_on"),
    ),
    "RS": entry(
        "RS",
        "device",
        ("started_at", "ended_at"),
        ("oxygen_flow_l_min", "fio2_percent"),
        optional=("ended_at", "oxygen_flow_l_min", "fio2_percent"),
    ),
    "HO": entry(
        "HO",
        ("admitted_on", "discharged_on", "destination"),
        ("intensive_care", "icu_admitted_on"),
        optional=("discharged_on", "destination", "icu_admitted_on"),
    ),
    "RI": entry("RI", ("detected_on", "method"), ("severity", "negative_between")),
    "PG": entry(
        "PG",
        ("whose", "learned_on"),
        ("last_period_on", "due_on"),
        ("outcome", "ended_on", "child"),
        "course",
        optional=("ended_on", "child"),
    ),
    "DD": entry("DD", "informed_on", "cause", ("due_to_covid", "autopsy")),
    "EO": entry("EO", "ended_on", ("reason", "detail"), optional=("detail",)),
}

"""The form behind every case report form page: missing-data codes, stale edits, reasons, soft checks."""

import re
from collections.abc import Mapping
from copy import copy
from datetime import date
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from trial_site.core.checks import Concern, Plausible, implausible
from trial_site.core.errors import Refused, StaleRecord
from trial_site.core.models import MissingReason, Record
from trial_site.core.records import changed_fields
from trial_site.core.signing import is_first_of_session, require_own_address

MISSING = "__missing"
YEARS = range(1900, 2200)
# XML 1.0 (fifth edition), production 2, turned round.
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_read(record: Record, name: str) -> Any:
    """A value of a record as people read it: of a choice its label."""
    display = getattr(record, f"get_{name}_display", None)
    return display() if display else getattr(record, name)


OWN = "current-password"
ADDRESS = "email"


def password_field(label: Any, help_text: Any = "", autocomplete: str = "off") -> forms.CharField:
    """For a password given at the moment of signing; `autocomplete` is "current-password" for one's own."""
    widget = forms.PasswordInput({"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, widget=widget, help_text=help_text)


def address_field() -> forms.EmailField:
    """The other component of a signature, asked for at the first one of a session."""
    widget = forms.EmailInput({"autocomplete": "username"})
    return forms.EmailField(
        label=_("Your e-mail address"),
        widget=widget,
        validators=[require_own_address],
        help_text=_("At your first signature since you signed in."),
    )


def placed_before(fields: list[Any], name: str, new: str) -> list[Any]:
    """These parts of a layout, `new` before `name` however deep it stands."""
    placed: list[Any] = []
    for part in fields:
        if part == name:
            placed.append(new)
        elif hasattr(part, "fields"):
            part = copy(part)
            part.fields = placed_before(part.fields, name, new)
        placed.append(part)
    return placed


class ActionForm(forms.Form):
    """A form that hands its values to one action and shows the action's refusal beside the fields."""

    fields: dict[str, Any]
    layout: Layout | None = None
    appended: tuple[str, ...] = ()
    asked_for_both = False

    def full_clean(self) -> None:
        self._ask_for_both_components()
        super().full_clean()

    def _ask_for_both_components(self) -> None:
        """Where one signs with one's own password, the first time in a session with the address too."""
        own = (name for name, field in self.fields.items() if field.widget.attrs.get("autocomplete") == OWN)
        name = next(own, "")
        if name and ADDRESS not in self.fields and is_first_of_session():
            self.fields[ADDRESS], self.asked_for_both = address_field(), True
            if self.layout is not None:
                self.layout = Layout(*placed_before(self.layout.fields, name, ADDRESS))

    @property
    def helper(self) -> FormHelper:
        self._ask_for_both_components()
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.render_hidden_fields = True
        if self.layout is not None:
            helper.layout = Layout(*self.layout.fields, *self.appended)
        return helper

    def clean(self) -> dict[str, Any]:
        """Text holds no characters that XML cannot carry, for exports must reproduce what was typed; and no year is
        so far off that the instant cannot be shown in another zone."""
        cleaned = super().clean() or self.cleaned_data
        if self.asked_for_both:
            cleaned.pop(ADDRESS, None)
        for name, value in list(cleaned.items()):
            if isinstance(value, str) and UNPRINTABLE.search(value):
                self.add_error(
                    name, _("This text contains a character that cannot be stored. Type it again.")
                )
            if isinstance(value, date) and value.year not in YEARS:
                self.add_error(name, _("The year is not between 1900 and 2199. Type it again."))
        return cleaned

    def refuse(self, refusal: Refused) -> None:
        """Put a refusal where the person looks: beside its fields, the rest at the top."""
        for name, sentence in refusal.fields.items():
            self.add_error(name if name in self.fields else None, str(sentence))
        if refusal.sentence:
            self.add_error(None, str(refusal.sentence))


class RecordForm(ActionForm, forms.ModelForm):
    """A case report form record.

    `may_be_missing` names fields that may carry a missing-data code instead of a value; `plausible` are soft
    limits; subclasses may extend `concerns()` with checks across fields; `may_be_incomplete` is for a form filled
    in over days, where an empty value needs no reason yet. A soft check that fires asks for
    confirmation (POST `confirm` holds the confirmed field names) and ends up in `confirmed_concerns`.
    """

    may_be_missing: tuple[str, ...] = ()
    may_be_incomplete = False
    plausible: list[Plausible] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.confirmations: list[Concern] = []
        self.confirmed_concerns: list[Concern] = []
        self.saved_meanwhile: dict[str, Any] = {}
        recorded = self.instance.missing if self.instance.pk else {}
        for name in self.may_be_missing:
            self.fields[name].required = False
            self.fields[name + MISSING] = forms.ChoiceField(
                choices=[("", "—"), *MissingReason.choices],
                required=False,
                initial=recorded.get(name, ""),
                label=_("Reason why “%(field)s” is missing") % {"field": self.fields[name].label},
            )
        if self.instance.pk:
            self.fields["version"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=self.instance.version, min_value=0
            )
            self.appended = ("reason",)
            self.fields["reason"] = forms.CharField(
                label=_("Reason for the change"),
                required=False,
                max_length=500,
                help_text=_("Needed when a saved value changes."),
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in self.may_be_missing:
            if name in self.errors:
                continue
            given, code = cleaned.get(name) not in (None, ""), cleaned.get(name + MISSING)
            if given and code:
                self.add_error(name, _("Enter the value or say why it is missing, not both."))
            elif not given and not code and not self.may_be_incomplete:
                self.add_error(name, _("Enter a value or say why it is missing."))
        if not self.errors:
            self._ask_for_confirmation(cleaned)
        return cleaned

    def concerns(self, values: Mapping[str, Any]) -> list[Concern]:
        """The soft checks that fire on these values."""
        return [
            Concern(
                limits.field,
                _("%(value)s is outside the expected range %(low)s to %(high)s. Is it correct?")
                % {"value": value, "low": limits.low, "high": limits.high},
            )
            for limits, value in implausible(values, self.plausible)
        ]

    def _ask_for_confirmation(self, values: Mapping[str, Any]) -> None:
        confirmed = set(self.data.getlist("confirm")) if hasattr(self.data, "getlist") else set()
        fired = [c for c in self.concerns(values) if c.field in self.changed_data or not self.instance.pk]
        self.confirmed_concerns = [c for c in fired if c.field in confirmed]
        self.confirmations = [c for c in fired if c.field not in confirmed]
        for concern in self.confirmations:
            self.add_error(concern.field, _("Correct the value or confirm it."))

    def missing_codes(self) -> dict[str, str]:
        return {
            n: self.cleaned_data[n + MISSING]
            for n in self.may_be_missing
            if self.cleaned_data.get(n + MISSING)
        }

    def record_values(self) -> dict[str, Any]:
        """What the action writes: the model's fields and the missing-data codes."""
        names = [n for n in self._meta.fields or [] if n in self.cleaned_data]
        return {n: self.cleaned_data[n] for n in names} | {"missing": self.missing_codes()}

    def refuse(self, refusal: Refused) -> None:
        """A stale edit keeps what was typed and shows beside it what somebody else saved; nothing is lost, and
        whoever saves again has seen both."""
        super().refuse(refusal)
        if isinstance(refusal, StaleRecord):
            current = type(self.instance)._default_manager.get(pk=self.instance.pk)
            typed = self.record_values()
            self.saved_meanwhile = {
                name: as_read(current, name) for name in changed_fields(current, typed) if name != "missing"
            }
            data: Any = self.data.copy()  # type: ignore[attr-defined]
            data["version"] = str(current.version)
            self.data = data

    def _post_clean(self) -> None:
        """The action writes the record, so the form must not touch the instance it was opened with."""

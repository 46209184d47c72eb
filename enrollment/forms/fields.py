from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from enrollment.rules.partial import PartialDate


class PartialDateField(forms.CharField):
    """A date of long ago: the day, or as much of it as is known."""

    default_error_messages = {"invalid": _("Enter a date like 2026-03-01, 2026-03 or 2026.")}

    def __init__(self, **kwargs: Any) -> None:
        help_text = _("2026-03-01; 2026-03 or 2026 when no more is known.")
        widget = forms.TextInput({"inputmode": "numeric"})
        super().__init__(required=False, empty_value=None, help_text=help_text, widget=widget, **kwargs)

    def to_python(self, value: Any) -> str | None:
        """Slashes and dots for hyphens, and a leading zero left out, are understood."""
        text = super().to_python(value)
        if text is None:
            return None
        year, *parts = text.replace("/", "-").replace(".", "-").split("-")
        try:
            return str(PartialDate("-".join([year, *(part.zfill(2) for part in parts)])))
        except ValueError:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class TimeOfDayField(forms.TimeField):
    """A time on a clock of 24 hours, typed: a browser's own field may ask for AM and PM."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput({"inputmode": "numeric", "autocomplete": "off"})
        formats = ["%H:%M", "%H%M", "%H:%M:%S"]
        super().__init__(required=False, input_formats=formats, widget=widget, **kwargs)

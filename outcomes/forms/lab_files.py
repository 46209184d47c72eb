from crispy_forms.layout import Layout
from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from outcomes.rules.lab_file import COLUMNS
from trial_site.core.forms import ActionForm

NAMES = ", ".join(COLUMNS)
LARGEST = 1_000_000
ENCODINGS = ("utf-8-sig", "gb18030")


class LaboratoryFileForm(ActionForm):
    """The file as the laboratory sent it; `text` is what it says."""

    file = forms.FileField(
        label=_("File of the laboratory (CSV)"),
        help_text=format_lazy(
            "{} {}", _("One result per line; times are the study site's. Columns:"), ", ".join(COLUMNS)
        ),
    )
    layout = Layout("file")
    text = ""

    def clean_file(self) -> None:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("This file is larger than a laboratory's file can be."))
        data = file.read()
        for encoding in ENCODINGS:
            try:
                self.text = data.decode(encoding)
            except UnicodeDecodeError:
                continue
            return
        raise forms.ValidationError(_("This file is not text."))


class TakeOverForm(ActionForm):
    """What was previewed, sent back to be taken over."""

    text = forms.CharField(widget=forms.HiddenInput, strip=False)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reason = forms.CharField(
        label=_("Reason for the change"),
        required=False,
        max_length=500,
        help_text=_("Needed when a saved value changes."),
    )
    layout = Layout("text", "seen", "reason")

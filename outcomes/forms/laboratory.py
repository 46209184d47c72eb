from collections.abc import Iterator

from crispy_forms.layout import Layout, Row
from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from outcomes.forms.sheets import YES_NO
from outcomes.models import FollowedBy, ReferenceRange
from outcomes.rules.laboratory import PANELS
from outcomes.rules.sheets import SHEETS
from trial_site.core.forms import ActionForm
from trial_site.monitoring.registry import label_of


def result_choices() -> Iterator[tuple[str, str]]:
    for form in PANELS:
        for limits in SHEETS[form].limits:
            yield limits.field, f"{capfirst(str(label_of(form, limits.field)))} {limits.unit}".rstrip()


class JudgementForm(ActionForm):
    """One result out of range: does it matter, and what does it become?"""

    significant = forms.TypedChoiceField(
        label=_("Clinically significant"),
        choices=YES_NO,
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
    )
    followed_by = forms.ChoiceField(
        label=_("If significant, recorded as"), choices=[("", "—"), *FollowedBy.choices], required=False
    )


class RangeForm(ActionForm, forms.ModelForm):
    """A reference range of the site's laboratory."""

    field = forms.ChoiceField(label=_("Result"), choices=result_choices)
    layout = Layout("field", Row("sex", "age_from", "age_to"), Row("low", "high"))

    class Meta:
        model = ReferenceRange
        fields = ["field", "sex", "age_from", "age_to", "low", "high"]

    def _post_clean(self) -> None:
        """The action writes the range."""

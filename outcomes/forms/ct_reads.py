from crispy_forms.layout import Layout, Row
from django import forms

from outcomes.models import EndpointRead
from trial_site.core.forms import ActionForm


class EndpointReadForm(ActionForm, forms.ModelForm):
    """What a reader measured in a scan."""

    layout = Layout("lesion_percent", Row("software", "software_version"))
    units = {"lesion_percent": "%"}

    class Meta:
        model = EndpointRead
        fields = ["lesion_percent", "software", "software_version"]

    def _post_clean(self) -> None:
        """The action writes the read."""

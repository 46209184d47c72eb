from typing import Any

from crispy_forms.layout import Layout, Row
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from randomization.forms.participants import password_field
from trial_site.core.forms import ActionForm
from trial_site.core.models import StaffMember


class UnblindStudyForm(ActionForm):
    """Two people who unblind the study; `people` are those who may do so with the one who asks."""

    password = password_field(
        _("Your password"), _("Records the unblinding with your name and the time."), "current-password"
    )
    second_person = forms.ModelChoiceField(label=_("Second person"), queryset=StaffMember.objects.none())
    second_password = password_field(_("Password of the second person"))
    layout = Layout("password", Row("second_person", "second_password"))

    def __init__(self, *args: Any, people: QuerySet[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_person"].queryset = people


class StudyLookForm(ActionForm):
    """Why somebody looks at every arm."""

    why = forms.CharField(label=_("Reason"), max_length=500)
    layout = Layout("why")


class ToldForm(ActionForm):
    """That a participant was told their treatment."""

    subject = forms.ModelChoiceField(label=_("Participant"), queryset=Subject.objects.none())
    told_on = forms.DateField(label=_("Told on"), widget=forms.DateInput({"type": "date"}))
    layout = Layout(Row("subject", "told_on"))

    def __init__(self, *args: Any, subjects: QuerySet[Subject], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].queryset = subjects

from typing import Any

from crispy_forms.layout import Fieldset, Layout, Row
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from randomization.models import BreakCategory, LetterCount
from trial_site.core.forms import ActionForm, password_field
from trial_site.core.models import StaffMember, StudySite


class RandomizeForm(ActionForm):
    """One click and a confirmation."""

    confirmed = forms.BooleanField(
        label=_("I have checked the participant number. Randomization cannot be undone."),
        error_messages={"required": _("Confirm that the participant number is right.")},
    )
    layout = Layout("confirmed")


class InErrorForm(ActionForm):
    why = forms.CharField(
        label=_("Why was it an error?"),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Write no names and nothing about which treatment was given."),
    )
    layout = Layout("why")


class DisclosureForm(ActionForm):
    """Why the pharmacist opens the contents of a participant's kits."""

    why = forms.CharField(label=_("Reason"), max_length=500)
    layout = Layout("why")


class CodeBreakForm(ActionForm):
    """Why the code of one participant must be broken now; a second person only when it is planned."""

    category = forms.ChoiceField(
        label=_("Category"), choices=BreakCategory.choices, widget=forms.RadioSelect, initial="emergency"
    )
    why = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("What decision needs to know the treatment. Write no names."),
    )
    password = password_field(
        _("Your password"), _("Records the code break with your name and the time."), "current-password"
    )
    second_person = forms.ModelChoiceField(
        label=_("Second person"), queryset=StaffMember.objects.none(), required=False
    )
    second_password = password_field(_("Password of the second person"))
    layout = Layout(
        "category",
        "why",
        "password",
        Fieldset(_("Only for a planned code break"), Row("second_person", "second_password")),
    )

    def __init__(self, *args: Any, people: QuerySet[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["second_person"].queryset = people
        self.fields["second_password"].required = False


class LetterOpenedForm(ActionForm):
    """A sealed letter that was opened while the system could not be reached."""

    category = forms.ChoiceField(
        label=_("Category"), choices=BreakCategory.choices, widget=forms.RadioSelect, initial="emergency"
    )
    why = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea({"rows": 2}))
    opened_by = forms.ModelChoiceField(label=_("Opened by"), queryset=StaffMember.objects.none())
    opened_at = forms.DateTimeField(label=_("Opened at"))
    password = password_field(
        _("Your password"), _("Records the code break with your name and the time."), "current-password"
    )
    layout = Layout("category", "why", Row("opened_by", "opened_at"), "password")

    def __init__(self, *args: Any, people: QuerySet[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opened_by"].queryset = people


class LetterCountForm(ActionForm):
    """What somebody who looks at seals only has counted at one site."""

    site = forms.ModelChoiceField(label=_("Study site"), queryset=StudySite.objects.none())
    occasion = forms.ChoiceField(label=_("Occasion"), choices=LetterCount.Occasion.choices)
    intact = forms.IntegerField(label=_("Letters with an intact seal"), min_value=0)
    opened = forms.IntegerField(label=_("Opened letters"), min_value=0)
    comment = forms.CharField(
        label=_("Comment"),
        required=False,
        max_length=500,
        widget=forms.Textarea({"rows": 2}),
        help_text=_("Write no names and nothing about which treatment was given."),
    )
    layout = Layout("site", "occasion", Row("intact", "opened"), "comment")

    def __init__(self, *args: Any, sites: QuerySet[StudySite], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = sites


class ImpactForm(ActionForm):
    """Who learned what from a code break, and what follows from it."""

    people = forms.ModelMultipleChoiceField(
        label=_("Staff who learned the treatment, beside who broke the code"),
        queryset=StaffMember.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They assess and judge nothing of this participant any more."),
    )
    learned = forms.CharField(
        label=_("Who learned what"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
        help_text=_(
            "Participant, relatives and clinicians too. Write no names and not which treatment it is."
        ),
    )
    consequences = forms.CharField(
        label=_("Consequences for the participant and the study"),
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )
    password = password_field(
        _("Your password"), _("Signs the assessment with your name and the time."), "current-password"
    )
    layout = Layout("people", "learned", "consequences", "password")

    def __init__(self, *args: Any, people: QuerySet[StaffMember], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["people"].queryset = people

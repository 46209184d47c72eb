"""Study sites, accounts and lines of the delegation log."""

from typing import Any
from zoneinfo import available_timezones

from crispy_forms.layout import Layout, Row
from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trial_site.core.forms import ActionForm, password_field
from trial_site.core.models import Delegation, StaffMember, StudySite
from trial_site.core.permissions import Role, Task, tasks_of

NAME_OF_SITE = pgettext_lazy("of a study site", "Name")
ALL = pgettext_lazy("of a filter", "all")


class SiteForm(ActionForm):
    code = forms.RegexField(
        "^[0-9A-Z]{2,4}$",
        label=_("Code"),
        help_text=_("Two to four digits or capital letters. It begins every screening number of the site."),
    )
    name = forms.CharField(label=NAME_OF_SITE, max_length=120)
    zone = forms.CharField(
        label=_("Time zone"),
        widget=forms.TextInput({"list": "zones", "autocomplete": "off"}),
        help_text=_("For example Asia/Shanghai. It decides every calendar date and never changes."),
    )
    layout = Layout(Row("code", "name", "zone"))

    zones = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))


class ChangeSiteForm(ActionForm):
    name = forms.CharField(label=NAME_OF_SITE, max_length=120)
    recruiting = forms.BooleanField(
        label=_("This study site recruits"),
        required=False,
        help_text=_("A site that does not recruit logs nobody new; who takes part goes on."),
    )
    reason = forms.CharField(label=_("Reason for the change"), required=False, max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    layout = Layout("name", "recruiting", "reason")


class StaffForm(ActionForm):
    full_name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=120)
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("The link for choosing a password is sent there. It cannot be changed later."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    site = forms.ModelChoiceField(
        label=_("Study site"),
        queryset=StudySite.objects.all(),
        required=False,
        empty_label=_("All study sites"),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    layout = Layout(Row("full_name", "email"), Row("role", "site", "language"))


class ReasonForm(ActionForm):
    """Why an account is closed or asked for a password, or a delegation ends."""

    reason = forms.CharField(label=_("Reason"), max_length=300)
    layout = Layout("reason")


class DelegationForm(ActionForm):
    """Lines of the log for one person; only what their role may hold is offered."""

    tasks = forms.MultipleChoiceField(label=_("Tasks"), widget=forms.CheckboxSelectMultiple)
    site = forms.ModelChoiceField(
        label=_("Study site"),
        queryset=StudySite.objects.none(),
        required=False,
        empty_label=_("All study sites"),
    )
    starts_at = forms.DateTimeField(label=_("From"), widget=forms.DateTimeInput)
    ends_at = forms.DateTimeField(
        label=_("To"), required=False, widget=forms.DateTimeInput, help_text=_("Empty: until further notice.")
    )
    password = password_field(
        _("Your password"),
        _("Signs these lines of the delegation log with your name and the time."),
        "current-password",
    )
    layout = Layout("tasks", Row("site", "starts_at", "ends_at"), "password")

    def __init__(self, *args: Any, staff: StaffMember, sites: QuerySet[StudySite], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tasks"].choices = [(task.value, task.label) for task in tasks_of(staff.role)]
        self.fields["site"].queryset = sites


class LogFilter(ActionForm):
    """Everything is optional; nothing chosen shows the whole log."""

    site = forms.ModelChoiceField(
        label=_("Study site"), queryset=StudySite.objects.none(), required=False, empty_label=ALL
    )
    person = forms.ModelChoiceField(
        label=_("Person"), queryset=StaffMember.objects.none(), required=False, empty_label=ALL
    )
    task = forms.ChoiceField(label=_("Task"), required=False, choices=[("", ALL), *Task.choices])
    state = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", ALL),
            ("in_force", _("in force")),
            ("ended", _("ended")),
            ("not_begun", _("not begun")),
        ],
    )
    layout = Layout(Row("site", "person", "task", "state"))

    def __init__(self, *args: Any, lines: QuerySet[Delegation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = StudySite.objects.filter(delegation__in=lines).distinct()
        people = StaffMember.objects.filter(delegations__in=lines).distinct()
        self.fields["person"].queryset = people.order_by("full_name")

    @property
    def wanted(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}


class ChoosePasswordForm(ActionForm):
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 12 characters, and nothing that is easy to guess."),
    )
    again = forms.CharField(
        label=_("The same password again"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    layout = Layout("password", "again")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("again") and cleaned.get("password") != cleaned["again"]:
            self.add_error("again", _("The two passwords differ."))
        return cleaned

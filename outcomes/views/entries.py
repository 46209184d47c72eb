"""Forms that belong to no visit: a page per log, and the daily status as one grid."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from enrollment.models import Subject
from outcomes import actions, selectors
from outcomes.actions.blind import task_for
from outcomes.actions.drafts import place_of
from outcomes.actions.visits import task_at_visit
from outcomes.forms import ENTRIES, DailyForm, EntryForm
from outcomes.models import DailyStatus
from outcomes.rules.sheets import SHEETS, Kind, forms_of
from outcomes.views.pages import amendment, draft_at, entry_values, own_forms, subject_at
from trial_site.core.drafts import refuse_somebody_else
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import value_of


@require_safe
def other_forms(request: StaffRequest, number: str) -> HttpResponse:
    """The forms outside visits that this person fills in, and how much is in them."""
    subject = subject_at(request, number, task_at_visit(request.actor))
    forms = own_forms(request, subject, forms_of(Kind.ONCE, Kind.LOG, Kind.DAILY))
    rows = [(form, label_of(form), selectors.entries_of(subject, form).count()) for form in forms]
    daily = [form for form in forms if SHEETS[form].kind == Kind.DAILY]
    visits = selectors.new_visits(subject, on=timezone.localdate())
    shown = {"subject": subject, "rows": rows, "daily": daily, "visits": visits}
    return render(request, "outcomes/other_forms.html", shown)


@page
def entries(request: StaffRequest, number: str, form: str) -> HttpResponse:
    """A log with a new entry to fill in; a form that is filled in once opens itself."""
    return entry_page(request, entry_form(request, number, form))


@page
def entry(request: StaffRequest, number: str, form: str, entry: int) -> HttpResponse:
    """One entry of a log, to be completed or corrected."""
    return entry_page(request, entry_form(request, number, form, entry))


def entry_form(request: StaffRequest, number: str, code: str, entry: int = 0) -> EntryForm:
    """A form as its page shows it: without a number a new entry of a log, or what is filled in once."""
    if code not in forms_of(Kind.ONCE, Kind.LOG) or (entry and SHEETS[code].kind != Kind.LOG):
        raise Http404
    subject = subject_at(request, number, task_for(code))
    recorded = selectors.entries_of(subject, code)
    once = recorded.first() if SHEETS[code].kind == Kind.ONCE else None
    record = get_object_or_404(recorded, number=entry) if entry else once
    draft = draft_at(request, subject, code, place_of(code, record, by=request.actor))
    return ENTRIES[code](request.POST or None, instance=record, subject=subject, at=timezone.now(), **draft)


def entry_page(request: StaffRequest, form: EntryForm) -> HttpResponse:
    subject, record = form.subject, form.instance if form.instance.pk else None
    if taken(form, lambda _values: save(form, request)):
        messages.success(request, _("Saved: %(form)s.") % {"form": form.title})
        return redirect("outcomes:entries", subject.number, form.code)
    log = form.sheet.kind == Kind.LOG
    shown = {"record": record, "log": log, "table": table_of(form, subject) if log else None}
    return reply(request, "outcomes/entries.html", form, subject=subject, today=timezone.localdate(), **shown)


def save(form: EntryForm, request: StaffRequest) -> None:
    refuse_somebody_else(request)
    given = entry_values(form, request)
    if form.instance.pk:
        actions.amend_entry(form.instance, **amendment(form), **given)
    else:
        actions.record_entry(form.subject, form=form.code, **given)


@dataclass(frozen=True)
class Table:
    """A log as a table: what the columns are called, and of each entry its number and values."""

    labels: list[str | Promise]
    rows: list[tuple[int, list[Any]]]


def table_of(form: EntryForm, subject: Subject) -> Table:
    names = list(form._meta.fields or [])
    labels = [form.fields[name].label for name in names]
    entries = selectors.entries_of(subject, form.code)
    return Table(labels, [(one.number, [value_of(one, name) for name in names]) for one in entries])  # type: ignore[union-attr]


@page
def daily_status(request: StaffRequest, number: str) -> HttpResponse:
    """The grid: one row a day, saved row by row. A recorded day is read until somebody asks to correct it."""
    subject = subject_at(request, number, Task.ASSESS_OUTCOMES)
    grid = selectors.grid_of(subject, on=timezone.localdate())
    rows = [day_of_grid(request, subject, (on - min(grid)).days, on, grid[on]) for on in grid]
    posted = next((row.form for row in rows if row.form and row.form.is_bound), None)
    if posted and taken(posted, lambda _values: save(posted, request)):
        messages.success(request, _("Saved: %(form)s.") % {"form": posted.title})
        return redirect("outcomes:daily_status", number)
    labels = ENTRIES["DY"].base_fields
    shown = {"subject": subject, "rows": rows, "posted": posted, "fields": [labels[n].label for n in GRID]}
    return render(request, "outcomes/daily_status.html", shown, status=422 if posted else 200)


GRID = ENTRIES["DY"]._meta.fields or []


@dataclass(frozen=True)
class Row:
    """A day of the grid: its number, what is recorded, and a form where it can be filled in."""

    day: int
    on: date
    status: DailyStatus | None
    form: DailyForm | None

    @property
    def values(self) -> list[Any]:
        return [value_of(self.status, name) for name in GRID] if self.status else []


def day_of_grid(
    request: StaffRequest, subject: Subject, day: int, on: date, status: DailyStatus | None
) -> Row:
    posted = request.POST if request.POST.get("on") == on.isoformat() else None
    if status and not posted and request.GET.get("day") != str(day):
        return Row(day, on, status, None)
    form: Any = ENTRIES["DY"](posted, instance=status, subject=subject, at=timezone.now(), on=on)
    return Row(day, on, status, form)

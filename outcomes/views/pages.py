"""What the pages of this app share."""

from typing import Any

from django.utils import timezone

from enrollment.models import Subject
from enrollment.selectors import subject_for
from outcomes.actions.blind import require_blind, task_for
from outcomes.selectors import form_draft_of
from trial_site.core.forms import RecordForm
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, can


def subject_at(request: StaffRequest, number: str, task: Task) -> Subject:
    """Load and authorise; from here on the page runs on the study site's clock."""
    subject = subject_for(request.actor, number)
    require_blind(request.actor, task, subject)
    timezone.activate(subject.site.tz)
    return subject


def own_forms(request: StaffRequest, subject: Subject, forms: tuple[str, ...]) -> list[str]:
    """Those of `forms` that this person fills in."""
    return [form for form in forms if can(request.actor, task_for(form), subject.site_id)]


def draft_at(request: StaffRequest, subject: Subject, form: str, place: str) -> dict[str, Any]:
    """What is typed there and not saved, as the form takes it: this person's or somebody else's."""
    draft = form_draft_of(subject, form, place)
    return {"place": place, "draft" if draft and draft.author_id == request.actor.id else "others": draft}


def entry_values(form: RecordForm, request: StaffRequest) -> dict[str, Any]:
    """What every saved form hands to its action."""
    by_and_at = {"by": request.actor, "at": timezone.now()}
    return {"values": form.record_values(), "concerns": form.confirmed_concerns, **by_and_at}


def amendment(form: RecordForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("version", "reason")}

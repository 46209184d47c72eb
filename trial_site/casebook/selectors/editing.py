"""Where a saved record is corrected, for whoever may."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse

from enrollment.models import Subject
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task, can


@dataclass(frozen=True)
class Editing:
    """The page that corrects records of a form; `which` tells the page's record apart, beside the participant."""

    task: Task
    view: str
    which: Callable[[Any], list] = lambda record: []


def visit_code(record: Any) -> list[str]:
    return [record.visit.code]


EDITING = {
    "SC": Editing(Task.SCREEN, "enrollment:screening"),
    "IV": Editing(Task.INFUSE, "dosing:vitals"),
    "VI": Editing(Task.RECORD_LABORATORY, "outcomes:visit_date", lambda record: [record.code]),
    "VS": Editing(Task.ASSESS_OUTCOMES, "outcomes:visit", visit_code),
    "CP": Editing(Task.ASSESS_OUTCOMES, "outcomes:visit", visit_code),
    "LB": Editing(Task.RECORD_LABORATORY, "outcomes:laboratory", visit_code),
    "AE": Editing(Task.RECORD_SAFETY, "outcomes:amend_adverse_event", lambda record: [record.number]),
}


def edit_url(actor: Actor, form: str, record: Model, subject: Subject) -> str:
    """Empty for forms that are never corrected in place and for people who may not correct them."""
    editing = EDITING.get(form)
    if editing is None or not can(actor, editing.task, subject.site_id):
        return ""
    return reverse(editing.view, args=[subject.number, *editing.which(record)])

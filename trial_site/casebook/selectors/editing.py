"""Where a saved record is corrected, for whoever may."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse

from enrollment.models import Subject
from outcomes.actions.blind import task_for
from outcomes.rules.sheets import Kind, forms_of
from trial_site.core.actors import Actor
from trial_site.core.permissions import Task, can


@dataclass(frozen=True)
class Editing:
    """The page that corrects records of a form; `which` tells the page's record apart, beside the participant."""

    task: Task
    view: str
    which: Callable[[Any], list] = lambda record: []


def at_visit(record: Any) -> list[str]:
    return [record.visit.key]


def in_log(form: str) -> Callable[[Any], list]:
    return lambda record: [form, record.number]


def once(form: str) -> Callable[[Any], list]:
    return lambda record: [form]


EDITING = {
    "SC": Editing(Task.SCREEN, "enrollment:screening"),
    "IV": Editing(Task.INFUSE, "dosing:vitals"),
    "VI": Editing(Task.RECORD_LABORATORY, "outcomes:visit_date", lambda record: [record.key]),
    "DY": Editing(Task.ASSESS_OUTCOMES, "outcomes:daily_status"),
    "AE": Editing(Task.RECORD_SAFETY, "outcomes:amend_adverse_event", lambda record: [record.number]),
    **{form: Editing(task_for(form), "outcomes:visit", at_visit) for form in forms_of(Kind.VISIT)},
    **{form: Editing(task_for(form), "outcomes:entry", in_log(form)) for form in forms_of(Kind.LOG)},
    **{form: Editing(task_for(form), "outcomes:entries", once(form)) for form in forms_of(Kind.ONCE)},
}


def edit_url(actor: Actor, form: str, record: Model, subject: Subject) -> str:
    """Empty for forms that are never corrected in place and for people who may not correct them."""
    editing = EDITING.get(form)
    if editing is None or not can(actor, editing.task, subject.site_id):
        return ""
    return reverse(editing.view, args=[subject.number, *editing.which(record)])

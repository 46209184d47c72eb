"""Queries, signatures and code breaks that wait."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from randomization.selectors import unassessed_breaks
from trial_site.casebook.selectors.review import void_signatures
from trial_site.casebook.selectors.worklist.desk import Desk, Todo, page_of
from trial_site.core.permissions import Task
from trial_site.monitoring.models import Query, QueryState
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import queries_for


def code_breaks(desk: Desk) -> Iterator[Todo]:
    for code_break in unassessed_breaks(desk.actor).filter(subject__in=desk.subjects):
        subject, sentence = code_break.subject, _("Assess the impact of the code break of %(number)s")
        yield desk.todo(
            subject, sentence, page_of(subject, "randomization:impact"), due=subject.site.date_of(desk.at)
        )


def void_reviews(desk: Desk) -> Iterator[Todo]:
    for signature in void_signatures(desk.waiting(Task.SIGN_CASEBOOK)):
        sentence = _("Sign again what changed after the signature: %(form)s of %(number)s")
        page = reverse(
            "casebook:sign", args=[signature.subject, signature.scope, signature.form, signature.record_id]
        )
        said = {"form": label_of(signature.form), "number": signature.subject}
        yield Todo(signature.subject, sentence % said, page, signature.site.date_of(desk.at))


def open_questions(desk: Desk) -> Iterator[Todo]:
    sentence = _("Answer query %(query)s about %(field)s of %(number)s")
    yield from questions(desk, Task.ANSWER_QUERY, QueryState.OPEN, sentence)


def answered_questions(desk: Desk) -> Iterator[Todo]:
    sentence = _("Review the answer to query %(query)s about %(field)s of %(number)s")
    yield from questions(desk, Task.RAISE_QUERY, QueryState.ANSWERED, sentence)


def questions(desk: Desk, task: Task, state: str, sentence: str) -> Iterator[Todo]:
    numbers = desk.waiting(task).values("number")
    for query in queries_for(desk.actor).filter(state=state, subject__in=numbers).order_by("opened_at"):
        yield Todo(
            query.subject,
            sentence % {"query": query.number, "field": about(query), "number": query.subject},
            reverse("monitoring:query", args=[query.number]),
            query.site.date_of(desk.at),
        )


def about(query: Query) -> str:
    return f"“{label_of(query.form, query.field)}”"

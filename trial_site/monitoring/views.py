from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from trial_site.core.errors import Refused
from trial_site.core.permissions import Task, require
from trial_site.monitoring import actions, selectors
from trial_site.monitoring.forms import MessageForm, QuestionForm
from trial_site.monitoring.models import Query
from trial_site.monitoring.registry import label_of

MOVE = {
    "answer": actions.answer_query,
    "close": actions.close_query,
    "reopen": actions.reopen_query,
    "cancel": actions.cancel_query,
}
page = require_http_methods(["GET", "POST"])


@page
def query(request: HttpRequest, number: str) -> HttpResponse:
    """One query: the value it is about, the thread, and what this person may do with it."""
    query = selectors.query_for(request.actor, number)
    form = MessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        move, text = MOVE[form.cleaned_data["verb"]], form.cleaned_data["text"]
        try:
            move(query, text=text, by=request.actor, at=timezone.now())
        except Refused as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("Query %(number)s: saved.") % {"number": number})
            return redirect("monitoring:query", number)
    return render(request, "monitoring/query.html", thread(request, query, form), status=status_of(form))


def thread(request: HttpRequest, query: Query, form: MessageForm) -> dict:
    record, _ref = selectors.record_for(request.actor, query.form, query.record_id)
    return {
        "query": query,
        "form": form,
        "moves": selectors.moves_for(request.actor, query),
        "thread": query.messages.select_related("written_by"),
        "form_title": label_of(query.form),
        "field_label": label_of(query.form, query.field),
        "value": selectors.value_of(record, query.field) if query.field else None,
    }


@page
def open_query(request: HttpRequest, form: str, record_id: int, field: str) -> HttpResponse:
    """Ask about one field of a record."""
    record, ref = selectors.record_for(request.actor, form, record_id, field)
    require(request.actor, Task.RAISE_QUERY, ref.site_id)
    question = QuestionForm(request.POST or None)
    if request.method == "POST" and question.is_valid():
        text, now = question.cleaned_data["text"], timezone.now()
        try:
            opened = actions.open_query(ref, text=text, origin=Query.Origin.PERSON, by=request.actor, at=now)
        except Refused as refusal:
            question.refuse(refusal)
        else:
            messages.success(request, _("Query %(number)s is open.") % {"number": opened.number})
            return redirect(f"{reverse('casebook:subject', args=[ref.subject])}#{form}-{record_id}")
    context = {
        "ref": ref,
        "form": question,
        "form_title": label_of(form),
        "field_label": label_of(form, field),
        "value": selectors.value_of(record, field),
    }
    return render(request, "monitoring/open_query.html", context, status=status_of(question))


def status_of(form: MessageForm | QuestionForm) -> int:
    return 422 if form.errors else 200

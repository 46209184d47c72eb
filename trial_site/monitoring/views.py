from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from trial_site.core.errors import Refused
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require
from trial_site.monitoring import actions, selectors
from trial_site.monitoring.forms import MessageForm, QuestionForm
from trial_site.monitoring.models import Query
from trial_site.monitoring.registry import label_of, registered

MOVING = {
    "answer": actions.answer_query,
    "close": actions.close_query,
    "reopen": actions.reopen_query,
    "cancel": actions.cancel_query,
}
page = require_http_methods(["GET", "POST"])


def done(form: ActionForm, write: Callable[[dict[str, Any]], object]) -> bool:
    """Was the form posted, valid and written? A refusal is put where the person looks."""
    if not (form.is_bound and form.is_valid()):
        return False
    try:
        write(form.cleaned_data)
    except Refused as refusal:
        form.refuse(refusal)
    return not form.errors


@page
def query(request: StaffRequest, number: str) -> HttpResponse:
    """One query: the value it is about, the thread, and what this person may do with it."""
    query = selectors.query_for(request.actor, number)
    form, given = MessageForm(request.POST or None), {"by": request.actor, "at": timezone.now()}
    if done(form, lambda said: MOVING[said["verb"]](query, text=said["text"], **given)):
        messages.success(request, _("Saved: query %(number)s.") % {"number": number})
        return redirect("monitoring:query", number)
    record, _ref = selectors.record_for(request.actor, query.form, query.record_id)
    context = {
        "query": query,
        "form": form,
        "moves": selectors.moves_for(request.actor, query),
        "thread": query.messages.select_related("written_by"),
    } | about(record, query.form, query.field)
    return render(request, "monitoring/query.html", context, status=422 if form.errors else 200)


def about(record: Any, form: str, field: str) -> dict[str, Any]:
    """The field a query is about, as it stands now; a query without a field is about the whole record."""
    return {
        "form_title": label_of(form),
        "field_label": label_of(form, field),
        "value": selectors.value_of(record, field) if field else None,
        "unit": registered(form).units.get(field, ""),
        "reason": getattr(record, "missing", {}).get(field),
    }


@page
def open_query(request: StaffRequest, form: str, record_id: int, field: str) -> HttpResponse:
    """Ask about one field of a record."""
    record, ref = selectors.record_for(request.actor, form, record_id, field)
    require(request.actor, Task.RAISE_QUERY, ref.site_id)
    question, origin = QuestionForm(request.POST or None), Query.Origin.PERSON
    given = {"origin": origin, "by": request.actor, "at": timezone.now()}
    if done(question, lambda said: actions.open_query(ref, **said, **given)):
        messages.success(request, _("The query is open; the study site sees it."))
        return redirect(f"{reverse('casebook:subject', args=[ref.subject])}#{form}-{record_id}")
    context = {"ref": ref, "form": question} | about(record, form, field)
    return render(request, "monitoring/open_query.html", context, status=422 if question.errors else 200)

"""Pages of the whole study's audit trail, its copy and its reviews."""

import csv
import re
from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from trial_site.casebook import selectors
from trial_site.casebook.audit_forms import AuditReviewForm, TrailFilter
from trial_site.casebook.selectors.trail import Told
from trial_site.casebook.views import paged
from trial_site.core.http import StaffRequest
from trial_site.core.models import OccurrenceKind
from trial_site.core.occurrences import note
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require
from trial_site.monitoring import actions as monitoring
from trial_site.monitoring.models import AuditReview

# A spreadsheet takes such a cell for a formula; an apostrophe before it makes it text.
FORMULA = re.compile("^[=+\\-@\t\r\n＝＋－＠]")


@require_safe
def trail(request: StaffRequest) -> HttpResponse:
    """What happened in the study, filtered and sorted."""
    require(request.actor, Task.VIEW_AUDIT)
    form = TrailFilter(request.GET)
    events = selectors.chosen(selectors.study_trail(request.actor), request.actor, form.wanted)
    shown = paged(request, events, per_page=50)
    context = {
        "form": form,
        "page": shown,
        "events": selectors.told(shown),
        "seal": selectors.last_seal(),
        "may_review": can(request.actor, Task.REVIEW_AUDIT),
    }
    return render(request, "casebook/trail.html", context, status=422 if form.errors else 200)


@require_POST
def copy(request: StaffRequest) -> HttpResponse:
    """What the filter shows, as CSV; that the copy was taken is in the trail."""
    require(request.actor, Task.VIEW_AUDIT)
    form, now = TrailFilter(request.POST), timezone.now()
    wanted = form.wanted
    events = selectors.chosen(selectors.study_trail(request.actor), request.actor, wanted)
    lines = list(rows(selectors.told(events)))
    said = "; ".join(f"{name}: {value}" for name, value in wanted.items())
    note(OccurrenceKind.AUDIT_TRAIL_COPIED, person=request.user, detail=said, by=request.actor, at=now)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-trail_{now:%Y%m%dT%H%M%SZ}.csv"'
    response.write("\ufeff")
    csv.writer(response, lineterminator="\n").writerows(lines)
    return response


def rows(events: list[Told]) -> Iterator[list[str]]:
    """One line per field that changed; a line without a field tells of the record as a whole."""
    yield [
        *(_("When (UTC)"), _("Participant"), _("Who"), _("Role"), _("Form or table"), _("Action")),
        *(_("Field"), _("Old value"), _("New value"), _("Reason"), _("Prompted by")),
    ]
    for event in events:
        prompted = ", ".join(f"{query.number} ({query.get_origin_display()})" for query in event.prompted)
        at = event.at.date() if event.by_day else event.at
        about = [at.isoformat(), event.subject, event.who, event.role, event.what, event.operation]
        changed = [(change.field, change.old, change.new) for change in event.differences]
        for values in changed or [("", None, None)]:
            yield [harmless(cell) for cell in (*about, *values, event.reason, prompted)]


def harmless(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if FORMULA.match(text) else text


@page
def audit_reviews(request: StaffRequest) -> HttpResponse:
    """The planned reviews of the audit trail, and recording one."""
    require(request.actor, Task.REVIEW_AUDIT if request.method == "POST" else Task.VIEW_AUDIT)
    form, given = AuditReviewForm(request.POST or None), {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda said: monitoring.record_audit_review(**said, **given)):
        messages.success(request, _("Saved: review of the audit trail."))
        return redirect("casebook:audit_reviews")
    context = {
        "reviews": AuditReview.objects.select_related("reviewed_by"),
        "may_review": can(request.actor, Task.REVIEW_AUDIT),
    }
    return reply(request, "casebook/audit_reviews.html", form, **context)

"""Pages of the review: how far it is, verifying, signing, freezing."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enrollment.models import Subject
from trial_site.casebook import selectors
from trial_site.casebook.forms import LiftForm, SignForm
from trial_site.core.http import StaffRequest
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, require
from trial_site.monitoring import actions
from trial_site.monitoring.models import RecordRef, Scope, Signature
from trial_site.monitoring.registry import label_of
from trial_site.monitoring.selectors import database_lock, readable_forms


def subject_to_review(request: StaffRequest, number: str) -> Subject:
    """Load and authorise: the review shows every form, so the blinded assessor has none."""
    subject = selectors.subject_to_read(request.actor, number)
    require(request.actor, Task.VIEW_CASEBOOK, subject.site_id)
    timezone.activate(subject.site.tz)
    return subject


@require_safe
def progress(request: StaffRequest) -> HttpResponse:
    """How far the review of each participant is."""
    require(request.actor, Task.VIEW_CASEBOOK)
    context = {"sites": selectors.progress_by_site(request.actor), "lock": database_lock()}
    return render(request, "casebook/progress.html", context)


@require_safe
def review(request: StaffRequest, number: str) -> HttpResponse:
    """Every record of one participant: queries, verification, signature, freeze."""
    subject = subject_to_review(request, number)
    context = {
        "subject": subject,
        "review": selectors.review_of(subject),
        "readable": readable_forms(request.actor, subject.site_id),
    }
    return render(request, "casebook/review.html", context)


@require_POST
def verify(request: StaffRequest, number: str, scope: str, form: str, record_id: int) -> HttpResponse:
    """All values of a record or a visit agree with their source; with `field` in the post, that one."""
    subject, ref = _named(request, number, scope, form, record_id)
    require(request.actor, Task.VERIFY_SOURCE, subject.site_id)
    asked = selectors.values_to_verify(scope, ref, subject)
    chosen = [one for one in asked if request.POST.get("field", one.field) == one.field]
    perform = actions.take_back if "again" in request.POST else actions.verify
    perform(chosen, by=request.actor, at=timezone.now())
    if "field" in request.POST:
        return redirect(f"{reverse('casebook:subject', args=[number])}#{form}-{record_id}")
    return redirect("casebook:review", number)


@page
def sign(request: StaffRequest, number: str, scope: str, form: str, record_id: int) -> HttpResponse:
    """The investigator signs what they have reviewed."""
    subject, ref = _named(request, number, scope, form, record_id)
    require(request.actor, Task.SIGN_CASEBOOK, subject.site_id)
    entry = SignForm(request.POST or None)
    given = {"scope": scope, "by": request.actor, "at": timezone.now()}
    if taken(entry, lambda said: actions.sign_reviewed(ref, password=said["password"], **given)):
        messages.success(request, _("Signed: %(what)s.") % {"what": _what(scope, ref)})
        return redirect("casebook:review", number)
    context = {"subject": subject, "what": _what(scope, ref), "meaning": Signature.Meaning.REVIEWED.label}
    return reply(request, "casebook/sign.html", entry, **context)


@page
def freeze(request: StaffRequest, number: str, scope: str, form: str, record_id: int) -> HttpResponse:
    """Freeze a record, a visit or a participant; what is frozen is lifted here with a reason."""
    subject, ref = _named(request, number, scope, form, record_id)
    require(request.actor, Task.FREEZE, subject.site_id)
    frozen, given = selectors.freeze_of(scope, ref), {"by": request.actor, "at": timezone.now()}
    entry = LiftForm(request.POST or None) if frozen else None
    if frozen and entry and taken(entry, lambda said: actions.lift(frozen, **said, **given)):
        messages.success(request, _("Free again: %(what)s.") % {"what": _what(scope, ref)})
        return redirect("casebook:review", number)
    if "freeze" in request.POST and not frozen:
        actions.freeze(ref, scope=scope, **given)
        messages.success(request, _("Frozen: %(what)s.") % {"what": _what(scope, ref)})
        return redirect("casebook:review", number)
    context = {"subject": subject, "what": _what(scope, ref), "frozen": frozen, "form": entry}
    return render(request, "casebook/freeze.html", context, status=422 if entry and entry.errors else 200)


def _named(
    request: StaffRequest, number: str, scope: str, form: str, record_id: int
) -> tuple[Subject, RecordRef]:
    subject = subject_to_review(request, number)
    return subject, selectors.reviewed_ref(request.actor, subject, scope, form, record_id)


def _what(scope: str, ref: RecordRef) -> str:
    """What people call it: a form, a visit, the whole casebook."""
    if scope == Scope.PARTICIPANT:
        return _("the casebook of %(number)s") % {"number": ref.subject}
    return f"{label_of(ref.form)}" if scope == Scope.RECORD else selectors.visit_title(ref)

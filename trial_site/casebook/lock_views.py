"""Pages of the lock: the checklist, locking and unlocking, the blinded data review and the analysis sets."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from trial_site.casebook import actions, selectors
from trial_site.casebook.forms import AnalysisSetsForm, DataReviewForm, LiftForm, UnlockForm
from trial_site.core.http import StaffRequest
from trial_site.core.models import StudySite
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require
from trial_site.monitoring import actions as monitoring
from trial_site.monitoring.models import AnalysisSets, DataReview
from trial_site.monitoring.selectors import database_lock, ref_of, site_lock


@page
def lock(request: StaffRequest) -> HttpResponse:
    """What must be settled before the database is locked; locking it, and unlocking it by two people."""
    if request.method == "POST" or not can(request.actor, Task.VIEW_AUDIT):
        require(request.actor, Task.LOCK)
    now, locked = timezone.now(), database_lock()
    form = UnlockForm(request.POST or None, people=selectors.who_may_lock(request.actor)) if locked else None
    given = {"by": request.actor, "at": now}
    if locked and form and taken(form, lambda said: monitoring.unlock_database(locked, **said, **given)):
        messages.success(request, _("The database is unlocked."))
        return redirect("casebook:lock")
    if request.method == "POST" and not locked:
        actions.lock(None, **given)
        messages.success(request, _("The database is locked."))
        return redirect("casebook:lock")
    context = {
        "locked": locked,
        "form": form,
        "checked": [] if locked else selectors.checklist(None, at=now),
        "sites": [(site, site_lock(site)) for site in StudySite.objects.order_by("code")],
        "review": DataReview.objects.first(),
    }
    return render(request, "casebook/lock.html", context, status=422 if form and form.errors else 200)


@page
def site(request: StaffRequest, code: str) -> HttpResponse:
    """The checklist of one study site; locking it, and lifting its lock with a reason."""
    require(request.actor, Task.LOCK)
    site, now = get_object_or_404(StudySite, code=code), timezone.now()
    locked, given = site_lock(site), {"by": request.actor, "at": now}
    form = LiftForm(request.POST or None) if locked else None
    if locked and form and taken(form, lambda said: monitoring.lift(locked, **said, **given)):
        messages.success(request, _("Study site %(site)s is unlocked.") % {"site": site})
        return redirect("casebook:lock")
    if request.method == "POST" and not locked:
        actions.lock(site, **given)
        messages.success(request, _("Study site %(site)s is locked.") % {"site": site})
        return redirect("casebook:lock")
    checked = [] if locked else selectors.checklist(site, at=now)
    context = {"site": site, "locked": locked, "form": form, "checked": checked}
    return render(request, "casebook/lock_site.html", context, status=422 if form and form.errors else 200)


@page
def data_review(request: StaffRequest) -> HttpResponse:
    """Record that the data were reviewed blind."""
    require(request.actor, Task.LOCK)
    form, given = DataReviewForm(request.POST or None), {"by": request.actor, "at": timezone.now()}
    if taken(form, lambda said: monitoring.record_data_review(**said, **given)):
        messages.success(request, _("Saved: blinded data review."))
        return redirect("casebook:lock")
    return reply(request, "casebook/data_review.html", form, reviews=DataReview.objects.all())


@page
def analysis_sets(request: StaffRequest, number: str) -> HttpResponse:
    """In which analysis sets a randomized participant is."""
    subject = selectors.subject_to_analyse(request.actor, number)
    require(request.actor, Task.LOCK)
    decided = AnalysisSets.objects.filter(subject=number).first()
    form = AnalysisSetsForm(request.POST or None, decided=decided)
    ref = ref_of("SU", subject)
    if taken(form, lambda said: monitoring.assign_analysis_sets(ref, **form.decision(), by=request.actor)):
        messages.success(request, _("Saved: %(form)s.") % {"form": _("analysis sets")})
        return redirect("casebook:lock")
    return reply(request, "casebook/analysis_sets.html", form, subject=subject, decided=decided)

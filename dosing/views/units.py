"""Hours, capacity, lead time and blocked days of a study site."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dosing import actions, selectors
from dosing.forms import BlockDayForm, OpenDayForm, UnitForm
from dosing.models import InfusionUnit
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.models import StudySite
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require
from trial_site.monitoring.selectors import history_of


def load(request: StaffRequest, code: str) -> StudySite:
    """A study site whose unit this person may set up, else 404 or refused as for any page."""
    if not any(can(request.actor, task) for task in (Task.PREPARE_PRODUCT, Task.SCHEDULE_INFUSION)):
        require(request.actor, Task.SCHEDULE_INFUSION)
    return get_object_or_404(selectors.sites_with_unit(request.actor), code=code)


@page
def unit(request: StaffRequest, code: str) -> HttpResponse:
    site, now = load(request, code), timezone.now()
    form = unit_form(site, request.POST or None)
    if taken(form, lambda values: actions.set_up_unit(site, **values, by=request.actor, at=now)):
        messages.success(request, _("Saved. It counts for slots that are reserved from now on."))
        return redirect("dosing:unit", code)
    return unit_page(request, site, form, now=now)


@require_POST
def block_day(request: StaffRequest, code: str) -> HttpResponse:
    site, now, form = load(request, code), timezone.now(), BlockDayForm(request.POST)
    if taken(form, lambda values: actions.block_day(site, **values, by=request.actor, at=now)):
        messages.success(request, _("No infusion can be planned on this day any more."))
        return redirect("dosing:unit", code)
    return unit_page(request, site, form, now=now)


@require_POST
def open_day(request: StaffRequest, code: str) -> HttpResponse:
    site, now, form = load(request, code), timezone.now(), OpenDayForm(request.POST)
    if taken(form, lambda values: actions.open_day(site, **values, by=request.actor, at=now)):
        messages.success(request, _("Infusions can be planned on this day again."))
        return redirect("dosing:unit", code)
    return unit_page(request, site, form, now=now)


def unit_form(site: StudySite, data: QueryDict | None = None) -> UnitForm:
    unit = selectors.unit_of(site)
    initial = {name: getattr(unit, name) for name in UnitForm.base_fields}
    return UnitForm(data, initial=initial)


def unit_page(request: StaffRequest, site: StudySite, form: ActionForm, *, now) -> HttpResponse:
    unit = selectors.unit_of(site)
    context = {
        "site": site,
        "setting": form if isinstance(form, UnitForm) else unit_form(site),
        "blocking": form if isinstance(form, BlockDayForm) else BlockDayForm(),
        "blocked": selectors.blocked_days(site),
        "today": site.date_of(now),
        "history": unit.pk and history_of(InfusionUnit._meta.db_table, unit.pk),
    }
    return reply(request, "dosing/unit.html", form, **context)

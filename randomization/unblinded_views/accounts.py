"""Queries about the pharmacy's records and the end of its accounts, on the desk of the pharmacy."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from randomization import actions
from randomization.forms import (
    CloseAccountsForm,
    OpenAccountsForm,
    PharmacyMessageForm,
    PharmacyQuestionForm,
)
from randomization.models import AccessRecord
from randomization.unblinded_views.supply import changed, site_of
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task

MONITORS = (Task.MONITOR_SUPPLY,)


@never_cache
@require_POST
def ask_pharmacy(request: StaffRequest, code: str) -> HttpResponse:
    def write(access: AccessRecord, values: dict[str, Any]) -> None:
        actions.ask_pharmacy(access, **values, by=request.actor)

    return changed(
        request, site_of(request, code, MONITORS), "question", PharmacyQuestionForm(request.POST), write
    )


@never_cache
@require_POST
def move_pharmacy_query(request: StaffRequest, code: str) -> HttpResponse:
    """A message in one query; who may send it is for the action to say."""

    def write(access: AccessRecord, values: dict[str, Any]) -> None:
        actions.move_pharmacy_query(access, **values, by=request.actor)

    form = PharmacyMessageForm(request.POST, number=request.POST.get("number", ""))
    return changed(request, site_of(request, code), "message", form, write)


@never_cache
@require_POST
def close_accounts(request: StaffRequest, code: str) -> HttpResponse:
    given = {"by": request.actor, "at": timezone.now()}

    def write(access: AccessRecord, values: dict[str, Any]) -> None:
        actions.close_accounts(access, **values, **given)

    return changed(request, site_of(request, code, MONITORS), "close", CloseAccountsForm(request.POST), write)


@never_cache
@require_POST
def open_accounts(request: StaffRequest, code: str) -> HttpResponse:
    def write(access: AccessRecord, values: dict[str, Any]) -> None:
        actions.open_accounts(access, **values, by=request.actor)

    return changed(request, site_of(request, code, MONITORS), "open", OpenAccountsForm(request.POST), write)

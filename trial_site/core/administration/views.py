"""Pages of the administrator (study sites, accounts) and of the principal investigator (delegation log)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from trial_site.core import actions
from trial_site.core.accounts import password_letter, person_of
from trial_site.core.actors import Actor
from trial_site.core.administration import selectors
from trial_site.core.administration.forms import (
    ChangeSiteForm,
    ChoosePasswordForm,
    DelegationForm,
    LogFilter,
    ReasonForm,
    SiteForm,
    StaffForm,
)
from trial_site.core.http import StaffRequest
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.pages import page, reply, taken
from trial_site.core.permissions import Task, can, require


@page
def sites(request: StaffRequest) -> HttpResponse:
    """Every study site, and a new one."""
    require(request.actor, Task.ADMINISTER)
    form = SiteForm(request.POST or None)
    if taken(form, lambda values: actions.add_site(**values, by=request.actor)):
        messages.success(request, _("The study site is entered. Approve its versions next."))
        return redirect("administration:sites")
    context = {"sites": StudySite.objects.all(), "zones": SiteForm.zones}
    return reply(request, "administration/sites.html", form, **context)


@page
def site(request: StaffRequest, code: str) -> HttpResponse:
    require(request.actor, Task.ADMINISTER)
    record = get_object_or_404(StudySite, code=code)
    known = {name: getattr(record, name) for name in ("name", "recruiting", "version")}
    form = ChangeSiteForm(request.POST or None, initial=known)
    if taken(form, lambda values: actions.change_site(record, **values, by=request.actor)):
        messages.success(request, _("The study site is changed."))
        return redirect("administration:sites")
    return reply(request, "administration/site.html", form, site=record)


@page
def staff(request: StaffRequest) -> HttpResponse:
    """Every account, and a new one."""
    require(request.actor, Task.ADMINISTER)
    form, opened = StaffForm(request.POST or None), []
    if taken(form, lambda values: opened.append(open_account(values, by=request.actor))):
        send_link(request, opened[0])
        return redirect("administration:staff")
    return reply(request, "administration/staff.html", form, staff=selectors.staff_list())


def open_account(values: dict[str, Any], *, by: Actor) -> StaffMember:
    staff = actions.add_staff(**values, by=by)
    actions.ask_for_password(staff, reason=_("New account"), by=by, at=timezone.now())
    return staff


def send_link(request: StaffRequest, staff: StaffMember) -> None:
    """The person gets the link; whoever asked for it only learns whether the letter left."""
    try:
        password_letter(staff).send()
    except OSError:
        messages.error(request, _("The e-mail could not be sent. Ask for a new password once more."))
    else:
        messages.success(
            request, _("%(name)s gets an e-mail with a link for choosing a password.") % {"name": staff}
        )


@page
def account(request: StaffRequest, person: int) -> HttpResponse:
    """One account: what it is, a new password, and its end."""
    require(request.actor, Task.ADMINISTER)
    return account_page(request, get_object_or_404(StaffMember, pk=person))


def account_page(
    request: StaffRequest,
    staff: StaffMember,
    *,
    asking: ReasonForm | None = None,
    closing: ReasonForm | None = None,
) -> HttpResponse:
    """The account with what was posted: why a new password, or why it is closed."""
    context = {
        "member": staff,
        "asking": asking or reason_form("ask"),
        "closing": closing or reason_form("close"),
    }
    return reply(request, "administration/account.html", asking or closing or ReasonForm(), **context)


def reason_form(name: str, data: QueryDict | None = None) -> ReasonForm:
    return ReasonForm(data, auto_id=f"id_{name}_%s")


@require_POST
def new_password(request: StaffRequest, person: int) -> HttpResponse:
    require(request.actor, Task.ADMINISTER)
    staff, now = get_object_or_404(StaffMember, pk=person), timezone.now()
    form = reason_form("ask", request.POST)
    if taken(form, lambda values: actions.ask_for_password(staff, **values, by=request.actor, at=now)):
        send_link(request, staff)
        return redirect("administration:staff")
    return account_page(request, staff, asking=form)


@require_POST
def close(request: StaffRequest, person: int) -> HttpResponse:
    require(request.actor, Task.ADMINISTER)
    staff, form = get_object_or_404(StaffMember, pk=person), reason_form("close", request.POST)
    if taken(form, lambda values: actions.close_account(staff, **values, by=request.actor)):
        messages.success(request, _("The account of %(name)s is closed.") % {"name": staff})
        return redirect("administration:staff")
    return account_page(request, staff, closing=form)


@require_safe
def delegations(request: StaffRequest) -> HttpResponse:
    """The delegation log, and for who signs it whom to enter next."""
    actor = request.actor
    if not (selectors.begins_log(actor) or any(can(actor, task) for task in selectors.READING)):
        require(actor, Task.SIGN_DELEGATION)
    log, now = selectors.delegation_log(actor), timezone.now()
    form = LogFilter(request.GET, lines=log)
    shown = selectors.lines_shown(log, at=now, **form.wanted)
    context = {
        "form": form,
        "lines": [(line, line.state(now)) for line in shown],
        "in_force": sum(line.covers(now) for line in shown),
        "people": selectors.staff_to_delegate(actor) if selectors.may_sign(actor) else [],
        "sites": selectors.sites_of(actor, Task.SIGN_DELEGATION),
        "now": now,
    }
    status = 422 if form.errors else 200
    return render(request, "administration/delegations.html", context, status=status)


@page
def delegate(request: StaffRequest, person: int) -> HttpResponse:
    """New lines of the log for one person, signed with the password."""
    if not selectors.begins_log(request.actor):
        require(request.actor, Task.SIGN_DELEGATION)
    staff, now = get_object_or_404(selectors.staff_to_delegate(request.actor), pk=person), timezone.now()
    form = delegation_form(request, staff, now)
    if taken(form, lambda values: actions.delegate(staff, **values, by=request.actor, at=now)):
        messages.success(request, _("You signed the lines of %(name)s.") % {"name": staff})
        return redirect("administration:delegations")
    return reply(request, "administration/delegate.html", form, member=staff)


def delegation_form(request: StaffRequest, staff: StaffMember, now: datetime) -> DelegationForm:
    own = selectors.begins_log(request.actor)
    sites = StudySite.objects.all() if own else selectors.sites_of(request.actor, Task.SIGN_DELEGATION)
    initial = {"starts_at": now, "site": staff.site}
    return DelegationForm(request.POST or None, staff=staff, sites=sites, initial=initial)


@page
def end_delegation(request: StaffRequest, line: int) -> HttpResponse:
    require(request.actor, Task.SIGN_DELEGATION)
    record = get_object_or_404(selectors.delegation_log(request.actor), pk=line)
    form, now = ReasonForm(request.POST or None), timezone.now()
    if taken(form, lambda values: actions.end_delegation(record, **values, by=request.actor, at=now)):
        messages.success(request, _("This delegation has ended."))
        return redirect("administration:delegations")
    return reply(request, "administration/end_delegation.html", form, line=record)


@login_not_required
@never_cache
@sensitive_post_parameters()
@page
def choose_password(request: HttpRequest, key: str, token: str) -> HttpResponse:
    """Where the link of the e-mail leads: nobody is signed in, and whoever has it chooses once."""
    person, form = person_of(key, token), ChoosePasswordForm(request.POST or None)
    if person is not None and taken(form, lambda values: choose(person, token, values["password"])):
        messages.success(request, _("Your password is chosen. Sign in with it."))
        return redirect(settings.LOGIN_URL)
    status = 404 if person is None else 422 if form.errors else 200
    context = {"form": form, "person": person}
    return render(request, "administration/choose_password.html", context, status=status)


def choose(person: StaffMember, token: str, password: str) -> None:
    by = Actor.of(person, at=timezone.now())
    actions.choose_password(person, token=token, password=password, by=by)

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from enrollment import actions
from enrollment.forms import ConsentVersionForm, ProtocolApprovalForm
from enrollment.models import ConsentVersion, ProtocolApproval
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.models import StudySite
from trial_site.core.pages import reply, taken
from trial_site.core.permissions import Task, can, require


@require_safe
def versions(request: StaffRequest, code: str) -> HttpResponse:
    """What the ethics committee approved for one study site: consent forms and versions of the protocol."""
    site = get_object_or_404(StudySite, code=code)
    if not can(request.actor, Task.ADMINISTER):
        require(request.actor, Task.SIGN_DELEGATION, site.pk)
    return versions_page(request, site, ConsentVersionForm(auto_id="id_consent_%s"), ProtocolApprovalForm())


@require_POST
def approve_consent(request: StaffRequest, code: str) -> HttpResponse:
    require(request.actor, Task.ADMINISTER)
    site, form = (
        get_object_or_404(StudySite, code=code),
        ConsentVersionForm(request.POST, auto_id="id_consent_%s"),
    )
    if taken(form, lambda values: actions.approve_consent_version(site, **values, by=request.actor)):
        messages.success(request, _("The version of the consent form is entered."))
        return redirect("enrollment:versions", code)
    return versions_page(request, site, form, ProtocolApprovalForm())


@require_POST
def approve_protocol(request: StaffRequest, code: str) -> HttpResponse:
    require(request.actor, Task.ADMINISTER)
    site, form = get_object_or_404(StudySite, code=code), ProtocolApprovalForm(request.POST)
    now = timezone.now()
    if taken(form, lambda values: actions.approve_protocol_version(site, **values, by=request.actor, at=now)):
        messages.success(request, _("The version of the protocol is entered."))
        return redirect("enrollment:versions", code)
    return versions_page(request, site, ConsentVersionForm(auto_id="id_consent_%s"), form)


def versions_page(
    request: StaffRequest, site: StudySite, consent: ActionForm, protocol: ActionForm
) -> HttpResponse:
    context = {
        "site": site,
        "consents": ConsentVersion.objects.filter(site=site).order_by("approved_on", "id"),
        "approvals": ProtocolApproval.objects.filter(site=site),
        "consent_form": consent,
        "protocol_form": protocol,
    }
    return reply(request, "enrollment/versions.html", consent if consent.is_bound else protocol, **context)

"""The only pages that render an arm, for the unblinded pharmacist. Always a POST that first commits an access
record; the answer is never stored by browser or proxy."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from enrollment.selectors import subject_for
from randomization import actions, unblinding
from randomization.forms import DisclosureForm
from randomization.models import Purpose
from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest


@never_cache
@require_POST
def disclose(request: StaffRequest, number: str) -> HttpResponse:
    """What the participant's kits contain."""
    subject = subject_for(request.actor, number)
    form = DisclosureForm(request.POST)
    why = form.cleaned_data["why"] if form.is_valid() else ""
    try:
        access = actions.record_access(subject, purpose=Purpose.PREPARE, why=why, by=request.actor)
        contents = unblinding.kit_contents(access, by=request.actor)
    except Refused as refusal:
        return render(request, "unblinded/refused.html", {"refusal": refusal}, status=refusal.status)
    page = "unblinded/kit_contents_part.html" if request.htmx else "unblinded/kit_contents.html"
    return render(request, page, {"subject": subject, "contents": contents, "access": access})

"""The pharmacist's pages that show what kits contain. Always the answer to a POST that first commits an access record
for each participant on the page; never stored by browser or proxy."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from dosing import selectors
from dosing.models import InfusionOrder
from dosing.rules.preparation import dose_millions
from enrollment.models import Subject
from enrollment.selectors import protocol_of, subject_for
from randomization import unblinding
from randomization.actions import record_access
from randomization.models import Purpose
from trial_site.core.errors import Refused
from trial_site.core.http import StaffRequest
from trial_site.core.permissions import Task, require
from trial_site.core.printing import pdf


def look(subject: Subject, bag: str, why: str, request: StaffRequest) -> Any:
    """What a bag of a participant contains, after the look is on record."""
    access = record_access(subject, purpose=Purpose.PREPARE, why=why, by=request.actor)
    contents = unblinding.kit_contents(access, by=request.actor)
    return next(one for one in contents if one.kit_number == bag)


@never_cache
@require_POST
def day_contents(request: StaffRequest) -> HttpResponse:
    """The bags of today and tomorrow with what their kits contain: one look on record for each participant."""
    require(request.actor, Task.PREPARE_PRODUCT)
    why = _("Worklist of the pharmacy: bags of today and tomorrow")
    bags = [bag for bag in selectors.bags_to_prepare(request.actor, timezone.now()) if bag.kit]
    looks = [(bag, look(bag.subject, bag.kit.number, why, request)) for bag in bags if bag.kit]
    rows = [(bag, kit, protocol_of(bag.subject).arm_name(kit.arm, get_language())) for bag, kit in looks]
    page = "unblinded/pharmacy_day_part.html" if request.htmx else "unblinded/pharmacy_day.html"
    return render(request, page, {"rows": rows})


@never_cache
@require_POST
def worksheet(request: StaffRequest, number: str) -> HttpResponse:
    """The unblinded worksheet of one bag, to be filled in at the bench and kept in the pharmacy."""
    subject = subject_for(request.actor, number)
    require(request.actor, Task.PREPARE_PRODUCT, subject.site_id)
    order = selectors.order_of(subject)
    if order is None:
        raise Refused(_("The infusion is not ordered yet."))
    content = look(order.subject, order.kit.number, _("Worksheet of the bag"), request)
    return HttpResponse(pdf("print/worksheet.typ", texts_of(order, content)), content_type="application/pdf")


def texts_of(order: InfusionOrder, content: Any) -> dict[str, Any]:
    """The worksheet's texts: the same lines whatever the kit contains."""
    protocol, planned = protocol_of(order.subject), order.slot.starts_at.astimezone(order.subject.site.tz)
    facts = [
        (_("Participant"), order.subject.number),
        (_("Number on the bag"), order.kit.number),
        (_("Filled from kit"), content.filled_from),
        (_("Storage place"), content.storage_place),
        (_("Contents"), protocol.arm_name(content.arm, get_language())),
        (_("Lot"), content.lot),
        (_("Expires on"), content.expires_on),
        (_("Body weight"), f"{order.weight_kg} kg"),
        (_("Planned viable cells"), f"{dose_millions(order.weight_kg, protocol)} × 10⁶"),
        (_("Volume of the bag"), f"{protocol.bag_volume_ml} mL"),
        (_("Planned infusion"), f"{planned:%Y-%m-%d %H:%M} {order.subject.site.zone}"),
    ]
    return {
        "lang": (get_language() or "en")[:2],
        "title": _("Worksheet of bag %(number)s") % {"number": order.kit.number},
        "warning": _("UNBLINDED – do not show to blinded staff"),
        "study": protocol.registry_id,
        "facts": [[label, str(value)] for label, value in facts],
        "steps": [
            _("Thawed at"),
            _("Viable cells"),
            _("Viability"),
            _("Volume of the bag"),
            _("Released at (within %(within)s minutes after thawing)")
            % {"within": protocol.infusion.release_within_minutes_after_thaw},
        ],
        "people": [_("Prepared by, date"), _("Checked by, date")],
    }

"""The pharmacy of one study site: what is there, and every form that changes it. Each opening and each form is a POST
with an access record of its own."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from enrollment.selectors import sites_for
from randomization import actions, unblinding
from randomization.forms import (
    CloseAccountsForm,
    HoldForm,
    KitStepForm,
    LotForm,
    OpenAccountsForm,
    PharmacyMessageForm,
    PharmacyQuestionForm,
    RecallForm,
    ShipmentForm,
)
from randomization.models import AccessRecord, KitPlace, RecallCause
from randomization.rules.ledger import DESTROYED, LOST
from randomization.rules.stock import PharmacyQuery, by_arm
from randomization.selectors import second_accountants
from randomization.unblinding.reconciliation import reconciliation
from trial_site.core.forms import ActionForm
from trial_site.core.http import StaffRequest
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.pages import taken
from trial_site.core.permissions import Task, can
from trial_site.core.printing import pdf
from trial_site.core.protocol import latest
from trial_site.monitoring.masking import hidden_texts
from trial_site.monitoring.models import MOVES, QUERY_TRANSITIONS, Move, QueryState

READS, WRITES = (Task.MANAGE_SUPPLY, Task.MONITOR_SUPPLY), (Task.MANAGE_SUPPLY,)
Write = Callable[[AccessRecord, dict[str, Any]], object]


@never_cache
@require_POST
def open_stock(request: StaffRequest, code: str) -> HttpResponse:
    return desk(request, site_of(request, code))


@never_cache
@require_POST
def shipment(request: StaffRequest, code: str, number: str) -> HttpResponse:
    """One shipment: how it arrived, and where its kits are."""
    site = site_of(request, code)
    access = actions.record_supply_access(site, shipment=number, by=request.actor)
    [arrived] = unblinding.shipments(access, by=request.actor) or [None]
    kits = unblinding.stock(access, by=request.actor)
    context = {"site": site, "access": access, "shipment": arrived, "kits": named(kits)}
    return render(request, "unblinded/shipment.html", context, status=200 if arrived else 404)


@never_cache
@require_POST
def account(request: StaffRequest, code: str) -> HttpResponse:
    site, now = site_of(request, code, WRITES), timezone.now()
    form = KitStepForm(request.POST, people=second_accountants(site, by=request.actor, at=now))
    given = {"by": request.actor, "at": now}
    return changed(
        request,
        site,
        "step",
        form,
        lambda access, values: actions.account_for_kits(access, **values, **given),
    )


@never_cache
@require_POST
def receive(request: StaffRequest, code: str) -> HttpResponse:
    site, now = site_of(request, code, WRITES), timezone.now()
    form = ShipmentForm(request.POST)

    def write(values: dict[str, Any]) -> None:
        access = actions.announce_shipment(site, by=request.actor)
        actions.receive_shipment(access, values=values, by=request.actor, at=now)

    if taken(form, write):
        messages.success(request, _("The shipment is in quarantine until two pharmacists release its kits."))
        return desk(request, site)
    return desk(request, site, shipment=form)


@never_cache
@require_POST
def set_hold(request: StaffRequest, code: str) -> HttpResponse:
    def write(access: AccessRecord, values: dict[str, Any]) -> None:
        actions.set_hold(access, **values, by=request.actor)

    return changed(request, site_of(request, code, WRITES), "hold", HoldForm(request.POST), write)


@never_cache
@require_POST
def withdraw_lot(request: StaffRequest, code: str) -> HttpResponse:
    """A lot is withdrawn; the answer is whose bags it filled, for some may be on their way."""
    site, now, form = site_of(request, code, WRITES), timezone.now(), RecallForm(request.POST)

    def write(values: dict[str, Any]) -> None:
        access = actions.record_supply_access(site, by=request.actor)
        asked = {name: values[name] for name in ("lot", "cause", "note")}
        actions.withdraw_lot(access, **asked, by=request.actor, at=now)

    if taken(form, write):
        messages.success(request, _("Recorded in the sealed room."))
        return traced(request, site, form.cleaned_data["lot"])
    return desk(request, site, recall=form)


@never_cache
@require_POST
def trace_lot(request: StaffRequest, code: str) -> HttpResponse:
    """From a lot to the participants whose bags it filled."""
    site, form = site_of(request, code), LotForm(request.POST)
    if not form.is_valid():
        return desk(request, site, lot=form)
    return traced(request, site, form.cleaned_data["lot"])


def traced(request: StaffRequest, site: StudySite, lot: str) -> HttpResponse:
    """Where a lot is; first the bags that it fills and that nobody has begun to infuse."""
    access = actions.record_supply_access(site, by=request.actor)
    kits = unblinding.trace(access, lot=lot, by=request.actor)
    kits.sort(key=lambda kit: (not kit.bag, kit.given))
    context = {
        "site": site,
        "access": access,
        "lot": lot,
        "rows": [(kit, KitPlace(kit.place).label) for kit in kits],
        "not_begun": [kit for kit in kits if kit.bag and not kit.given],
    }
    return render(request, "unblinded/trace.html", context)


@never_cache
@require_POST
def print_reconciliation(request: StaffRequest, code: str) -> HttpResponse:
    site, now = site_of(request, code), timezone.now()
    access = actions.record_supply_access(site, by=request.actor)
    kits, ledger = unblinding.stock(access, by=request.actor), unblinding.ledger(access, by=request.actor)
    lots = sorted({kit.lot for kit in kits})
    filled = [each for lot in lots for each in unblinding.trace(access, lot=lot, by=request.actor)]
    texts = reconciliation(site, kits=kits, ledger=ledger, filled=filled, at=now)
    document = pdf("print/reconciliation.typ", texts)
    name = f"unblinded-accountability-{site.code}-{site.date_of(now)}.pdf"
    return HttpResponse(
        document,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def site_of(request: StaffRequest, code: str, tasks: tuple[Task, ...] = READS) -> StudySite:
    """A site where this person accounts for kits; its clock is used on the page."""
    site = get_object_or_404(sites_for(request.actor, *tasks), code=code)
    timezone.activate(site.tz)
    return site


def changed(
    request: StaffRequest, site: StudySite, name: str, form: ActionForm, write: Write
) -> HttpResponse:
    """The page again: with what `write` changed, or with the refused form as `name`."""

    def perform(values: dict[str, Any]) -> None:
        write(actions.record_supply_access(site, by=request.actor), values)

    if taken(form, perform):
        messages.success(request, _("Recorded in the sealed room."))
        return desk(request, site)
    return desk(request, site, **{name: form})


def desk(request: StaffRequest, site: StudySite, **refused: ActionForm) -> HttpResponse:
    """Everything in the pharmacy of a site, with its forms; `refused` are those that keep what was typed."""
    by, now = request.actor, timezone.now()
    access = actions.record_supply_access(site, by=by)
    kits, hold = unblinding.stock(access, by=by), unblinding.hold(access, by=by)
    closures, names = unblinding.closures(access, by=by), names_of_people()
    people = second_accountants(site, by=by, at=now)
    fresh: dict[str, Callable[[], ActionForm]] = {
        "step": lambda: KitStepForm(people=people),
        "shipment": ShipmentForm,
        "hold": lambda: HoldForm(initial={"held": not hold.held}),
        "recall": RecallForm,
        "lot": LotForm,
        "question": PharmacyQuestionForm,
        "close": CloseAccountsForm,
        "open": OpenAccountsForm,
    }
    context = {
        "site": site,
        "access": access,
        "hold": hold,
        "is_open": actions.supply_open(site),
        "next_noon": datetime.combine((now.astimezone(UTC) + timedelta(hours=12)).date(), time(12), UTC),
        "arms": [
            (arm_name(arm.arm), arm, arm.is_short(hold), arm.closes_supply(hold))
            for arm in by_arm(kits, latest().arm_codes)
        ],
        "kits": named(kit for kit in kits if kit.place not in (DESTROYED, LOST)),
        "gone": sum(kit.place in (DESTROYED, LOST) for kit in kits),
        "shipments": unblinding.shipments(access, by=by),
        "recalls": [(each, RecallCause(each.cause).label) for each in unblinding.recalls(access, by=by)],
        "forms": {name: refused.get(name) or make() for name, make in fresh.items()},
        "queries": threads(request, site, unblinding.pharmacy_queries(access, by=by), refused.get("message")),
        "hidden_texts": hidden_texts(site),
        "head": actions.room_head(),
        "closures": [(each, names[each.person_id]) for each in closures],
        "closed": bool(closures) and closures[0].stands,
        "may_write": can(by, Task.MANAGE_SUPPLY, site.pk),
        "may_close": can(by, Task.MONITOR_SUPPLY, site.pk),
        "ticked": request.POST.getlist("kits"),
    }
    return render(request, "unblinded/supply.html", context, status=422 if refused else 200)


def threads(
    request: StaffRequest, site: StudySite, queries: list[PharmacyQuery], refused: ActionForm | None
) -> list[tuple]:
    """Each query with the words for its state, what was said, what this person may do with it, and the form."""
    names = names_of_people()
    return [
        (
            query,
            QueryState(query.state).label,
            [(said, names[said.person_id], QueryState(said.state).label) for said in query.messages],
            moves(request, site, query),
            refused
            if refused and refused.data.get("number") == query.number
            else PharmacyMessageForm(number=query.number),
        )
        for query in queries
    ]


def moves(request: StaffRequest, site: StudySite, query: PharmacyQuery) -> list[Move]:
    """The pharmacist answers; everything else is the unblinded monitor's."""
    tasks = {"answer": Task.MANAGE_SUPPLY}
    return [
        move
        for move in MOVES.values()
        if move.target in QUERY_TRANSITIONS[query.state]
        and can(request.actor, tasks.get(move.verb, Task.MONITOR_SUPPLY), site.pk)
    ]


def names_of_people() -> dict[int, str]:
    return dict(StaffMember.objects.values_list("pk", "full_name"))


def named(kits) -> list[tuple]:
    """Each kit with the words for its contents and its place."""
    return [(kit, arm_name(kit.arm), KitPlace(kit.place).label) for kit in kits]


def arm_name(code: str) -> str:
    return latest().arm_name(code, get_language())

"""Freezing what is finished, and lifting it again. What may be locked when is decided in the casebook."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from trial_site.audit.action import action
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StaffMember, StudySite
from trial_site.core.permissions import Task, require
from trial_site.core.second_person import require_second_person
from trial_site.monitoring.models import LOCKS, Freeze, RecordRef, Scope
from trial_site.monitoring.scopes import records_in
from trial_site.monitoring.selectors import open_queries


@action
def freeze(ref: RecordRef, *, scope: str, by: Actor, at: datetime) -> Freeze:
    """Nobody changes the record, visit or participant from here on. Refused while a query about it is unsettled."""
    require(by, Task.FREEZE, ref.site_id)
    if scope in LOCKS:
        raise LookupError(f"{scope} is locked, not frozen")
    covered = {(form, record.pk) for form, record in records_in(scope, ref)}
    asked = {(query.form, query.record_id) for query in open_queries(ref.subject)}
    if covered & asked:
        raise Refused(_("There are unsettled queries about this. Settle them first."))
    named = {"form": ref.form, "record_id": ref.record_id, "subject": ref.subject, "site_id": ref.site_id}
    return _place(Freeze(scope=scope, **named, placed_at=at, placed_by_id=by.person_id))


@action
def place_lock(site: StudySite | None, *, by: Actor, at: datetime) -> Freeze:
    """Lock a study site, or with None the database. The checklist was looked at by the caller."""
    require(by, Task.LOCK, site.pk if site else None)
    scope = Scope.SITE if site else Scope.DATABASE
    return _place(Freeze(scope=scope, site=site, placed_at=at, placed_by_id=by.person_id))


def _place(freeze: Freeze) -> Freeze:
    try:
        with transaction.atomic():
            freeze.save()
    except IntegrityError:
        raise Refused(_("This is frozen or locked already.")) from None
    return freeze


@action
def lift(freeze: Freeze, *, reason: str, by: Actor, at: datetime) -> None:
    """Give a record, visit, participant or study site free again; no signature is touched by it."""
    require(by, Task.LOCK if freeze.scope in LOCKS else Task.FREEZE, freeze.site_id)
    if freeze.scope == Scope.DATABASE:
        raise Refused(_("The database is unlocked by two people."))
    _end(freeze, reason=reason, by=by, at=at)


@action
def unlock_database(
    lock: Freeze, *, reason: str, second_person: StaffMember, second_password: str, by: Actor, at: datetime
) -> None:
    """Two people who may lock unlock together; both stay on record."""
    require(by, Task.LOCK)
    require_second_person(second_person, password=second_password, task=Task.LOCK, site_id=None, by=by, at=at)
    lock.lifted_with = second_person
    _end(lock, reason=reason, by=by, at=at)


def _end(freeze: Freeze, *, reason: str, by: Actor, at: datetime) -> None:
    if not reason.strip():
        raise Refused(fields={"reason": _("Write a sentence.")})
    if not Freeze.objects.select_for_update().filter(pk=freeze.pk, lifted_at=None).exists():
        raise Refused(_("This was lifted already. Nothing was changed."))
    freeze.lifted_at, freeze.lifted_by_id, freeze.lift_reason = at, by.id, reason.strip()
    freeze.save(update_fields=["lifted_at", "lifted_by", "lifted_with", "lift_reason"])

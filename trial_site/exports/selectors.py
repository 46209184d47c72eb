"""Reads for exports: who has taken what, and who is named in an export's administrative data."""

from django.db.models import Q, QuerySet
from django.db.models.functions import Collate
from django.http import Http404
from django.shortcuts import get_object_or_404

from enrollment.models import Subject
from trial_site.audit.models import Event
from trial_site.core.actors import Actor
from trial_site.core.models import StaffMember, StudySite
from trial_site.exports.blinded import Selection, datasets_for, sites_for_export
from trial_site.exports.models import UNFINISHED, Export, ExportFormat, ExportState
from trial_site.monitoring.models import Signature
from trial_site.monitoring.selectors import database_lock, site_lock


def export_for(actor: Actor, code: str) -> Export:
    """An export this person asked for, with nothing in it that they may not export today; else Http404."""
    export = get_object_or_404(exports_for(actor), code=code, made_by=actor.id)
    if set(export.forms) - {dataset.form for dataset in datasets_for(actor)}:
        raise Http404
    return export


def exports_for(actor: Actor) -> QuerySet[Export]:
    """Exports of no other study sites than those the actor may export, newest first."""
    codes = [site.code for site in sites_for_export(actor)]
    return Export.objects.filter(sites__contained_by=codes).select_related("made_by")


def is_locked(code: str) -> bool:
    """Is the study site with this code, or the whole database, locked?"""
    return database_lock() is not None or site_lock(StudySite.objects.get(code=code)) is not None


def certified_copies(site: StudySite) -> QuerySet[Export]:
    """The certified copies of a site that are there or being written, newest first."""
    copies = Export.objects.filter(format=ExportFormat.CERTIFIED, sites=[site.code])
    return copies.filter(state__in=[*UNFINISHED, ExportState.READY]).select_related("made_by")


def subjects_of(selection: Selection) -> QuerySet[Subject]:
    """The selected participants, in an order that depends on nothing but the data."""
    subjects = Subject.objects.filter(site__in=selection.sites)
    if selection.participants:
        subjects = subjects.filter(number__in=selection.participants)
    return subjects.select_related("site").order_by(Collate("number", "C"))


def people_of(selection: Selection) -> QuerySet[StaffMember]:
    """Whoever wrote or signed a record of the exported forms; nobody is named for having looked at anything."""
    subjects = subjects_of(selection)
    tables = [dataset.model._meta.db_table for dataset in selection.datasets]
    events = Event.objects.filter(table__in=tables, subject_id__in=subjects.order_by().values("pk"))
    signed = Signature.objects.filter(
        form__in=[dataset.form for dataset in selection.datasets],
        subject__in=subjects.order_by().values("number"),
    )
    people = Q(pk__in=events.values("actor_id")) | Q(pk__in=signed.values("signer"))
    return StaffMember.objects.filter(people).select_related("site").order_by("pk")

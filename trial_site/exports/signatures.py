"""Who signed what, beside the forms of a CSV export."""

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import attrgetter

from django.db.models import QuerySet
from django.db.models.functions import Collate

from enrollment.models import Subject
from trial_site.exports.expressions import harmless
from trial_site.exports.history import places_of
from trial_site.exports.manifest import Order, written
from trial_site.exports.reviewed import in_force
from trial_site.exports.selectors import subjects_of
from trial_site.monitoring.models import Signature

FILE = "signatures.csv"
COLUMNS = (
    *("STUDYID", "SITEID", "SUBJECT", "FORM", "VISIT", "VISIT_REPEAT", "REPEAT"),
    *("COVERS", "MEANING", "SIGNED_BY", "SIGNED_AT", "SHA256"),
)


def signature_rows(order: Order) -> Iterator[tuple]:
    """One row for each signature over a record of the export: what it covers, its meaning, who gave it when, and
    the hash of what was signed. None when de-identified: a name and an instant would lead to the person."""
    if order.selection.deidentified:
        return
    people = Subject.objects.select_related("site").in_bulk(field_name="number")
    for number, signatures in groupby(signatures_of(order), key=attrgetter("subject")):
        subject = people[number]
        places = places_of(order.selection, subject)
        for one in signatures:
            if place := places.get((one.form, one.record_id)):
                where = (place.dataset.form, place.visit, place.visit_repeat, place.repeat)
                who = (harmless(one.signer_name), written(one.signed_at))
                what = (one.scope, one.meaning, *who, one.content_sha256)
                yield (order.protocol.registry_id, subject.site.code, number, *where, *what)


def standing_signatures(order: Order) -> Callable[[str], list[Signature]]:
    """The signatures that stand, of one participant after the other, asked for in the order of their numbers; None
    when de-identified."""
    if order.selection.deidentified:
        return lambda number: []
    found = in_force(signatures_of(order), order.selection.datasets).select_related("site")
    by_subject = groupby(found.order_by(Collate("subject", "C"), "id").iterator(), key=attrgetter("subject"))
    waiting: list[tuple[str, list[Signature]]] = []

    def of(number: str) -> list[Signature]:
        while not waiting or waiting[0][0] < number:
            following = next(by_subject, None)
            if following is None:
                return []
            waiting[:] = [(following[0], list(following[1]))]
        return waiting[0][1] if waiting[0][0] == number else []

    return of


def signatures_of(order: Order) -> QuerySet[Signature]:
    forms = [dataset.form for dataset in order.selection.datasets]
    chosen = Signature.objects.filter(
        form__in=forms, subject__in=subjects_of(order.selection).values("number")
    )
    if order.selection.as_of:
        chosen = chosen.filter(signed_at__lte=order.selection.as_of)
    return chosen.order_by("subject", "id")

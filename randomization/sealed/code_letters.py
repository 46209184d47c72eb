"""Sealed letters for code breaks without the system: one per place of the list, made as the owner role."""

import json
from datetime import datetime
from pathlib import Path

import typst
from django.db import transaction

from randomization.models import LetterPrint
from randomization.sealed.custody import OWNER, CustodyError
from randomization.sealed.models import Place
from trial_site.core.models import StaffMember
from trial_site.core.protocol import Protocol

LAYOUT = Path(__file__).with_suffix(".typ")


def print_letters(protocol: Protocol, *, printed_by: StaffMember, at: datetime) -> bytes:
    """The PDF of all letters, and a line in the log that they were printed."""
    places = list(Place.objects.using(OWNER).order_by("place"))
    if not places:
        raise CustodyError("There is no allocation list yet.")
    with transaction.atomic(using=OWNER):
        pdf = letters_pdf(places, protocol)
        LetterPrint.objects.using(OWNER).create(
            letters=len(places), printed_by_id=printed_by.pk, printed_at=at
        )
    return pdf


def letters_pdf(places: list[Place], protocol: Protocol) -> bytes:
    """Two pages per letter; what is inside is as the protocol names the arm, in both languages."""
    names = {arm.code: arm.name for arm in protocol.arms}
    letters = [
        {
            "number": place.randomization_number,
            "en": names[place.arm].text("en") if place.arm in names else place.arm,
            "zh": names[place.arm].text("zh-hans") if place.arm in names else "",
        }
        for place in places
    ]
    data = json.dumps({"study": protocol.registry_id, "letters": letters})
    return typst.compile(LAYOUT, format="pdf", sys_inputs={"data": data})

"""What stands on the blinded label of a bag: what everybody may know of it, and nothing else."""

from datetime import datetime
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from dosing.models import InfusionOrder
from enrollment.selectors import protocol_of


def texts_of(order: InfusionOrder) -> dict[str, Any]:
    """In every language of the site, with the bag's number as a code to scan."""
    code = BytesIO()
    segno.make(order.kit.number, micro=False).save(code, kind="svg", xmldecl=False, border=2)
    return {
        "title": order.kit.number,
        "study": protocol_of(order.subject).registry_id,
        "qr": code.getvalue().decode(),
        "languages": [texts_in(language, order) for language, _name in settings.LANGUAGES],
    }


def texts_in(language: str, order: InfusionOrder) -> list[list[str]]:
    """Lines of label and value; without a label, a sentence."""

    def local(at: datetime) -> str:
        return f"{at.astimezone(order.subject.site.tz):%Y-%m-%d %H:%M}"

    with translation.override(language):
        return [
            [_("Participant"), order.subject.number],
            [_("Number on the bag"), order.kit.number],
            [_("Volume"), f"{protocol_of(order.subject).bag_volume_ml} mL"],
            [_("Route"), _("intravenous infusion")],
            [_("Start by"), local(order.release.start_by)],
            [_("Use by (end of infusion)"), local(order.release.use_by)],
            [_("Time zone"), order.subject.site.zone],
            ["", _("For clinical trial use only")],
        ]

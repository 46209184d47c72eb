"""What tabulations need that no form holds: the deviations of participants, and the sites' reference ranges."""

from collections import defaultdict
from typing import Any

from django.db.models import F

from outcomes.models import ReferenceRange
from outcomes.rules.laboratory import Range
from trial_site.exports.blinded import Selection
from trial_site.exports.deidentified import shifted
from trial_site.exports.selectors import subjects_of
from trial_site.exports.wishes import Only
from trial_site.monitoring.models import Deviation


def deviations_of(selection: Selection) -> dict[str, list[dict[str, Any]]]:
    """By screening number, of the exported forms; none where only some of the records are exported."""
    if selection.visits or selection.only != Only.ALL:
        return {}
    forms = [dataset.form for dataset in selection.datasets]
    occurred = Deviation._meta.get_field("occurred_on")
    on = shifted(occurred, "subject") if selection.deidentified else F("occurred_on")
    rows = (
        Deviation.objects.filter(subject__in=subjects_of(selection).values("number"), form__in=forms)
        .order_by("id")
        .values_list("subject", "number", "kind", "grade", "text", on)
    )
    found = defaultdict(list)
    for subject, number, kind, grade, text, day in rows:
        found[subject].append(
            {
                "DVSPID": number,
                "DVTERM": kind.upper() if selection.deidentified else text,
                "DVDECOD": kind.upper(),
                "DVCAT": grade.upper(),
                "DVSTDTC": day.isoformat(),
            }
        )
    return found


def ranges_of(selection: Selection) -> dict[str, dict[str, list[Range]]]:
    """By study site and field."""
    found: dict[str, dict[str, list[Range]]] = defaultdict(lambda: defaultdict(list))
    for each in ReferenceRange.objects.filter(site__in=selection.sites).select_related("site"):
        known = Range(each.low, each.high, each.sex, each.age_from, each.age_to)
        found[each.site.code][each.field].append(known)
    return found

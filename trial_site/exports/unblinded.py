"""The export after the final unblinding: the forms as everybody has them, and beside them who was to get what and got
what.

Nothing else in exports reads an arm. It comes through the sealed room's door, which demands the lock of the database,
two people who have unblinded the study, and a committed record of who looks and why.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from enrollment.models import Subject
from randomization.models import StudyAccess
from randomization.rules.stock import StudyBag
from randomization.selectors import study_unblinding
from randomization.unblinding import study_arms, study_bags
from trial_site.core.actors import Actor
from trial_site.core.errors import Refused
from trial_site.core.models import StudySite
from trial_site.core.protocol import Arm, Protocol
from trial_site.exports.blinded import DATASETS, Selection
from trial_site.exports.deidentified import weeks_of, without_free_text
from trial_site.exports.dictionary import Codelist
from trial_site.exports.models import ExportFormat
from trial_site.exports.wishes import Wish

FORMATS = (ExportFormat.CSV, ExportFormat.ODM_SNAPSHOT, ExportFormat.DATASET_JSON)
# What of a manifest is in the file only: whoever reads the row of the export could try every allocation on a hash.
IN_THE_FILE_ONLY = ("files", "salt")
arm_name = lazy(lambda arm: arm.name.text(get_language()), str)


@dataclass(frozen=True)
class Treatment:
    """arm: the code of the arm a participant was randomized to; bags: what was made for them, by number."""

    arm: str
    bags: Mapping[str, StudyBag]


@dataclass(frozen=True)
class Disclosure:
    """What one access record opened: the treatments by screening number. `salt`: 128 bits that nobody keeps."""

    access: StudyAccess
    treatments: Mapping[str, Treatment]
    salt: str


def disclosed(access: StudyAccess, wish: Wish, *, by: Actor) -> Disclosure:
    """Within 60 seconds after the record was committed."""
    arms, bags = study_arms(access, by=by), study_bags(access, by=by)
    numbers = dict(Subject.objects.filter(pk__in=arms).values_list("pk", "number"))
    theirs: dict[int, dict[str, StudyBag]] = {key: {} for key in arms}
    for bag in bags:
        moved = earlier(bag, numbers[bag.subject_id]) if wish.deidentified else bag
        theirs[bag.subject_id][bag.bag] = moved
    treatments = {numbers[key]: Treatment(arm, theirs[key]) for key, arm in arms.items()}
    return Disclosure(access, treatments, secrets.token_hex(16))


def earlier(bag: StudyBag, number: str) -> StudyBag:
    """By the weeks of the participant, as every other date of a de-identified export."""
    weeks = weeks_of(number)
    times = {name: at - weeks for name in ("handed_over_at", "returned_at") if (at := getattr(bag, name))}
    return replace(bag, **times)


def whole_study(wish: Wish) -> Selection:
    """Every form of everybody: whoever is unblinded is so for the whole study."""
    datasets = tuple(map(without_free_text, DATASETS)) if wish.deidentified else DATASETS
    return Selection(datasets, tuple(StudySite.objects.all()), deidentified=wish.deidentified)


def unblinded_by(disclosure: Disclosure) -> dict[str, Any]:
    """For the manifest. Raises Refused when the lock that the disclosure rests on is not in force any more."""
    found = study_unblinding()
    if found is None or found.pk != disclosure.access.unblinding_id:
        raise Refused(_("The database is not locked. Nobody is unblinded."))
    return {
        "blinded": False,
        "database_locked_at": found.lock.placed_at.isoformat(),
        "unblinded_at": found.at.isoformat(),
        "unblinded_by": [found.person.full_name, found.second_person.full_name],
        "access_record": disclosure.access.pk,
        "why": disclosure.access.why,
        "salt": disclosure.salt,
    }


def arms_of(protocol: Protocol, disclosure: Disclosure) -> Codelist:
    """The arms of the protocol, and whatever else the allocation list calls one."""
    known = {arm.code: arm for arm in protocol.arms}
    codes = [*known, *sorted({t.arm for t in disclosure.treatments.values()} - known.keys())]
    return Codelist("ARM", tuple((code, named(code, known.get(code))) for code in codes))


def named(code: str, arm: Arm | None) -> Any:
    return arm_name(arm) if arm else code

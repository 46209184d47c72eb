"""The two files that an unblinded CSV export has besides its forms: the arm of each participant, and each bag."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from enrollment.models import Subject
from trial_site.exports.dictionary import KEYS, Codelist, Shape, Variable
from trial_site.exports.expressions import harmless
from trial_site.exports.languages import Text
from trial_site.exports.manifest import Order, written
from trial_site.exports.unblinded import Disclosure, arms_of

WHOSE = KEYS[:3]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """`variables` and the values of each row, in the same order."""

    name: str
    title: Text
    variables: tuple[Variable, ...]
    rows: list[Row]

    @property
    def codelists(self) -> Iterator[Codelist]:
        return (variable.codelist for variable in self.variables if variable.codelist)


def unblinded_tables(order: Order, disclosure: Disclosure) -> list[Table]:
    arm = Variable("ARMCD", _("Arm"), Shape("text", 16), arms_of(order.protocol, disclosure))
    randomization = Variable("RANDOMIZATION_NUMBER", _("Randomization number"), Shape("text", 12))
    bag = Variable("BAG_CODE", _("Number on the bag"), Shape("text", 12))
    lot = Variable("LOT", _("Lot"), Shape("text", 40))
    subjects = Subject.objects.filter(number__in=disclosure.treatments).select_related(
        "site", "randomization"
    )
    by_number = {subject.number: subject for subject in subjects}
    arms, bags = [], []
    for number, treatment in sorted(disclosure.treatments.items()):
        whose = (order.protocol.registry_id, by_number[number].site.code, number)
        arms.append((*whose, by_number[number].randomization.number, treatment.arm))
        bags += [
            (*whose, each.bag, each.arm, harmless(each.lot), *map(told, measured(each)))
            for each in treatment.bags.values()
        ]
    return [
        Table("unblinded_arms.csv", _("Arm of each participant"), (*WHOSE, randomization, arm), arms),
        Table(
            "unblinded_bags.csv", _("What each bag was filled with"), (*WHOSE, bag, arm, lot, *MEASURED), bags
        ),
    ]


MEASURED = (
    Variable("CELLS_MILLIONS", _("Viable cells"), Shape("float", 8, 2), unit="10*6", mandatory=False),
    Variable("VIABILITY_PERCENT", _("Viability"), Shape("float", 5, 2), unit="%", mandatory=False),
    Variable("VOLUME_ML", _("Volume"), Shape("float", 6, 1), unit="mL", mandatory=False),
    Variable("HANDED_OVER_AT", _("Handed over at"), Shape("datetime"), mandatory=False),
    Variable("RETURNED_AT", _("Back in the pharmacy at"), Shape("datetime"), mandatory=False),
    Variable("RESIDUAL_ML", _("Left in the bag"), Shape("float", 6, 1), unit="mL", mandatory=False),
)


def measured(bag: Any) -> Row:
    return tuple(getattr(bag, variable.name.lower()) for variable in MEASURED)


def told(value: Any) -> Any:
    return written(value) if isinstance(value, datetime) else value

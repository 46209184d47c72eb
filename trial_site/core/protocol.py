"""The study as data: what `protocols/*.toml` says, checked once and read-only from then on.

Each file is one version of the protocol. A participant keeps the version under which they were screened, so
every version stays loadable. Nothing here knows Django, so that rules may read it.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from trial_site.core.coherence import faults
from trial_site.core.thresholds import (
    AgeLimits,
    ExclusionLimits,
    ImagingLimits,
    InfusionLimits,
    ManifestationLimits,
    ModerateLimits,
    PregnancyLimits,
    RiskLimits,
    SevereLimits,
    TestLimits,
    WindowLimits,
)
from trial_site.core.typed import Misfit, build

FOLDER = Path(__file__).parent / "protocols"


class ProtocolError(ValueError):
    """A protocol file contradicts itself, or a version is not there."""


@dataclass(frozen=True)
class Text:
    """Protocol text in every language of the screens; it is data, so no gettext."""

    en: str
    zh_hans: str

    def text(self, language: str | None) -> str:
        """The text for a language code such as `en` or `zh-hans`; English for any other."""
        return self.zh_hans if (language or "").lower().startswith("zh") else self.en


@dataclass(frozen=True)
class Arm:
    code: str
    name: Text


@dataclass(frozen=True)
class Location:
    """A study site as the protocol names it; the table of study sites holds what is true of it today."""

    code: str
    name: Text
    zone: str


@dataclass(frozen=True)
class Form:
    oid: str
    name: Text


@dataclass(frozen=True)
class Visit:
    """`day` counts from the first infusion (day 0); without one the visit has no window."""

    code: str
    name: Text
    forms: tuple[str, ...]
    day: int | None = None
    minus: int = 0
    plus: int = 0
    repeating: bool = False


@dataclass(frozen=True)
class SourceVerification:
    """Which values a monitor compares with their source: those of a share of participants (in percent) in full,
    and `critical` ones, given as form.field, of everyone."""

    share_percent: int
    critical: tuple[str, ...]


@dataclass(frozen=True)
class StoppingRule:
    """So many events of this kind, counted over both arms, propose a pause."""

    code: str
    title: Text
    limit: int
    minimum_grade: int = 1
    serious: bool = False
    related: bool = False
    special_interest: str = ""


class Kind(StrEnum):
    STUDY = "study"
    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


class Logic(StrEnum):
    ALL = "all"
    ANY = "any"


@dataclass(frozen=True)
class Criterion:
    """One requirement, or with `logic` a group of those that say `within` its code.

    `title` states what must hold, for exclusions too; `clause` is what the registry says.
    """

    code: str
    kind: Kind
    title: Text
    clause: Text
    within: str | None = None
    logic: Logic | None = None


@dataclass(frozen=True)
class RecheckItem:
    """One line of the pre-dose re-check; `code` names the check of dosing.rules.orders that decides it."""

    code: str
    title: Text


@dataclass(frozen=True)
class Recheck:
    """The list of the day-0 re-check: its own version, and what it asks. Improvement is no line of it."""

    version: str
    items: tuple[RecheckItem, ...]


@dataclass(frozen=True)
class Interpretation:
    """What the registry leaves open or contradicts: its reading beside the default chosen, and why.

    `criteria` are the codes it bears on; `keys` the places of this protocol that decide it, as dotted paths.
    """

    number: int
    topic: Text
    registry: Text
    default: Text
    why: Text
    criteria: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Protocol:
    registry_id: str
    sponsor_id: str
    version: str
    effective: date
    title: Text
    short_title: Text
    classification: str
    planned_participants: int
    recruitment_months: int
    ratio: tuple[int, ...]
    strata: tuple[str, ...]
    masked: tuple[str, ...]
    rescreens: int
    lost_after_attempts: int
    contraception: Text
    infusion_days: tuple[int, ...]
    dose_when_severe: bool
    signature_valid_hours: int
    randomization_max_hours_before_infusion: int
    recheck_max_hours: int
    preparation_lead_minutes: int
    bag_volume_ml: int
    cells_per_kg: int
    cells_cap: int
    infusion: InfusionLimits
    daily_status_last_day: int
    negative_hours_apart: int
    negative_ct: int
    ct_read_limit: int
    window: WindowLimits
    age: AgeLimits
    tests: TestLimits
    manifestations: ManifestationLimits
    moderate: ModerateLimits
    severe: SevereLimits
    imaging: ImagingLimits
    risk: RiskLimits
    pregnancy: PregnancyLimits
    exclusion: ExclusionLimits
    source_verification: SourceVerification
    recheck: Recheck
    arms: tuple[Arm, ...]
    sites: tuple[Location, ...]
    forms: tuple[Form, ...]
    visits: tuple[Visit, ...]
    stopping_rules: tuple[StoppingRule, ...]
    criteria: tuple[Criterion, ...]
    interpretations: tuple[Interpretation, ...]

    @cached_property
    def arm_codes(self) -> tuple[str, ...]:
        return tuple(arm.code for arm in self.arms)

    def arm_name(self, code: str, language: str | None) -> str:
        """The name of an arm in a language; of one that the protocol does not know its code."""
        return next((arm.name.text(language) for arm in self.arms if arm.code == code), code)

    @cached_property
    def criterion_by_code(self) -> dict[str, Criterion]:
        return {criterion.code: criterion for criterion in self.criteria}

    @cached_property
    def visit_by_code(self) -> dict[str, Visit]:
        return {visit.code: visit for visit in self.visits}

    @cached_property
    def parts_of(self) -> dict[str | None, tuple[Criterion, ...]]:
        """The criteria of each group, in the registry's order; under None those of the whole."""
        groups: dict[str | None, tuple[Criterion, ...]] = {}
        for criterion in self.criteria:
            groups[criterion.within] = (*groups.get(criterion.within, ()), criterion)
        return groups

    def interpretations_of(self, code: str) -> tuple[Interpretation, ...]:
        return tuple(entry for entry in self.interpretations if code in entry.criteria)

    def setting(self, key: str) -> Any:
        """What stands at a dotted path such as `moderate.respiratory_rate`. Raises LookupError when nothing."""
        here: Any = self
        for name in key.split("."):
            if name not in getattr(here, "__dataclass_fields__", ()):
                raise LookupError(key)
            here = getattr(here, name)
        return here


def parse(source: str, where: str) -> Protocol:
    """A protocol from the text of its file. Raises ProtocolError with one sentence."""
    try:
        protocol = build(Protocol, tomllib.loads(source, parse_float=Decimal), where)
    except (tomllib.TOMLDecodeError, Misfit) as error:
        raise ProtocolError(str(error)) from None
    if fault := next(faults(protocol), None):
        raise ProtocolError(f"{where}: {fault}")
    return protocol


@cache
def versions() -> dict[str, Protocol]:
    """Every version in the folder, oldest first."""
    found = [parse(path.read_text("utf-8"), path.name) for path in FOLDER.glob("*.toml")]
    by_version = {protocol.version: protocol for protocol in sorted(found, key=lambda one: one.effective)}
    if len(by_version) < len(found):
        raise ProtocolError("Two protocol files say the same version.")
    return by_version


def load(version: str) -> Protocol:
    """Raises ProtocolError when there is no such version."""
    if version not in versions():
        raise ProtocolError(f"There is no protocol version {version}.")
    return versions()[version]


def latest() -> Protocol:
    return list(versions().values())[-1]


def current(on: date) -> Protocol:
    """The version in effect on a day. Raises ProtocolError before the first one."""
    in_effect = [protocol for protocol in versions().values() if protocol.effective <= on]
    if not in_effect:
        raise ProtocolError(f"No version of the protocol is in effect on {on}.")
    return in_effect[-1]

"""The protocol's numbers, one class per table of the protocol file. Days are calendar days at the study site."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from operator import ge, gt, le, lt

COMPARISONS = {"<": lt, "<=": le, ">": gt, ">=": ge}
WRITTEN = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}


class Anchor(StrEnum):
    """The day from which something is counted."""

    CONSENT = "consent"
    RANDOMIZATION = "randomization"
    INFUSION = "infusion"
    SYMPTOM_ONSET = "symptom_onset"
    FIRST_POSITIVE = "first_positive"


class Joined(StrEnum):
    AND = "and"
    OR = "or"


class EstimatedOnset(StrEnum):
    ACCEPTED = "accepted_when_signed"
    NOT_ACCEPTED = "not_accepted"


class OnOxygen(StrEnum):
    """What the oxygen saturation of a participant on oxygen says."""

    UNDETERMINED = "undetermined"
    PF_RATIO = "pf_ratio"


@dataclass(frozen=True)
class Limit:
    """A comparison and its threshold, e.g. < 30; people read ≤ where the protocol file has <=."""

    operator: str
    threshold: Decimal

    def holds(self, value: Decimal | int) -> bool:
        return COMPARISONS[self.operator](value, self.threshold)

    def __str__(self) -> str:
        return f"{WRITTEN[self.operator]} {self.threshold}"


@dataclass(frozen=True)
class AgeLimits:
    anchor: Anchor
    minimum: int
    maximum: int


@dataclass(frozen=True)
class WindowLimits:
    """Day `onset_is_day` is the anchor's own day; `first_day` and `last_day` are both inside the window."""

    anchor: Anchor
    first_day: int
    last_day: int
    onset_is_day: int
    estimated_onset: EstimatedOnset


class Carrier(StrEnum):
    """What the cells and the placebo are suspended in."""

    ALBUMIN = "albumin"
    PLAIN = "plain"


@dataclass(frozen=True)
class Stability:
    """A bag with this carrier is started and ended within so many minutes after thawing."""

    carrier: Carrier
    start_minutes: int
    end_minutes: int


class Response(StrEnum):
    """What a stop rule asks for."""

    STOP = "stop"
    SLOW = "slow"


@dataclass(frozen=True)
class StopRule:
    """A vital sign beyond `limit` around the infusion; `field` as in the form."""

    field: str
    limit: Limit
    response: Response


@dataclass(frozen=True)
class InfusionLimits:
    """`first_participants` of the study are infused `first_hours_apart`; `warn_hours` before the window closes.
    No bag is released earlier than `release_minutes_before` the planned start, whatever it holds, nor later than
    `release_within_minutes_after_thaw`: its times to start and to end count from the release, as if it were that old.
    """

    first_participants: int
    first_hours_apart: int
    warn_hours: tuple[int, ...]
    release_minutes_before: int
    release_within_minutes_after_thaw: int
    carrier: Carrier
    stabilities: tuple[Stability, ...]
    stop_rules: tuple[StopRule, ...]

    @property
    def stability(self) -> Stability:
        return next(one for one in self.stabilities if one.carrier == self.carrier)


@dataclass(frozen=True)
class TestLimits:
    __test__ = False  # not a test class for pytest

    days_before_onset: int
    igg_interval_days: int
    igg_ratio: Limit


@dataclass(frozen=True)
class ManifestationLimits:
    """`symptoms` are names of facts that count as a manifestation of COVID-19."""

    symptoms: tuple[str, ...]
    minimum: int


@dataclass(frozen=True)
class ModerateLimits:
    respiratory_rate: Limit
    spo2: Limit
    spo2_on_oxygen: OnOxygen
    fever_temperature: Limit
    fever_days: Limit
    fever_joined_by: Joined


@dataclass(frozen=True)
class SevereLimits:
    respiratory_rate: Limit
    spo2: Limit
    pf_ratio: Limit


@dataclass(frozen=True)
class ImagingLimits:
    modalities: tuple[str, ...]
    max_hours: int


@dataclass(frozen=True)
class RiskLimits:
    """`underlying_diseases` are names of facts; `bmi_decimals` absent means compared unrounded."""

    age: Limit
    age_anchor: Anchor
    age_needs_incomplete_vaccination: bool
    complete_vaccination_doses: int
    underlying_diseases: tuple[str, ...]
    immune_deficiency_qualifies: bool
    bmi: Limit
    perinatal_days: int
    smokers: tuple[str, ...]
    cigarettes_per_day: Limit
    pack_years: Limit
    bmi_decimals: int | None = None


@dataclass(frozen=True)
class PregnancyLimits:
    test_max_hours: int
    childbearing_age_minimum: int
    childbearing_age_maximum: int


@dataclass(frozen=True)
class ExclusionLimits:
    """`required_virus_tests` are names of facts that may not be "not done"."""

    tumours: tuple[str, ...]
    infarction_days: int
    infarction_anchor: Anchor
    legal_representative_allowed: bool
    required_virus_tests: tuple[str, ...]
    other_trial_months: int
    other_trial_anchor: Anchor

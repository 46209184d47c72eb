"""Where values come from. One answer serves the values that come from one document; each value keeps its own."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enrollment.rules.answers import Source
from enrollment.rules.facts import (
    Demographics,
    Exclusions,
    Imaging,
    Manifestations,
    OnsetAndTests,
    RiskFactors,
    VitalSigns,
    names_in,
)


@dataclass(frozen=True)
class SourceGroup:
    """Values read from one document, and which one it usually is."""

    code: str
    usual: Source
    facts: tuple[str, ...]

    def source(self, recorded: Mapping[str, str]) -> str:
        """Where most of the recorded values come from, else the usual document."""
        counted = Counter(recorded[name] for name in self.facts if name in recorded)
        return max(counted, key=lambda source: counted[source], default=self.usual.value)

    def elsewhere(self, recorded: Mapping[str, str]) -> dict[str, str]:
        """The single values that come from another document than the group."""
        common = self.source(recorded)
        return {name: recorded[name] for name in self.facts if recorded.get(name, common) != common}


ONSET = ("symptom_onset_date", "onset_estimated")
PREGNANCY_TEST = ("pregnancy_test_result", "pregnancy_test_date")
VIRUSES = ("influenza_result", "adenovirus_result", "other_virus_result")


def without(names: tuple[str, ...], *others: str) -> tuple[str, ...]:
    return tuple(name for name in names if name not in others)


GROUPS = (
    SourceGroup("demographics", Source.CHART, names_in(Demographics)),
    SourceGroup("onset", Source.CHART, ONSET),
    SourceGroup("tests", Source.LABORATORY, without(names_in(OnsetAndTests), *ONSET)),
    SourceGroup("manifestations", Source.CHART, names_in(Manifestations)),
    SourceGroup("vital_signs", Source.CHART, names_in(VitalSigns)),
    SourceGroup("imaging", Source.CHART, names_in(Imaging)),
    SourceGroup("risk", Source.CHART, names_in(RiskFactors)),
    SourceGroup("history", Source.CHART, without(names_in(Exclusions), *PREGNANCY_TEST, *VIRUSES)),
    SourceGroup("pregnancy_test", Source.LABORATORY, PREGNANCY_TEST),
    SourceGroup("viruses", Source.LABORATORY, VIRUSES),
)


def usual_sources(values: Mapping[str, Any]) -> dict[str, Source]:
    """Of every value that is there, the document it usually comes from."""
    return {name: group.usual for group in GROUPS for name in group.facts if known(values.get(name))}


def known(value: object) -> bool:
    return value is not None and value != ""

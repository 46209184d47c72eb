"""The design of the trial, from the protocol alone: what is public and the same for every participant."""

from collections.abc import Iterator
from typing import Any

from trial_site.core.protocol import Kind, Protocol

Record = dict[str, Any]
ELEMENTS = (
    ("SCRN", "Screening", "SCREENING", "Informed consent", "Randomization"),
    ("TRT", "Infusion of {arm}", "TREATMENT", "Start of the infusion", "End of the infusion"),
    ("FU", "Follow-up", "FOLLOW-UP", "End of the infusion", "Last visit"),
)


def arms(protocol: Protocol) -> Iterator[Record]:
    for arm in protocol.arms:
        for order, (code, element, epoch, _start, _end) in enumerate(ELEMENTS, 1):
            yield {
                "ARMCD": arm.code,
                "ARM": arm.name.en,
                "TAETORD": order,
                "ETCD": element_code(code, arm.code),
                "ELEMENT": element.format(arm=arm.name.en),
                "TABRANCH": f"Randomized to {arm.name.en}" if code == "SCRN" else None,
                "EPOCH": epoch,
            }


def element_code(code: str, arm: str) -> str:
    return arm[:8] if code == "TRT" else code


def elements(protocol: Protocol) -> Iterator[Record]:
    for code, element, _epoch, start, end in ELEMENTS:
        for arm in protocol.arms if code == "TRT" else protocol.arms[:1]:
            yield {
                "ETCD": element_code(code, arm.code),
                "ELEMENT": element.format(arm=arm.name.en),
                "TESTRL": start,
                "TEENRL": end,
            }


def visits(protocol: Protocol) -> Iterator[Record]:
    """SDTM has no day 0: the day of the infusion is day 1."""
    for number, visit in enumerate(protocol.visits, 1):
        window = f"Day {visit.day} after the infusion, -{visit.minus} to +{visit.plus} days"
        yield {
            "VISITNUM": number,
            "VISIT": visit.name.en,
            "VISITDY": None if visit.day is None else visit.day + 1,
            "TVSTRL": "Unscheduled" if visit.day is None else window,
        }


def criteria(protocol: Protocol) -> Iterator[Record]:
    for criterion in protocol.criteria:
        if criterion.kind != Kind.STUDY:
            yield {
                "IETESTCD": criterion.code,
                "IETEST": criterion.title.en,
                "IECAT": criterion.kind.upper(),
                "TIVERS": protocol.version,
            }


def summary(protocol: Protocol) -> Iterator[Record]:
    parameters = (
        ("AGEMAX", "Planned Maximum Age of Subjects", f"P{protocol.age.maximum}Y"),
        ("AGEMIN", "Planned Minimum Age of Subjects", f"P{protocol.age.minimum}Y"),
        ("NARMS", "Planned Number of Arms", len(protocol.arms)),
        ("PLANSUB", "Planned Number of Subjects", protocol.planned_participants),
        ("RANDOM", "Trial is Randomized", "Y"),
        ("REGID", "Registry Identifier", protocol.registry_id),
        ("SDTIGVER", "SDTM IG Version", "3.4"),
        ("SDTMVER", "SDTM Version", "2.0"),
        ("SPREFID", "Sponsor's Study Reference ID", protocol.sponsor_id),
        ("STYPE", "Study Type", "INTERVENTIONAL"),
        ("TCNTRL", "Control Type", "PLACEBO"),
        ("TITLE", "Trial Title", protocol.title.en),
    )
    for code, name, value in parameters:
        yield {"TSSEQ": 1, "TSPARMCD": code, "TSPARM": name, "TSVAL": str(value)}


DESIGN = {"TA": arms, "TE": elements, "TV": visits, "TI": criteria, "TS": summary}

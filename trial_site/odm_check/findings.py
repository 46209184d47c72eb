"""What a check found wrong."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One fault: the line and the element where it stands, the rule's short name, and a sentence."""

    line: int
    element: str
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.element}: {self.sentence}"


class Findings:
    """The faults of one file. All are counted, the first `most` are kept: a broken file of any size fits."""

    def __init__(self, most: int = 1000) -> None:
        self.most, self.count = most, 0
        self.kept: list[Finding] = []

    def add(self, line: int, element: str, rule: str, sentence: str) -> None:
        self.count += 1
        if len(self.kept) < self.most:
            self.kept.append(Finding(line, element, rule, sentence))

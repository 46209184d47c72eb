"""Reads XML of any size and origin: only the open elements are in memory; no DTD, no entity, no network."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

CHUNK = 1 << 16
DEEPEST = 100
LONGEST_TEXT = 1 << 20


class Unreadable(Exception):
    """The file is no XML that may be read; says where and why."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line, self.sentence = line, sentence


@dataclass(slots=True, eq=False)
class Node:
    """An element with its attributes (those without a namespace), known from its start until its end.

    `kept` holds the ended children that a rule of the parent asks for; `place` and `seen` where in its content
    model the parent has arrived.
    """

    name: str
    attributes: dict[str, str]
    line: int
    parent: "Node | None"
    text: str = ""
    kept: dict[str, list["Node"]] = field(default_factory=dict)
    place: int = 0
    seen: str = ""
    depth: int = 0

    def get(self, attribute: str) -> str | None:
        return self.attributes.get(attribute)

    def only(self, name: str) -> "Node | None":
        return self.kept[name][0] if name in self.kept else None


Event = tuple[str, Node]


class Reader:
    """Turns a file into start and end events of the elements in one namespace; what is of another is passed over."""

    def __init__(self, namespace: str) -> None:
        self.prefix = f"{namespace} "
        self.here: Node | None = None
        self.foreign = 0
        self.events: list[Event] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self.refuse_doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters

    def read(self, file: BinaryIO) -> Iterator[Event]:
        """Raises Unreadable at the first place where the file is not XML, or not harmless."""
        chunk = b"-"
        while chunk:
            chunk = file.read(CHUNK)
            try:
                self.parser.Parse(chunk, not chunk)
            except expat.ExpatError as error:
                yield from self.drain()
                reason = expat.ErrorString(error.code)
                raise Unreadable(error.lineno, f"This is not well-formed XML: {reason}.") from None
            yield from self.drain()

    def drain(self) -> Iterator[Event]:
        ready, self.events = self.events, []
        yield from ready

    def refuse_doctype(self, *declaration: object) -> None:
        raise Unreadable(
            self.line, "A document type declaration is refused: entities can hide or invent content."
        )

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.foreign or not name.startswith(self.prefix):
            if self.here is None and not self.foreign:
                raise Unreadable(
                    self.line, f"The root is {name.replace(' ', ':')}, not an element of ODM 1.3."
                )
            self.foreign += 1
            return
        depth = self.here.depth + 1 if self.here else 0
        if depth > DEEPEST:
            raise Unreadable(self.line, f"Elements are nested more than {DEEPEST} deep.")
        own = {key: value for key, value in attributes.items() if " " not in key}
        self.here = Node(name.removeprefix(self.prefix), own, self.line, self.here, depth=depth)
        self.events.append(("start", self.here))

    def end(self, name: str) -> None:
        if self.foreign:
            self.foreign -= 1
        elif self.here is not None:
            self.events.append(("end", self.here))
            self.here = self.here.parent

    def characters(self, text: str) -> None:
        if self.here is None or self.foreign:
            return
        self.here.text += text
        if len(self.here.text) > LONGEST_TEXT:
            raise Unreadable(self.line, f"{self.here.name} holds more than {LONGEST_TEXT} characters.")

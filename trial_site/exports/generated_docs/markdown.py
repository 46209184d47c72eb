"""Tables and names as Markdown."""

from collections.abc import Iterable

YES = "x"


def table(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    names = [*header]
    lines: list[Iterable[object]] = [names, ["---"] * len(names), *rows]
    return "\n".join(map(row, lines))


def row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(one_line, cells))} |"


def one_line(cell: object) -> str:
    return " ".join(str(cell).split()).replace("|", "\\|")


def code(name: object) -> str:
    return f"`{name}`" if name else ""

"""The curves of the vital signs: where each value stands in a drawing of given size."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor

Number = int | Decimal
WIDTH, HEIGHT, MARGIN = 320, 96, 12


@dataclass(frozen=True)
class Dot:
    """A value at its time point; x and y in units of the drawing, y downwards."""

    x: float
    y: float
    value: Number
    place: int


@dataclass(frozen=True)
class Curve:
    """Dots from left to right on a scale from `low` to `high`."""

    dots: tuple[Dot, ...]
    low: int
    high: int

    @property
    def line(self) -> str:
        """As the points of an SVG polyline."""
        return " ".join(f"{dot.x:g},{dot.y:g}" for dot in self.dots)


def curve(values: Sequence[Number | None], *, normal: tuple[float, float]) -> Curve:
    """One value for each time point, None where there is none. The scale holds `normal` and every value."""
    given = [float(value) for value in values if value is not None]
    low, high = floor(min([normal[0], *given])), ceil(max([normal[1], *given]))
    step = (WIDTH - 2 * MARGIN) / max(len(values) - 1, 1)
    dots = tuple(
        Dot(
            x=round(MARGIN + place * step, 1),
            y=round(MARGIN + (high - float(value)) / (high - low) * (HEIGHT - 2 * MARGIN), 1),
            value=value,
            place=place,
        )
        for place, value in enumerate(values)
        if value is not None
    )
    return Curve(dots, low, high)

"""Where the boxes and lines of the recruitment pictures stand. Pure geometry, in the units of the viewBox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from trial_site.casebook.flow import Stage

LINE, PADDING, GAP = 20, 12, 26
MAIN_X, MAIN_WIDTH, ASIDE_X, ASIDE_WIDTH = 10, 380, 430, 380
WIDTH = ASIDE_X + ASIDE_WIDTH + 10


@dataclass(frozen=True)
class Drawn:
    """One box: its stage and its place; `rows` are the baselines of its parts."""

    stage: Stage
    x: int
    y: int
    width: int
    height: int

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def middle(self) -> int:
        return self.x + self.width // 2

    @property
    def centre(self) -> int:
        return self.y + self.height // 2

    @property
    def text_x(self) -> int:
        return self.x + PADDING

    @property
    def rows(self) -> list[int]:
        """Baselines: phase, title, then one for each part."""
        first = self.y + PADDING + LINE // 2 + 4
        return [first + LINE * row for row in range(2 + len(self.stage.parts))]

    @property
    def lines(self) -> list[tuple[int, object]]:
        return list(zip(self.rows[2:], self.stage.parts, strict=True))


@dataclass(frozen=True)
class Arrow:
    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class Picture:
    boxes: Sequence[Drawn]
    arrows: Sequence[Arrow]
    height: int
    width: int = WIDTH


def picture(stages: Sequence[Stage]) -> Picture:
    """Those that go on one under the other; those that leave to the right, below the one they leave from."""
    boxes: list[Drawn] = []
    y = 10
    for stage in stages:
        x, width = (ASIDE_X, ASIDE_WIDTH) if stage.aside else (MAIN_X, MAIN_WIDTH)
        boxes.append(Drawn(stage, x, y, width, height_of(stage)))
        y = boxes[-1].bottom + GAP
    main = [box for box in boxes if not box.stage.aside]
    down = [Arrow(upper.middle, upper.bottom, lower.middle, lower.y) for upper, lower in pairwise(main)]
    out = [
        Arrow(MAIN_X + MAIN_WIDTH // 2, box.centre, ASIDE_X, box.centre) for box in boxes if box.stage.aside
    ]
    return Picture(boxes, down + out, y - GAP + 10)


def height_of(stage: Stage) -> int:
    return 2 * PADDING + LINE * (2 + len(stage.parts))


CHART = (640, 260)
LEFT, RIGHT, TOP, BASE = 44, 16, 16, 220


@dataclass(frozen=True)
class Chart:
    """Participants randomized so far, against the plan; points as SVG wants them."""

    actual: str
    plan: str
    ticks: Sequence[tuple[int, int]]
    opened: date
    ends: date
    now_x: float
    width: int = CHART[0]
    height: int = CHART[1]
    left: int = LEFT
    right: int = CHART[0] - RIGHT
    base: int = BASE
    top: int = TOP


def chart(randomized_on: Sequence[date], *, opened: date, ends: date, planned: int, today: date) -> Chart:
    """A step for each randomization; the plan is a straight line from the opening to the end of recruitment."""
    last = max(ends, today)
    most = max(planned, len(randomized_on), 1)

    def x(day: date) -> float:
        share = (day - opened).days / max((last - opened).days, 1)
        return round(LEFT + share * (CHART[0] - LEFT - RIGHT), 1)

    def y(number: float) -> float:
        return round(BASE - number / most * (BASE - TOP), 1)

    steps, count = [(x(opened), y(0))], 0
    for day in sorted(randomized_on):
        steps += [(x(day), y(count)), (x(day), y(count + 1))]
        count += 1
    steps.append((x(max(today, opened)), y(count)))
    plan = [(x(opened), y(0)), (x(ends), y(planned)), (x(last), y(planned))]
    ticks = [(number, int(y(number))) for number in sorted({0, most // 2, most})]
    return Chart(joined(steps), joined(plan), ticks, opened, last, x(max(today, opened)))


def joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x},{y}" for x, y in points)

"""The proof: a study, clones of it with other sealed contents, the same further actions, no difference."""

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trial_site.blinding.bench import Bench, ProofFailed
from trial_site.blinding.comparison import Difference, Size, differences, size_of
from trial_site.blinding.timing import Timing, timings

EXCHANGES = ("global", "pairwise", "shelf")
CONTROL = "control"
PROGRAM = ("-m", "trial_site.blinding.replica")
AT_ONCE = 2


@dataclass(frozen=True)
class Comparison:
    """One clone against the unchanged study."""

    exchange: str
    size: Size
    differences: list[Difference]
    timings: list[Timing]
    sites: int
    holds_that_differ: int


@dataclass(frozen=True)
class Further:
    """What happens after cloning: the same people come, and these roles look (none named: every blinded one)."""

    until: datetime
    participants: int
    seed: int
    roles: Collection[str] = ()

    def task(self) -> dict[str, Any]:
        return {
            "until": self.until.isoformat(),
            "participants": self.participants,
            "seed": self.seed,
            "roles": list(self.roles),
        }


def prove(
    bench: Bench,
    further: Further,
    *,
    exchanges: Sequence[str] = EXCHANGES,
    program: Sequence[str] = PROGRAM,
    tell: Callable[[str], None] = lambda line: None,
) -> Iterator[Comparison]:
    """Compare the unchanged study with its control and with each exchange. The control comes first: while it
    differs, nothing else means anything."""
    names = ["unchanged", CONTROL, *exchanges]
    databases = {name: prepare(bench, name) for name in names}
    tell(f"{len(names)} clones are there; the same further actions follow in each.")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {
            name: pool.submit(bench.replay, database, program, further.task())
            for name, database in databases.items()
        }
        unchanged = runs.pop("unchanged").result()
        if not unchanged["given"]:
            raise ProofFailed("Nobody was randomized and infused after cloning, so this would prove nothing.")
        for name, run in runs.items():
            found = run.result()
            seen = list(differences(unchanged, found))
            slow = timings(found["times"], bench.arms(databases[name]))
            holds = sum(a != b for a, b in zip(unchanged["open"], found["open"], strict=True))
            yield Comparison(name, size_of(found), seen, slow, len(found["open"]), holds)


def prepare(bench: Bench, name: str) -> str:
    """A clone; with `name` an exchange, its sealed contents are exchanged."""
    database = bench.clone(name)
    if name in EXCHANGES:
        before = bench.digest(database)
        bench.change(database, name)
        if bench.digest(database) == before:
            raise ProofFailed(f"The exchange {name} found nothing to exchange.")
    return database

"""Ctrl-C, SIGTERM and a closed terminal end a process in an orderly way, never halfway through a start."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def exit_on_signals(status: int, *signals: signal.Signals) -> None:
    """The first signal unwinds the stack, which stops what was started; later ones do not disturb that."""

    def leave(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(status)

    for each in signals:
        signal.signal(each, leave)


@contextmanager
def signals_held() -> Iterator[None]:
    """Signals wait until the block is over: a server halfway through its start cannot be stopped yet."""
    waiting: list[int] = []
    before = {each: signal.signal(each, lambda number, frame: waiting.append(number)) for each in SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in waiting:
            signal.raise_signal(number)

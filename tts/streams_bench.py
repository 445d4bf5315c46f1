"""Several speeches at once, as calls have them: does each stay ahead of its listener?"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from functools import partial

from tts.booth import Booth
from tts.chunk import Chunk
from tts.codec import FRAME, SAMPLE_RATE
from tts.engine import Engine
from tts.figure import Figure

SENTENCES_EACH = 3
BARRED = 4
"""Streams that must all stay ahead; more are a goal."""


class Heard:
    """When a speech's frames came, in seconds."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.over = threading.Event()

    def __call__(self, frame: Chunk | Exception | None) -> None:
        """Takes a frame, on the booth's thread."""
        if isinstance(frame, Chunk):
            self.times.append(time.perf_counter())
        else:
            self.over.set()

    @property
    def margin(self) -> float:
        """Seconds by which the latest frame came before it was to be played."""
        due = (self.times[0] + i * FRAME / SAMPLE_RATE for i in range(len(self.times)))
        return min(due - came for due, came in zip(due, self.times, strict=True))


def streams(engine: Engine, count: int, sentences: Sequence[str]) -> Iterator[Figure]:
    """So many speeches that all begin at once."""
    booth = Booth(lambda: engine)
    booth.loaded.result()
    heard = [Heard() for _ in range(count)]
    begin = time.perf_counter()
    for i, listener in enumerate(heard):
        number = booth.open(listener, partial(engine.speech, i))
        for j in range(SENTENCES_EACH):
            booth.push(number, sentences[(i * SENTENCES_EACH + j) % len(sentences)] + " ")
        booth.end(number)
    for listener in heard:
        listener.over.wait()
    took = time.perf_counter() - begin
    booth.shut_down()
    booth.join()
    late = -min(listener.margin for listener in heard) * 1000
    spoken = sum(len(listener.times) for listener in heard) * FRAME / SAMPLE_RATE
    ahead = late <= 0
    value = "ahead" if ahead else f"{late:.0f} ms late"
    goal = count > BARRED
    bar = "every stream ahead" + " (goal)" * goal
    yield Figure(f"{count} streams at once", value, bar, None if goal else ahead)
    first = max(listener.times[0] for listener in heard) - begin
    yield Figure("  ... last to begin", f"{first * 1000:.0f} ms")
    yield Figure("  ... work for a second of each", f"{took / spoken * count:.3f} s")

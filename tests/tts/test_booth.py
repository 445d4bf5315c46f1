"""Whose turn it is in the booth."""

from __future__ import annotations

import threading

import numpy as np

from tts.booth import Booth
from tts.chunk import Chunk

FRAMES = 3
SILENCE = Chunk(np.zeros(1, np.float32), ())


class Counted:
    """A speech of three frames."""

    def __init__(self) -> None:
        self.left = FRAMES

    @property
    def done(self) -> bool:
        return not self.left

    def push(self, text: str) -> None:
        pass

    def end(self) -> None:
        pass

    def close(self) -> None:
        self.left = 0

    def step(self) -> Chunk | None:
        if not self.left:
            return None
        self.left -= 1
        return SILENCE


class Counting:
    """An engine of such speeches."""

    def speech(self, seed: int | None = None) -> Counted:
        return Counted()


def test_one_speech_begins_in_a_round() -> None:
    may_load = threading.Event()

    def load() -> Counting:
        may_load.wait()
        return Counting()

    booth = Booth(load)
    heard: list[str] = []
    over = threading.Semaphore(0)

    def listener(name: str, frame: Chunk | Exception | None) -> None:
        if frame is None:
            over.release()
        else:
            heard.append(name)

    for name in "abc":
        booth.open(lambda frame, name=name: listener(name, frame))  # type: ignore[misc]
    may_load.set()
    for _ in range(3):
        assert over.acquire(timeout=60)
    assert "".join(heard) == "a" + "ab" + "abc" + "bc" + "c"
    booth.shut_down()


def test_an_idle_booth_ends_when_it_is_asked_to() -> None:
    booth = Booth(Counting)
    booth.loaded.result()
    booth.shut_down()
    waiting = threading.Thread(target=booth.join, daemon=True)
    waiting.start()
    waiting.join(timeout=60)
    assert not waiting.is_alive()

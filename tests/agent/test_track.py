"""The audio of a call on the wire: the sending clock, and what comes in."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import agent.track
from agent.jitter import Packet
from agent.opus import FRAME_TICKS, Encoder
from agent.track import MAX_CATCH_UP, Ear, SpeechTrack


class Clock:
    """A clock for `SpeechTrack` that goes only when told, or slept on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(agent.track, "time", SimpleNamespace(perf_counter=lambda: self.now))
        monkeypatch.setattr(agent.track, "asyncio", SimpleNamespace(sleep=self.sleep))

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


async def slots(track: SpeechTrack, count: int) -> list[int]:
    return [(await track.recv()).pts // FRAME_TICKS for _ in range(count)]


async def test_the_sending_clock_does_not_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    track = SpeechTrack(lambda count: np.zeros(count, np.int16), 24_000)
    for _ in range(10):
        await slots(track, 10)
        clock.now += 0.0137  # work that is not the clock's
    assert track.skipped == 0
    assert abs(clock.now - 0.0137 - (100 + 99 * 0.02)) < 0.02


async def test_a_short_hold_up_is_caught_up_with(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    track = SpeechTrack(lambda count: np.zeros(count, np.int16), 24_000)
    await slots(track, 5)
    clock.now += MAX_CATCH_UP * 0.02
    assert await slots(track, 6) == list(range(5, 11))
    assert abs(clock.now - (100 + 10 * 0.02)) < 1e-6


async def test_a_long_hold_up_is_left_out_and_no_word_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(monkeypatch)
    asked: list[int] = []

    def source(count: int) -> np.ndarray:
        asked.append(count)
        return np.zeros(count, np.int16)

    track = SpeechTrack(source, 24_000)
    await slots(track, 5)
    clock.now += 1.0
    after = await slots(track, 3)
    assert after[0] >= 54 and after == list(range(after[0], after[0] + 3))
    assert asked == [480] * 8
    assert clock.now - (100 + after[-1] * 0.02) < 0.02


def test_audio_from_the_wire_is_whole_frames() -> None:
    lengths: list[int] = []
    ear = Ear(lambda samples: lengths.append(len(samples)))
    encoder = Encoder(24_000)
    for number in (0, 1, 4, 5, 6, 7):
        ear.push(Packet(number, number * FRAME_TICKS, encoder.encode(np.zeros(480, np.int16))))
    assert sum(lengths) == 8 * FRAME_TICKS
    assert all(length % 120 == 0 for length in lengths)

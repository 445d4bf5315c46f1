"""What the transport pulls: nothing lost, nothing after a stop, no click at a cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agent.playout import FADE_SAMPLES, Playout

FRAME = 480


def ramp(count: int, start: int = 1) -> np.ndarray:
    return np.arange(start, start + count, dtype=np.int16)


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=12))
def test_streaming_in_any_pieces_equals_the_whole(sizes: list[int]) -> None:
    playout = Playout()
    drained: list[int] = []
    playout.on_drained = lambda: drained.append(playout.position)
    playout.begin()
    whole = ramp(sum(sizes))
    at = 0
    for size in sizes:
        playout.write(whole[at : at + size])
        at += size
    playout.finish()
    heard = np.concatenate([playout.pull(FRAME) for _ in range(len(whole) // FRAME + 2)])
    fade = min(FADE_SAMPLES, FRAME)
    assert np.array_equal(heard[fade : len(whole)], whole[fade:])
    assert not heard[len(whole) :].any()
    assert drained == [len(whole)]


def test_pause_falls_silent_and_resume_goes_on_from_the_same_word() -> None:
    playout = Playout()
    playout.begin()
    playout.write(np.full(10 * FRAME, 1000, np.int16))
    playout.pull(FRAME)
    playout.pull(FRAME)
    playout.pause()
    faded = playout.pull(FRAME)
    assert faded[0] == 1000 and not faded[FADE_SAMPLES:].any()
    assert np.abs(np.diff(faded.astype(int))).max() <= 1000 / FADE_SAMPLES + 1
    held = playout.position
    assert not playout.pull(FRAME).any()
    assert playout.position == held
    playout.resume()
    assert playout.pull(FRAME)[-1] == 1000
    assert playout.position == held + FRAME


def test_stop_drops_what_is_buffered() -> None:
    playout = Playout()
    playout.begin()
    playout.write(np.full(10 * FRAME, 1000, np.int16))
    playout.pull(FRAME)
    assert playout.stop() == FRAME
    assert not playout.pull(FRAME)[FADE_SAMPLES:].any()
    assert not playout.pull(FRAME).any()
    playout.write(ramp(FRAME))
    assert playout.buffered == 0


def test_a_late_voice_is_an_underrun_not_an_end() -> None:
    playout = Playout()
    ended: list[bool] = []
    playout.on_drained = lambda: ended.append(True)
    playout.begin()
    playout.write(np.full(FRAME, 1000, np.int16))
    playout.pull(FRAME)
    assert not playout.pull(FRAME).any()
    assert playout.underruns == 1 and not ended
    playout.write(np.full(FRAME, 1000, np.int16))
    playout.finish()
    assert playout.pull(FRAME).any()
    playout.pull(FRAME)
    assert ended

"""What the transport pulls: nothing lost, nothing after a stop, no click at a cut."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from agent.playout import DUCKED, FADE_SAMPLES, REWIND_SAMPLES, Playout

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


@given(st.integers(1, 10), st.integers(0, 10 * FRAME), st.integers(1, 700))
def test_resuming_at_a_word_says_it_again_and_loses_nothing(
    pulls: int, position: int, size: int
) -> None:
    playout = Playout()
    playout.begin()
    whole = ramp(12 * FRAME)
    for at in range(0, len(whole), size):
        playout.write(whole[at : at + size])
    playout.finish()
    for _ in range(pulls):
        playout.pull(FRAME)
    playout.pause()
    playout.pull(FRAME)
    furthest = playout.position
    start = min(position, furthest)
    playout.resume(start)
    assert playout.position == furthest, "what was heard stays heard"
    rest = np.concatenate([playout.pull(FRAME) for _ in range(13)])
    count = len(whole) - start
    assert np.array_equal(rest[FADE_SAMPLES:count], whole[start + FADE_SAMPLES :])
    assert playout.position == len(whole)


def test_rewinding_goes_no_further_than_what_is_kept() -> None:
    playout = Playout()
    playout.begin()
    playout.write(np.ones(3 * REWIND_SAMPLES, np.int16))
    for _ in range(2 * REWIND_SAMPLES // FRAME):
        playout.pull(FRAME)
    before = playout.buffered
    playout.resume(0)
    assert REWIND_SAMPLES <= playout.buffered - before < REWIND_SAMPLES + FRAME


def test_ducked_speech_goes_on_softly_and_comes_back_without_a_click() -> None:
    playout = Playout()
    playout.begin()
    playout.write(np.full(10 * FRAME, 1000, np.int16))
    playout.pull(FRAME)
    playout.duck()
    lower = playout.pull(FRAME)
    assert lower[-1] == 1000 * DUCKED and playout.position == 2 * FRAME
    playout.resume()
    louder = playout.pull(FRAME)
    assert louder[-1] == 1000
    step = np.abs(np.diff(np.concatenate([lower, louder]).astype(int))).max()
    assert step <= 1000 / FADE_SAMPLES + 1


def test_progress_is_told_for_what_was_not_heard_before() -> None:
    playout = Playout()
    seen: list[int] = []
    started: list[bool] = []
    playout.on_progress = lambda: seen.append(playout.position)
    playout.on_started = lambda: started.append(True)
    playout.begin()
    playout.write(np.ones(4 * FRAME, np.int16))
    playout.pull(FRAME)
    playout.pull(FRAME)
    playout.resume(0)
    for _ in range(4):
        playout.pull(FRAME)
    assert seen == [FRAME, 2 * FRAME, 3 * FRAME, 4 * FRAME] and started == [True]

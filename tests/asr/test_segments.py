"""Segmentation, driven through the real detector by scripted probabilities of voice."""

from __future__ import annotations

from itertools import pairwise

from sounds import noise

from asr.audio import NO_SAMPLES, RATE, WINDOW, Samples, split
from asr.segments import (
    HUSH,
    Continued,
    Ended,
    Hushed,
    Paused,
    Segmenter,
    SegmentState,
    Span,
    Started,
    Step,
    Unhushed,
)
from asr.settings import HearingSettings
from asr.voicing import Detector, Silero, SileroState

SETTINGS = HearingSettings()


class Scripted(Silero):
    """Says what the script says: `s` for speech, `f` for faint speech, all else for silence."""

    def __init__(self, script: str) -> None:
        self._script = iter(script)

    def step(self, state: SileroState, window: Samples) -> tuple[SileroState, float]:
        return state, {"s": 0.9, "f": 0.3}.get(next(self._script), 0.1)


def steps_of(
    script: str, flush_after: int | None = None, settings: HearingSettings = SETTINGS
) -> list[Step]:
    """The steps for a script of one letter a window, flushed after so many windows."""
    detector, segmenter = Detector(Scripted(script), settings), Segmenter(settings)
    detection, segments = detector.start(), SegmentState()
    found: list[Step] = []
    # Loud noise keeps webrtcvad's gate open, so the script decides.
    _, ready = split(NO_SAMPLES, noise(len(script) * WINDOW / RATE, level=0.3))
    for place, window in enumerate(ready, 1):
        detection, activity = detector.step(detection, window)
        segments, steps = segmenter.step(segments, activity)
        found += steps
        if place == flush_after:
            segments, steps = segmenter.flush(segments, activity.end)
            found += steps
    return found


def spans(steps: list[Step], kind: type[Continued | Hushed | Paused | Ended]) -> list[Span]:
    return [step.span for step in steps if isinstance(step, kind)]


def windows(seconds: float) -> int:
    return round(seconds * RATE / WINDOW)


def test_speech_is_a_segment_with_its_preroll_and_ends_by_itself() -> None:
    script = "." * 30 + "s" * 10 + "." * 60
    steps = steps_of(script)
    assert [type(step) for step in steps] == [Started, Continued, Hushed, Paused, Ended]
    (ended,) = spans(steps, Ended)
    assert ended == spans(steps, Paused)[0]
    assert ended.voiced == 30 * WINDOW
    assert ended.voiced - ended.start >= SETTINGS.preroll * RATE
    assert ended.end == (40 + windows(SETTINGS.pause)) * WINDOW


def test_words_too_faint_to_be_sure_of_are_in_the_segment_that_they_lead_up_to() -> None:
    silent, faint, pause = 40, 18, 6
    steps = steps_of("." * silent + "f" * faint + "." * pause + "s" * 30 + "." * 60)
    (ended,) = spans(steps, Ended)
    assert (silent - 4) * WINDOW < ended.start < silent * WINDOW
    assert ended.voiced == (silent + faint + pause) * WINDOW


def test_faint_sounds_reach_two_seconds_back_and_not_over_a_longer_pause() -> None:
    (hum,) = spans(steps_of("f" * 200 + "s" * 30 + "." * 60), Ended)
    assert hum.voiced - hum.start == 2 * RATE
    apart = "." * 40 + "f" * 10 + "." * 12 + "s" * 30 + "." * 60
    (ended,) = spans(steps_of(apart), Ended)
    assert ended.voiced - ended.start < SETTINGS.preroll * RATE + WINDOW


def test_a_hush_looks_ahead_of_its_pause_and_is_taken_back_when_speech_goes_on() -> None:
    steps = steps_of("s" * 20 + ".." + "s" * 10 + "." * 60)
    kinds = [Started, Hushed, Unhushed, Hushed, Paused, Ended]
    assert [type(step) for step in steps if not isinstance(step, Continued)] == kinds
    first, second = spans(steps, Hushed)
    assert first.end == 20 * WINDOW + HUSH
    assert second.end == 32 * WINDOW + HUSH <= spans(steps, Paused)[0].end


def test_a_pause_as_short_as_a_hush_still_has_one() -> None:
    settings = HearingSettings(pause=0.03)
    steps = steps_of("s" * 20 + "." * 60, settings=settings)
    assert [type(step) for step in steps if not isinstance(step, Continued)] == [
        *(Started, Hushed, Paused, Ended)
    ]


def test_a_click_is_no_speech() -> None:
    assert steps_of("." * 20 + "ss" + "." * 60) == []


def test_a_flush_ends_the_segment_at_its_pause() -> None:
    steps = steps_of("s" * 20 + "." * 20, flush_after=30)
    assert spans(steps, Ended) == spans(steps, Paused)


def test_a_flush_within_speech_cuts_it_there() -> None:
    steps = steps_of("s" * 40 + "." * 60, flush_after=20)
    first, second = spans(steps, Ended)
    assert first.end == second.start == 20 * WINDOW


def test_a_flush_with_nothing_open_gives_nothing() -> None:
    assert steps_of("." * 60, flush_after=20) == []


def test_speech_that_goes_on_takes_the_pause_back() -> None:
    steps = steps_of("s" * 20 + "." * 6 + "s" * 10 + "." * 60)
    short, whole = spans(steps, Paused)
    assert whole.start == short.start
    assert spans(steps, Ended) == [whole]


def test_a_long_segment_ends_at_its_next_pause() -> None:
    long = windows(SETTINGS.segment_target)
    steps = steps_of("s" * long + "." * 6 + "s" * 20 + "." * 60)
    first, second = spans(steps, Ended)
    assert first == spans(steps, Paused)[0]
    assert second.start == first.end


def test_two_minutes_without_a_pause_are_cut_without_a_gap_or_an_overlap() -> None:
    ended = spans(steps_of("s" * windows(120) + "." * 60), Ended)
    assert all(span.end - span.start <= SETTINGS.segment_longest * RATE + WINDOW for span in ended)
    assert [span.start for span in ended[1:]] == [span.end for span in ended[:-1]]
    assert ended[0].start == 0
    assert ended[-1].end >= 120 * RATE


def test_interims_come_with_new_speech_and_never_in_silence() -> None:
    continued = spans(steps_of("s" * 60 + "." * 60), Continued)
    ends = [span.end for span in continued]
    assert ends[0] <= SETTINGS.first_interim * RATE + WINDOW
    apart = [(end, later - end) for end, later in pairwise(ends)]
    early = [gap for end, gap in apart if end + gap < RATE]
    late = [gap for end, gap in apart if end >= RATE]
    assert early and {round(gap / RATE / SETTINGS.first_interim) for gap in early} == {1}
    assert late and all(0 <= gap / RATE - SETTINGS.interim_interval < 0.04 for gap in late)
    assert ends[-1] <= 60 * WINDOW < ends[-1] + round(0.44 * RATE)

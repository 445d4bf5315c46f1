"""Where segments of speech begin, pause and end: pure, over what the voice detector found.

A segment is what becomes one FINAL transcript. It opens a pre-roll before the detected speech, or
before the sounds that led up to it and were too faint to be sure of (over a phone line, whole
words). It closes when it is asked to (`flush`), after long silence, at the first pause once it is
long, or, failing any pause, at its quietest moment. Where one segment ends the next may begin at
the earliest, so no sample is decoded twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from asr.audio import RATE, WINDOW
from asr.settings import HearingSettings
from asr.voicing import Activity, Change, windows


@dataclass(frozen=True)
class Span:
    """A stretch of the stream to decode, in samples since its start."""

    start: int
    end: int
    voiced: int
    """Where speech was first sure; before it lie the pre-roll and what was too faint to be."""


@dataclass(frozen=True)
class Started:
    """Speech began, or went on after a pause."""


@dataclass(frozen=True)
class Continued:
    """There is enough new speech in the open segment for an interim transcript."""

    span: Span


@dataclass(frozen=True)
class Hushed:
    """Silence may be setting in: `span` is the open segment as it will be if it does."""

    span: Span


@dataclass(frozen=True)
class Unhushed:
    """It did not: speech goes on."""


@dataclass(frozen=True)
class Paused:
    """Silence set in: `span` is the whole open segment."""

    span: Span


@dataclass(frozen=True)
class Ended:
    """The segment is over: its final transcript is that of `span`."""

    span: Span


Step = Started | Continued | Hushed | Unhushed | Paused | Ended


@dataclass(frozen=True)
class SegmentState:
    """All that segmentation remembers between windows; positions are samples since the start."""

    floor: int = 0
    """No segment may reach back before this: it belongs to the one before."""
    begin: int | None = None
    """Start of the open segment."""
    voiced: int = 0
    """Where its speech was first detected."""
    hushed: bool = False
    """Silence may be setting in."""
    pause: Span | None = None
    """The open segment as it was when the pause under way set in."""
    spoken: int = 0
    """Speech since the last interim transcript."""
    quietest: tuple[float, int] | None = None
    """Level and place of the quietest moment of a long segment's second half."""
    level: float = 0.0
    """Mean square of the window before."""


_EARLY = RATE
"""Samples of speech in which every word may tell what the voice is about."""
_REACH = 2 * RATE
"""Samples before the detected speech that faint sounds may reach back."""
_LEAD = 3 * WINDOW
"""Samples kept from before faint sounds."""
HUSH = 2 * WINDOW
"""Samples of silence after which a pause is likely enough to decode for it ahead."""


class Segmenter:
    """Cuts one stream's voice activity into segments; holds nothing of any stream."""

    def __init__(self, settings: HearingSettings) -> None:
        self._hush = min(HUSH, windows(settings.pause) * WINDOW)
        self._preroll = windows(settings.preroll) * WINDOW
        self._start = (windows(settings.speech_start) + 1) * WINDOW
        self._interim = round(settings.interim_interval * RATE)
        self._first_interim = round(settings.first_interim * RATE)
        self._silence = round(settings.segment_silence * RATE)
        self._target = round(settings.segment_target * RATE)
        self._longest = round(settings.segment_longest * RATE)

    def step(
        self, state: SegmentState, activity: Activity
    ) -> tuple[SegmentState, tuple[Step, ...]]:
        """Takes what was found in the next window."""
        steps: tuple[Step, ...] = ()
        if activity.change is Change.SPEECH_STARTED:
            state, steps = self._speech_started(state, activity)
        elif activity.change is Change.SPEECH_ENDED and state.begin is not None:
            span = Span(state.begin, activity.end, state.voiced)
            # With the shortest of pauses, silence is there as soon as it may be setting in.
            hushed: tuple[Step, ...] = () if state.hushed else (Hushed(span),)
            state = replace(state, pause=span, spoken=0, hushed=False)
            steps = (*hushed, Paused(span))
        elif state.begin is None:
            pass
        elif state.pause is None:
            state, steps = self._speech_goes_on(state, state.begin, activity)
        elif activity.silence >= self._silence:
            state, steps = _close(state, state.pause)
        return replace(state, level=activity.level), steps

    def flush(self, state: SegmentState, now: int) -> tuple[SegmentState, tuple[Step, ...]]:
        """Ends the open segment, if there is one, at its pause or else at `now`."""
        if state.begin is None:
            return state, ()
        if state.pause is not None:
            return _close(state, state.pause)
        return _cut(state, Span(state.begin, now, state.voiced))

    def needed(self, state: SegmentState, now: int) -> int:
        """The first sample that a segment may still ask for."""
        if state.begin is not None:
            return state.begin
        return max(state.floor, now - self._start - max(self._preroll, _REACH))

    def _earliest(self, state: SegmentState, voiced: int, faint: int) -> int:
        """Where a segment begins that has sure voice from `voiced` and faint from `faint` on."""
        begin = voiced - self._preroll
        if faint < begin:
            begin = max(faint - _LEAD, voiced - _REACH)
        return max(state.floor, begin)

    def _speech_started(
        self, state: SegmentState, activity: Activity
    ) -> tuple[SegmentState, tuple[Step, ...]]:
        ended: tuple[Step, ...] = ()
        # A pause in a long segment was decoded already: its words are as good as final.
        if state.pause is not None and state.pause.end - state.pause.start >= self._target:
            state, ended = _close(state, state.pause)
        if state.begin is None:
            voiced = activity.end - activity.run
            begin = self._earliest(state, voiced, activity.end - activity.faint)
            state = replace(state, begin=begin, voiced=voiced)
        return replace(state, pause=None, spoken=activity.run), (*ended, Started())

    def _speech_goes_on(
        self, state: SegmentState, begin: int, activity: Activity
    ) -> tuple[SegmentState, tuple[Step, ...]]:
        length = activity.end - begin
        if length > self._longest // 2:
            moment = (state.level + activity.level, activity.end - WINDOW)
            state = replace(state, quietest=min(moment, state.quietest or moment))
        if length >= self._longest and state.quietest is not None:
            return _cut(state, Span(begin, state.quietest[1], state.voiced))
        if activity.silence:
            return self._hushes(state, Span(begin, activity.end, state.voiced), activity.silence)
        resumed: tuple[Step, ...] = (Unhushed(),) if state.hushed else ()
        spoken = state.spoken + WINDOW
        early = activity.end - state.voiced < _EARLY
        if spoken < (self._first_interim if early else self._interim):
            return replace(state, spoken=spoken, hushed=False), resumed
        span = Span(begin, activity.end, state.voiced)
        return replace(state, spoken=0, hushed=False), (*resumed, Continued(span))

    def _hushes(
        self, state: SegmentState, span: Span, silence: int
    ) -> tuple[SegmentState, tuple[Step, ...]]:
        """Nothing else is decoded while silence sets in: it would only be in the way."""
        if silence != self._hush:
            return state, ()
        return replace(state, hushed=True, spoken=0), (Hushed(span),)


def _close(state: SegmentState, span: Span) -> tuple[SegmentState, tuple[Step, ...]]:
    return SegmentState(floor=span.end, level=state.level), (Ended(span),)


def _cut(state: SegmentState, span: Span) -> tuple[SegmentState, tuple[Step, ...]]:
    """Ends a segment within speech: the next one is open from there on."""
    following = SegmentState(
        floor=span.end, begin=span.end, voiced=span.end, spoken=state.spoken, level=state.level
    )
    return following, (Ended(span),)

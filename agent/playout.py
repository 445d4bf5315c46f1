"""What the caller is about to hear: speech is written to it, a transport's clock pulls from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

FADE_SAMPLES = 120
"""Length of the fade at a cut, 5 ms at 24 kHz: long enough not to click, too short to be heard."""

REWIND_SAMPLES = 48_000
"""How far back speech can be gone on from, 2 s at 24 kHz: longer than any word."""

DUCKED = 0.3
"""The lowered voice, as a share of the full one: 10 dB less is half as loud to the ear."""


class Playout:
    """Agent audio of one call at 24 kHz, mono int16.

    One utterance at a time: `begin`, then `write` as speech is made, then `finish`. The transport
    calls `pull` for every packet it sends; silence is handed out when there is nothing to say.
    `duck`, `pause` and `stop` take effect at the next pull, with a short fade, so nothing already
    buffered here is heard after the caller has interrupted. What was handed out is kept for a
    while: `resume` may go back to the start of a word. Everything happens on the event loop's
    thread.
    """

    def __init__(self) -> None:
        self.on_started: Callable[[], None] = lambda: None
        """Called at the pull that hands out an utterance's first sample."""
        self.on_drained: Callable[[], None] = lambda: None
        """Called once a finished utterance has been handed out to its last sample."""
        self.on_progress: Callable[[], None] = lambda: None
        """Called at every pull after which `position` is another."""
        self.position = 0
        """Samples of the present utterance that have been heard, those heard twice once."""
        self.underruns = 0
        """Pulls that found an unfinished utterance's buffer short after it had started."""
        self._chunks: deque[Samples] = deque()
        self._buffered = 0
        self._past: deque[Samples] = deque()
        self._kept = 0
        self._next = 0
        self._level = self._wanted_level = 1.0
        self._active = self._finished = self._paused = self._audible = False

    @property
    def buffered(self) -> int:
        """Samples written and not yet handed out."""
        return self._buffered

    def begin(self) -> None:
        """Opens a new utterance at position 0; what was left of the last one is dropped."""
        self._drop()
        self.position = self._next = 0
        self._wanted_level = 1.0
        self._active, self._finished, self._paused = True, False, False

    def write(self, samples: Samples) -> None:
        """Appends speech, int16 of shape (n,), to the open utterance, if there is one."""
        if self._active and len(samples):
            self._chunks.append(samples)
            self._buffered += len(samples)

    def finish(self) -> None:
        """Says that the utterance is complete: `on_drained` follows when it has been handed out."""
        self._finished = True

    def pause(self) -> None:
        """Holds the utterance where it is; what is written meanwhile is kept."""
        self._paused = True

    def duck(self) -> None:
        """Goes on in a lower voice."""
        self._wanted_level = DUCKED

    def resume(self, position: int | None = None) -> None:
        """Goes on in full voice, from sample `position` where one is given that was heard already.

        At most `REWIND_SAMPLES` are heard again.
        """
        self._paused, self._wanted_level = False, 1.0
        if position is not None:
            self._rewind(self._next - position)

    def stop(self) -> int:
        """Drops the rest of the utterance and returns its position in samples."""
        self._active = False
        return self.position

    def pull(self, count: int) -> Samples:
        """The next `count` samples to send."""
        out = np.zeros(count, np.int16)
        if not self._active or self._paused:
            if self._audible:
                self._fade_out(out)
            if not self._active:
                self._drop()
            return out
        before = self.position
        taken = self._take(out)
        if taken and not self._audible:
            ramp = min(taken, FADE_SAMPLES)
            out[:ramp] = (out[:ramp] * np.linspace(0, 1, ramp)).astype(np.int16)
        if self.position > before:
            if not before:
                self.on_started()
            self.on_progress()
        self._audible = taken == count
        if taken < count:
            self._ran_dry(taken)
        return out

    def _ran_dry(self, taken: int) -> None:
        if self._finished:
            self._active = False
            self.on_drained()
        elif self.position:
            self.underruns += 1

    def _take(self, out: Samples) -> int:
        taken = 0
        while taken < len(out) and self._chunks:
            chunk = self._chunks.popleft()
            part = chunk[: len(out) - taken]
            out[taken : taken + len(part)] = part
            taken += len(part)
            if len(part) < len(chunk):
                self._chunks.appendleft(chunk[len(part) :])
        self._buffered -= taken
        self._next += taken
        self.position = max(self.position, self._next)
        self._keep(out[:taken].copy())
        self._scale(out[:taken])
        return taken

    def _scale(self, samples: Samples) -> None:
        """Brings what is handed out to the wanted level, over the fade where it changes."""
        before, self._level = self._level, self._wanted_level
        if before == self._level == 1.0:
            return
        ramp = min(len(samples), FADE_SAMPLES)
        levels = np.full(len(samples), self._level)
        levels[:ramp] = np.linspace(before, self._level, ramp)
        samples[:] = (samples * levels).astype(np.int16)

    def _keep(self, samples: Samples) -> None:
        self._past.append(samples)
        self._kept += len(samples)
        while self._kept - len(self._past[0]) >= REWIND_SAMPLES:
            self._kept -= len(self._past.popleft())

    def _rewind(self, count: int) -> None:
        """Puts the last `count` samples handed out back, or as many as are kept."""
        while count > 0 and self._past:
            samples = self._past.pop()
            self._kept -= len(samples)
            back = samples[-min(count, len(samples)) :]
            if len(back) < len(samples):
                self._keep(samples[: -len(back)])
            self._chunks.appendleft(back)
            self._buffered += len(back)
            self._next -= len(back)
            count -= len(back)

    def _fade_out(self, out: Samples) -> None:
        """Lets the next few samples ring out so that a cut does not click; they count as played."""
        tail = out[:FADE_SAMPLES]
        taken = self._take(tail)
        tail[:taken] = (tail[:taken] * np.linspace(1, 0, taken)).astype(np.int16)
        self._audible = False

    def _drop(self) -> None:
        self._chunks.clear()
        self._past.clear()
        self._buffered = self._kept = 0

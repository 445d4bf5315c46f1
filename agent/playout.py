"""What the caller is about to hear: speech is written to it, a transport's clock pulls from it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

FADE_SAMPLES = 120
"""Length of the fade at a cut, 5 ms at 24 kHz: long enough not to click, too short to be heard."""


class Playout:
    """Agent audio of one call at 24 kHz, mono int16.

    One utterance at a time: `begin`, then `write` as speech is made, then `finish`. The transport
    calls `pull` for every packet it sends; silence is handed out when there is nothing to say.
    `pause` and `stop` take effect at the next pull, with a short fade, so nothing already buffered
    here is heard after the caller has interrupted. Everything happens on the event loop's thread.
    """

    def __init__(self) -> None:
        self.on_started: Callable[[], None] = lambda: None
        """Called at the pull that hands out an utterance's first sample."""
        self.on_drained: Callable[[], None] = lambda: None
        """Called once a finished utterance has been handed out to its last sample."""
        self.position = 0
        """Samples of the present utterance handed out so far."""
        self.underruns = 0
        """Pulls that found an unfinished utterance's buffer short after it had started."""
        self._chunks: deque[Samples] = deque()
        self._buffered = 0
        self._active = self._finished = self._paused = self._audible = False

    @property
    def buffered(self) -> int:
        """Samples written and not yet handed out."""
        return self._buffered

    def begin(self) -> None:
        """Opens a new utterance at position 0; what was left of the last one is dropped."""
        self._drop()
        self.position = 0
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

    def resume(self) -> None:
        """Goes on from where `pause` held the utterance."""
        self._paused = False

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
        taken = self._take(out)
        if taken and not self._audible:
            ramp = min(taken, FADE_SAMPLES)
            out[:ramp] = (out[:ramp] * np.linspace(0, 1, ramp)).astype(np.int16)
        if taken and self.position == taken:
            self.on_started()
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
        self.position += taken
        return taken

    def _fade_out(self, out: Samples) -> None:
        """Lets the next few samples ring out so that a cut does not click; they count as played."""
        tail = out[:FADE_SAMPLES]
        taken = self._take(tail)
        tail[:taken] = (tail[:taken] * np.linspace(1, 0, taken)).astype(np.int16)
        self._audible = False

    def _drop(self) -> None:
        self._chunks.clear()
        self._buffered = 0

"""How a fetch shows where it is: a bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from typing import TextIO

_BAR = 24
_REDRAW = 0.1
"""Seconds between two drawings."""
_QUIET = 5.0
"""Seconds between two lines."""


def megabytes(size: float) -> str:
    """A size in bytes as people read it: `145.2 MB`."""
    return f"{size / 1e6:.1f} MB"


class Progress(ABC):
    """One thing at a time, with a known number of bytes to go."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.label, self.total, self.done = "", 0, 0

    def begin(self, label: str, total: int, done: int = 0) -> None:
        """Starts on `total` bytes, of which `done` are there already."""
        self.label, self.total, self.done = label, total, done
        self.started()

    def advance(self, count: int) -> None:
        """Counts bytes that have come."""
        self.done += count
        self.moved()

    def reach(self, done: int) -> None:
        """Sets the number of bytes that have come."""
        self.done = done
        self.moved()

    @abstractmethod
    def say(self, sentence: str) -> None:
        """A line of its own."""

    @abstractmethod
    def started(self) -> None: ...

    @abstractmethod
    def moved(self) -> None: ...

    @abstractmethod
    def end(self) -> None:
        """Leaves the stream at the start of a line; harmless at any time."""


class Bar(Progress):
    """Redraws one line: label, bar, share, bytes, speed."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._began = self._drawn = 0.0
        self._first = self._width = 0

    def say(self, sentence: str) -> None:
        self._clear()
        print(sentence, file=self.stream, flush=True)

    def started(self) -> None:
        self._began, self._first = time.monotonic(), self.done
        self._draw()

    def moved(self) -> None:
        if time.monotonic() - self._drawn >= _REDRAW:
            self._draw()

    def end(self) -> None:
        self._clear()

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        share = min(self.done / self.total, 1.0) if self.total else 1.0
        bar = ("#" * round(share * _BAR)).ljust(_BAR, ".")
        speed = (self.done - self._first) / max(self._drawn - self._began, _REDRAW)
        left = f"  {(self.total - self.done) / speed:.0f} s left" if speed > 0 else ""
        counts = f"{self.done / 1e6:.1f}/{megabytes(self.total)}  {megabytes(speed)}/s{left}"
        line = f"{self.label}  [{bar}] {share:4.0%}  {counts}"
        self.stream.write("\r" + line.ljust(self._width))
        self.stream.flush()
        self._width = len(line)

    def _clear(self) -> None:
        if self._width:
            self.stream.write("\r" + " " * self._width + "\r")
            self.stream.flush()
            self._width = 0


class Lines(Progress):
    """A line every few seconds, for what takes long: readable in a log."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._said = 0.0

    def say(self, sentence: str) -> None:
        print(sentence, file=self.stream, flush=True)

    def started(self) -> None:
        self._said = time.monotonic()

    def moved(self) -> None:
        if time.monotonic() - self._said >= _QUIET:
            self._said = time.monotonic()
            counts = f"{self.done / 1e6:.1f} of {megabytes(self.total)}"
            self.say(f"{self.label}: {counts}")

    def end(self) -> None:
        pass


def progress_on(stream: TextIO = sys.stderr) -> Progress:
    """What suits the stream."""
    return Bar(stream) if stream.isatty() else Lines(stream)

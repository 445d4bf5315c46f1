"""The engine's thread, where all open speeches take turns, one frame each."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from tts.chunk import Chunk

logger = logging.getLogger(__name__)

Listener = Callable[[Chunk | Exception | None], None]
"""Takes every frame of a speech, then None (or what went wrong); called on the booth's thread."""


class Speech(Protocol):
    """One stream of speech in an engine: `tts.speech.Speech` and those of other engines."""

    @property
    def done(self) -> bool:
        """Whether the text has ended and every frame of it was taken."""

    def push(self, text: str) -> None:
        """Give the next piece of text, of any length."""

    def end(self) -> None:
        """Say that no more text will come."""

    def step(self) -> Chunk | None:
        """The next frame; None when there is none to have now.

        While any open speech has frames to come, one of them has one when all are asked in turn.
        """

    def close(self) -> None:
        """Say no more: what was not spoken is dropped."""


class SpeakingEngine(Protocol):
    """What makes speeches; used from one thread only."""

    def speech(self, seed: int | None = None) -> Speech:
        """A new speech, with noise of its own from the seed (the settings' unless given)."""


class Booth:
    """The engine's thread. Its methods may be called from any thread; none of them blocks."""

    def __init__(self, load: Callable[[], SpeakingEngine]) -> None:
        self._load = load
        self._orders: deque[Callable[[], object]] = deque()
        self._wake = threading.Condition()
        self._open: dict[int, tuple[Speech, Listener]] = {}
        self._flowing: set[int] = set()
        self._ids = iter(range(1, 1 << 62))
        self._closing = False
        self._engine: SpeakingEngine
        self.loaded: Future[None] = Future()
        """Done once the engine is loaded and warm; fails with what kept it from loading."""
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)
        self._thread.start()

    @property
    def open_speeches(self) -> int:
        """Speeches that are being spoken or wait for text."""
        return len(self._open)

    def open(self, listener: Listener, begin: Callable[[], Speech] | None = None) -> int:
        """Begin a speech and return its number.

        `begin` makes it, on the booth's thread; the engine makes one as its settings say.
        """
        number = next(self._ids)

        def start() -> None:
            try:
                self._open[number] = ((begin or self._engine.speech)(), listener)
            except Exception as error:
                listener(error)

        self._order(start)
        return number

    def push(self, number: int, text: str) -> None:
        """More text for a speech."""
        self._order(lambda: self._with(number, lambda speech: speech.push(text)))

    def end(self, number: int) -> None:
        """No more text for a speech."""
        self._order(lambda: self._with(number, lambda speech: speech.end()))

    def close(self, number: int) -> None:
        """Stop a speech, within the frame that is being made; its listener hears no more."""
        self._order(lambda: self._drop(number))

    def shut_down(self) -> None:
        """End the thread after the frame it is making; open speeches are dropped."""

        def stop() -> None:
            self._closing = True

        self._order(stop)

    def join(self) -> None:
        """Wait until the thread has ended, which `shut_down` asks it to."""
        self._thread.join()

    def _order(self, order: Callable[[], object]) -> None:
        with self._wake:
            self._orders.append(order)
            self._wake.notify()

    def _with(self, number: int, act: Callable[[Speech], None]) -> None:
        if number in self._open:
            act(self._open[number][0])

    def _drop(self, number: int) -> None:
        if number in self._open:
            speech, _ = self._open.pop(number)
            self._flowing.discard(number)
            speech.close()

    def _run(self) -> None:
        try:
            self._engine = self._load()
        except Exception as error:
            self.loaded.set_exception(error)
            return
        self.loaded.set_result(None)
        while not self._closing:
            with self._wake:
                orders, self._orders = self._orders, deque()
            for order in orders:
                order()
            # Whoever asked for the end may have nothing more to wake this thread with.
            if not self._closing and not self._take_turns():
                with self._wake:
                    self._wake.wait_for(lambda: self._orders)

    def _take_turns(self) -> bool:
        """One frame of every speech that has one; whether any had.

        To begin takes a speech longer than to go on, so no more than one begins in a round: those
        that are being heard do not wait for many.
        """
        spoke = began = False
        for number in sorted(self._open, key=lambda number: number not in self._flowing):
            flowed = number in self._flowing
            if began and not flowed:
                break
            self._flowing.discard(number)
            speech, listener = self._open[number]
            try:
                chunk = speech.step()
            except Exception as error:
                logger.exception("a speech broke off")
                self._drop(number)
                listener(error)
                continue
            if chunk is not None:
                spoke = True
                began = began or not flowed
                self._flowing.add(number)
                listener(chunk)
            elif speech.done:
                del self._open[number]
                listener(None)
            if self._orders:
                # Someone may be hanging up: hear them before the next speech's frame.
                return True
        return spoke

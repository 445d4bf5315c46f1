"""One reply in the making: text from the model, speech from the voice, held until released."""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import soxr
from livekit import rtc
from livekit.agents import APIError, tts
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT, TimedString

from agent.line import AGENT_RATE
from agent.playout import Playout, Samples

log = logging.getLogger(__name__)

SPECULATIVE_CHARACTERS = 80
"""How much text is spoken before the turn is known to be over; bounds the work thrown away."""


class Pieces(Protocol):
    """Text as it comes, that can be told to stop coming."""

    def __aiter__(self) -> AsyncIterator[str]: ...

    async def aclose(self) -> None:
        """Stops it."""


@dataclass
class Progress:
    """When the reply's steps were done, seconds on the call's clock; None until then."""

    started: float
    first_token: float | None = None
    first_clause: float | None = None
    first_audio: float | None = None


@dataclass(frozen=True)
class SpokenWord:
    """A word and when its sound begins and is over, seconds from the start of the reply's audio."""

    text: str
    start: float
    end: float


class SpokenReply:
    """Speaks `pieces` of text on a `Playout` as they come; nothing is heard before `release`.

    `on_empty` is called when a released reply turns out to hold nothing to hear.
    """

    def __init__(
        self,
        pieces: Pieces,
        voice: tts.TTS[Any],
        playout: Playout,
        clock: Callable[[], float],
        on_empty: Callable[[], None],
    ) -> None:
        self.progress = Progress(clock())
        self.text = ""
        """All text sent to the voice so far."""
        self._pieces = pieces
        self._voice = voice
        self._playout = playout
        self._clock = clock
        self._on_empty = on_empty
        self._words: list[SpokenWord] = []
        self._made = 0
        self._early: list[Samples] = []
        self._over = False
        self._released = asyncio.Event()
        self._resampler = _resampler(voice.sample_rate)
        self._task = asyncio.create_task(self._make())

    def release(self) -> None:
        """Lets the reply be heard: what is made already at once, the rest as it comes."""
        self._playout.begin()
        for samples in self._early:
            self._playout.write(samples)
        self._early.clear()
        self._released.set()
        if self._task.done():
            self._complete()

    def drop(self) -> None:
        """Nothing more of it is written to the playout, from now on."""
        self._over = True
        self._task.cancel()

    async def cancel(self) -> None:
        """Stops the making of it, down to the language model and the voice."""
        self.drop()
        await asyncio.gather(self._task, return_exceptions=True)

    @property
    def words(self) -> list[str]:
        """The words made so far, in order."""
        return [word.text for word in self._words] or self.text.split()

    def words_heard(self, position: int) -> int:
        """How many words were over after `position` samples of the reply's audio."""
        if self._words:
            return bisect_right(
                self._words, position, key=lambda word: round(word.end * AGENT_RATE)
            )
        # A voice without word times is taken to speak at an even pace.
        return len(self.words) * min(position, self._made) // max(self._made, 1)

    def heard(self, position: int) -> str:
        """The words whose sound was over after `position` samples of the reply's audio."""
        return " ".join(self.words[: self.words_heard(position)])

    def start_of(self, word: int) -> int:
        """The sample at which word number `word` begins."""
        if word < len(self._words):
            return round(self._words[word].start * AGENT_RATE)
        return self._made * word // max(len(self.words), 1)

    async def _make(self) -> None:
        try:
            async with aclosing(self._voice.stream()) as stream, asyncio.TaskGroup() as both:
                both.create_task(self._feed(stream))
                both.create_task(self._collect(stream))
        except* APIError as errors:
            log.error("The voice failed: %s", errors.exceptions[0])
        if self._released.is_set():
            self._complete()

    async def _feed(self, stream: tts.SynthesizeStream) -> None:
        async with aclosing(self._pieces):
            async for piece in self._pieces:
                self.progress.first_token = self.progress.first_token or self._clock()
                if len(self.text) > SPECULATIVE_CHARACTERS:
                    await self._released.wait()
                if self.progress.first_audio is None:
                    self.progress.first_clause = self._clock()
                self.text += piece
                stream.push_text(piece)
        stream.end_input()

    async def _collect(self, stream: tts.SynthesizeStream) -> None:
        async for audio in stream:
            self.progress.first_audio = self.progress.first_audio or self._clock()
            self._note_words(audio.frame)
            samples = np.frombuffer(audio.frame.data, np.int16)
            self._put(samples if self._resampler is None else self._resampler(samples))

    def _note_words(self, frame: rtc.AudioFrame) -> None:
        timed: list[TimedString] = frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])
        for word in timed:
            if isinstance(word.end_time, float):
                before = self._words[-1].end if self._words else 0.0
                start = word.start_time if isinstance(word.start_time, float) else before
                self._words.append(SpokenWord(str(word).strip(), start, word.end_time))

    def _put(self, samples: Samples) -> None:
        if self._over:
            return
        self._made += len(samples)
        if self._released.is_set():
            self._playout.write(samples)
        else:
            self._early.append(samples)

    def _complete(self) -> None:
        if self._over:
            return
        if self._made:
            self._playout.finish()
        else:
            self._on_empty()


def _resampler(rate: int) -> Callable[[Samples], Samples] | None:
    """A streaming resampler from `rate` to the agent's, None where they are equal."""
    if rate == AGENT_RATE:
        return None
    stream = soxr.ResampleStream(rate, AGENT_RATE, 1, dtype="int16")
    return lambda samples: stream.resample_chunk(samples)

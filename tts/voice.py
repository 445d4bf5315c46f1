"""The voice as a livekit-agents plugin: `tts.TTS` with streamed text, speech and word times.

The engine lives on a thread of its own (the booth), where all open speeches take turns, one frame
each. The event loop only passes text in and frames out.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from livekit.agents import APIConnectOptions, APIError, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.voice.io import TimedString

from tts.codec import FRAME, SAMPLE_RATE
from tts.engine import Chunk, Engine
from tts.settings import SpeakingSettings

logger = logging.getLogger(__name__)

Listener = Callable[[Chunk | Exception | None], None]
"""Takes every frame of a speech, then None (or what went wrong); called on the booth's thread."""


class Speech(Protocol):
    """One stream of speech in an engine: `tts.engine.Speech` and those of other engines."""

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


class BoothVoice(tts.TTS[Any]):
    """Any engine as a voice, 24 kHz mono, in frames of 80 ms.

    Made at once; the engine loads on its own thread. Await `ready()` before the first call, or
    the first words wait for it.
    """

    def __init__(self, load: Callable[[], SpeakingEngine], *, has_word_times: bool) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=True, aligned_transcript=has_word_times),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
        )
        self.booth = Booth(load)

    async def ready(self) -> None:
        """Wait until the engine is loaded and warm.

        Raises:
            WeightsError: the weights are missing or broken, or the machine is too small for them.
        """
        await asyncio.wrap_future(self.booth.loaded)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Speak a whole text."""
        return self._synthesize_with_stream(text, conn_options=conn_options)

    def stream(
        self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> VoiceStream:
        """Speak text that comes in pieces."""
        return VoiceStream(self, conn_options)

    async def aclose(self) -> None:
        """Stop the engine's thread."""
        self.booth.shut_down()


class Voice(BoothVoice):
    """Parley's own voice: one model, and for each stream a speaker and a rate."""

    def __init__(self, weights: Path, settings: SpeakingSettings | None = None) -> None:
        def load() -> Engine:
            self._engine = Engine(weights, settings)
            return self._engine

        super().__init__(load, has_word_times=True)

    def stream(
        self,
        *,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        voice: str | None = None,
        rate: float | None = None,
    ) -> VoiceStream:
        """Speak text that comes in pieces; who and how fast, as the settings say unless given.

        A voice that the engine does not have breaks the stream off with a sentence that lists
        those it has.
        """
        begin = partial(self._speech, voice, rate)
        return VoiceStream(self, conn_options, begin)

    def _speech(self, voice: str | None, rate: float | None) -> Speech:
        return self._engine.speech(voice=voice, rate=rate)

    @property
    def model(self) -> str:
        """Name of the model in metrics and traces."""
        return "parley-voice"

    @property
    def provider(self) -> str:
        """Name of the provider in metrics and traces."""
        return "parley"


class VoiceStream(tts.SynthesizeStream):
    """One speech. `aclose` stops the engine within the frame it is making."""

    def __init__(
        self,
        voice: BoothVoice,
        conn_options: APIConnectOptions,
        begin: Callable[[], Speech] | None = None,
    ) -> None:
        super().__init__(tts=voice, conn_options=conn_options)
        self._booth = voice.booth
        self._begin = begin

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=SAMPLE_RATE,
            num_channels=1,
            mime_type="audio/pcm",
            stream=True,
        )
        output_emitter.start_segment(segment_id=utils.shortuuid())
        loop = asyncio.get_running_loop()
        frames: asyncio.Queue[Chunk | Exception | None] = asyncio.Queue()

        def hear(frame: Chunk | Exception | None) -> None:
            # The loop may have closed while the last frame was being made.
            if not loop.is_closed():
                loop.call_soon_threadsafe(frames.put_nowait, frame)

        speech = self._booth.open(hear, self._begin)
        feeding = asyncio.create_task(self._feed(speech))
        try:
            heard = False
            while (frame := await frames.get()) is not None:
                if isinstance(frame, Exception):
                    raise APIError(f"The voice broke off: {frame}", retryable=False) from frame
                push(output_emitter, frame)
                heard = True
            if not heard and self._pushed_text:
                # Text with nothing to say in it is no error: a moment of silence is its speech.
                output_emitter.push(bytes(2 * FRAME))
            output_emitter.end_segment()
        finally:
            self._booth.close(speech)
            await utils.aio.cancel_and_wait(feeding)

    async def _feed(self, speech: int) -> None:
        """Pass the text on as it comes; a flush in the middle only ends a segment for metrics."""
        async for piece in self._input_ch:
            if isinstance(piece, str):
                self._mark_started()
                self._booth.push(speech, piece)
        self._booth.end(speech)


def push(emitter: tts.AudioEmitter, chunk: Chunk) -> None:
    """Hand a frame on, the words that begin in it first."""
    for word in chunk.words:
        text = TimedString(word.text + " ", start_time=word.start, end_time=word.end)
        emitter.push_timed_transcript(text)
    emitter.push(np.round(chunk.samples * 32767).astype(np.int16).tobytes())

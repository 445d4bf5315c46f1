"""The voice as a livekit-agents plugin: `tts.TTS` with streamed text, speech and word times.

The engine lives on a thread of its own, the booth. The event loop only passes text in and frames
out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from livekit.agents import APIConnectOptions, APIError, tts, utils
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.voice.io import TimedString

from tts.booth import Booth, SpeakingEngine, Speech
from tts.chunk import Chunk
from tts.codec import FRAME, SAMPLE_RATE
from tts.engine import Engine
from tts.settings import SpeakingSettings


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

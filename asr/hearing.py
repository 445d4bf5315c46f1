"""Streaming speech recognition as a LiveKit `stt.STT` plugin.

Each stream runs voice activity and segmentation as its audio comes, and hands spans of it to the
one decoding thread that all streams share. A pause is decoded as soon as the voice falls silent,
before it is known to be one: its words are there while the endpointing still waits. A second look
gives them their times and clears up what is in doubt; then they are the FINAL transcript, unless
the speech goes on.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from livekit import rtc
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, stt
from livekit.agents.types import NOT_GIVEN, NotGivenOr
from livekit.agents.utils import AudioBuffer, is_given

from asr.audio import NO_SAMPLES, RATE, as_float, mono, samples_of
from asr.decoding import Decoder, DecodingQueue
from asr.hearing_stream import HearingStream, speech_data
from asr.recogniser import Recogniser
from asr.segments import Span
from asr.settings import HearingSettings
from asr.voicing import Detector, Silero


class Hearing(stt.STT[str]):
    """A recogniser over live audio; one object serves every call.

    A stream emits START_OF_SPEECH, INTERIM_TRANSCRIPT while speech goes on, and at every pause
    END_OF_SPEECH and PREFLIGHT_TRANSCRIPT with all words since the last FINAL: as they were first
    seen or, where those are in doubt, after a second look. FINAL_TRANSCRIPT, the only one in which
    words may carry times, follows `flush()` or `settings.segment_silence`; a long segment ends
    without either, so a turn may have several. Segments without words have no transcript of any
    kind.
    Where words are in doubt and sound like another language than that they are written in,
    `source_languages` of the FINAL names it.
    """

    def __init__(self, recogniser: Recogniser, settings: HearingSettings | None = None) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=True,
                aligned_transcript="word" if recogniser.word_times else False,
                manual_flush=True,
            )
        )
        self._settings = settings or HearingSettings()
        self._recogniser = recogniser
        self._queue = DecodingQueue()
        self._detector = Detector(Silero(), self._settings)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hearing-activity")

    @property
    def model(self) -> str:
        return self._recogniser.name

    @property
    def provider(self) -> str:
        return "parley"

    def stream(
        self,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
    ) -> HearingStream:
        """Listens to one caller: int16 frames of any one rate, mono or stereo."""
        return HearingStream(
            self,
            conn_options,
            decoder=self._decoder(language),
            detector=self._detector,
            executor=self._executor,
            settings=self._settings,
        )

    async def _recognize_impl(
        self,
        buffer: AudioBuffer,
        *,
        language: NotGivenOr[str] = NOT_GIVEN,
        conn_options: APIConnectOptions,
    ) -> stt.SpeechEvent:
        frame = mono(rtc.combine_audio_frames(buffer))
        samples = samples_of(frame)
        if frame.sample_rate != RATE:
            resampler = rtc.AudioResampler(frame.sample_rate, RATE)
            pieces = [*resampler.push(frame), *resampler.flush()]
            samples = np.concatenate([NO_SAMPLES, *map(samples_of, pieces)])
        decoder = self._decoder(language)
        audio = as_float(samples)
        transcript = await asyncio.wrap_future(decoder.transcribe(audio))
        return stt.SpeechEvent(
            stt.SpeechEventType.FINAL_TRANSCRIPT,
            alternatives=[speech_data(transcript, Span(0, len(audio), 0), 0.0)],
        )

    def _decoder(self, language: NotGivenOr[str]) -> Decoder:
        return Decoder(self._queue, self._recogniser, language if is_given(language) else None)

    async def aclose(self) -> None:
        """Stops the decoding thread; close the streams before."""
        await asyncio.to_thread(self._queue.close)
        self._executor.shutdown()

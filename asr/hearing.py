"""Streaming speech recognition as a LiveKit `stt.STT` plugin.

Each stream runs voice activity and segmentation as its audio comes, and hands spans of it to the
one decoding thread that all streams share. A pause is decoded when it begins, so that its words
are there while the endpointing still waits; they become the FINAL transcript unless the speech
goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from livekit import rtc
from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    APIConnectionError,
    APIConnectOptions,
    LanguageCode,
    stt,
)
from livekit.agents.types import NOT_GIVEN, NotGivenOr, TimedString
from livekit.agents.utils import AudioBuffer, is_given

from asr.audio import NO_SAMPLES, RATE, Tape, as_float, mono, samples_of, split
from asr.decoding import Decoder, DecodingQueue, Urgency
from asr.segments import Continued, Ended, Paused, Segmenter, SegmentState, Span, Started, Step
from asr.settings import HearingSettings
from asr.voicing import Detector, Silero
from asr.whisper import Transcript, Whisper

_TRANSCRIPTS = {
    Urgency.FINAL: stt.SpeechEventType.FINAL_TRANSCRIPT,
    Urgency.PAUSE: stt.SpeechEventType.PREFLIGHT_TRANSCRIPT,
    Urgency.INTERIM: stt.SpeechEventType.INTERIM_TRANSCRIPT,
}


class Hearing(stt.STT[str]):
    """Whisper over live audio; one object serves every call.

    A stream emits START_OF_SPEECH, INTERIM_TRANSCRIPT while speech goes on, and at every pause
    END_OF_SPEECH and PREFLIGHT_TRANSCRIPT with all words since the last FINAL. FINAL_TRANSCRIPT
    follows `flush()` or `settings.segment_silence`; a long segment ends without either, so a turn
    may have several. Segments without words have no transcript of any kind.
    """

    def __init__(self, whisper: Whisper, settings: HearingSettings | None = None) -> None:
        super().__init__(
            capabilities=stt.STTCapabilities(
                streaming=True,
                interim_results=True,
                aligned_transcript="word",
                manual_flush=True,
            )
        )
        self._settings = settings or HearingSettings()
        self._whisper = whisper
        self._queue = DecodingQueue()
        self._detector = Detector(Silero(), self._settings)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hearing-activity")

    @property
    def model(self) -> str:
        return self._whisper.name

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
            decoder=Decoder(self._queue, self._whisper, language if is_given(language) else None),
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
        decoder = Decoder(self._queue, self._whisper, language if is_given(language) else None)
        audio = as_float(samples)
        transcript = await asyncio.wrap_future(decoder.decode(audio, Urgency.FINAL))
        return stt.SpeechEvent(
            stt.SpeechEventType.FINAL_TRANSCRIPT,
            alternatives=[_speech_data(transcript, Span(0, len(audio), 0), 0.0)],
        )

    async def aclose(self) -> None:
        """Stops the decoding thread; close the streams before."""
        await asyncio.to_thread(self._queue.close)
        self._executor.shutdown()


@dataclass(frozen=True)
class _Telling:
    """A decode on its way: its result, and the task that tells it when it is there."""

    span: Span
    result: Future[Transcript]
    task: asyncio.Task[Transcript]


class HearingStream(stt.RecognizeStream):
    """One caller's speech; made by `Hearing.stream`."""

    def __init__(
        self,
        hearing: Hearing,
        conn_options: APIConnectOptions,
        *,
        decoder: Decoder,
        detector: Detector,
        executor: ThreadPoolExecutor,
        settings: HearingSettings,
    ) -> None:
        super().__init__(stt=hearing, conn_options=conn_options, sample_rate=RATE)
        self._decoder = decoder
        self._detector = detector
        self._executor = executor
        self._segmenter = Segmenter(settings)
        self._interim: _Telling | None = None
        self._pause: _Telling | None = None

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Takes the next frame of audio."""
        super().push_frame(mono(frame))

    async def _run(self) -> None:
        self._interim = self._pause = None
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._listen(tasks)
        except ExceptionGroup as group:
            error = group.exceptions[0]
            raise APIConnectionError(f"speech could not be decoded: {error}") from error
        finally:
            self._decoder.leave()

    async def _listen(self, tasks: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        detection, segments = self._detector.start(), SegmentState()
        tape, rest = Tape(), NO_SAMPLES
        async for item in self._input_ch:
            if isinstance(item, self._FlushSentinel):
                segments, steps = self._segmenter.flush(segments, tape.end)
                self._carry_out(steps, tape, tasks)
                continue
            samples = samples_of(item)
            tape.record(samples)
            rest, ready = split(rest, samples)
            for window in ready:
                detection, activity = await loop.run_in_executor(
                    self._executor, self._detector.step, detection, window
                )
                segments, steps = self._segmenter.step(segments, activity)
                self._carry_out(steps, tape, tasks)
            tape.forget(self._segmenter.needed(segments, tape.end))

    def _carry_out(self, steps: tuple[Step, ...], tape: Tape, tasks: asyncio.TaskGroup) -> None:
        for step in steps:
            match step:
                case Started():
                    self._drop_pause()
                    self._emit(stt.SpeechEventType.START_OF_SPEECH)
                case Continued(span):
                    self._tell_interim(span, tape, tasks)
                case Paused(span):
                    self._drop_interim()
                    self._emit(stt.SpeechEventType.END_OF_SPEECH)
                    self._pause = self._tell(span, Urgency.PAUSE, tape, tasks)
                case Ended(span):
                    self._conclude(span, tape, tasks)

    def _tell_interim(self, span: Span, tape: Tape, tasks: asyncio.TaskGroup) -> None:
        # Behind: let the decode under way be heard, and do not queue up more.
        if self._interim is not None and self._interim.result.running():
            return
        self._drop_interim()
        self._interim = self._tell(span, Urgency.INTERIM, tape, tasks)

    def _conclude(self, span: Span, tape: Tape, tasks: asyncio.TaskGroup) -> None:
        self._drop_interim()
        pause, self._pause = self._pause, None
        if pause is None:
            self._tell(span, Urgency.FINAL, tape, tasks)
        else:
            self._decoder.hurry(pause.result)
            tasks.create_task(self._repeat_as_final(pause))

    def _tell(self, span: Span, urgency: Urgency, tape: Tape, tasks: asyncio.TaskGroup) -> _Telling:
        result = self._decoder.decode(tape.play(span.start, span.end), urgency)
        return _Telling(span, result, tasks.create_task(self._await_words(span, urgency, result)))

    async def _await_words(
        self, span: Span, urgency: Urgency, result: Future[Transcript]
    ) -> Transcript:
        transcript = await asyncio.wrap_future(result)
        self._emit_words(span, urgency, transcript)
        return transcript

    async def _repeat_as_final(self, pause: _Telling) -> None:
        self._emit_words(pause.span, Urgency.FINAL, await pause.task)

    def _drop_interim(self) -> None:
        if self._interim is not None:
            self._interim.task.cancel()
            self._interim = None

    def _drop_pause(self) -> None:
        if self._pause is not None:
            self._pause.task.cancel()
            self._pause = None

    def _emit_words(self, span: Span, urgency: Urgency, transcript: Transcript) -> None:
        if transcript.text:
            speech = _speech_data(transcript, span, self.start_time_offset)
            self._emit(_TRANSCRIPTS[urgency], alternatives=[speech])
        if urgency is Urgency.FINAL:
            usage = stt.RecognitionUsage(audio_duration=(span.end - span.start) / RATE)
            self._emit(stt.SpeechEventType.RECOGNITION_USAGE, recognition_usage=usage)

    def _emit(
        self,
        kind: stt.SpeechEventType,
        *,
        alternatives: Sequence[stt.SpeechData] = (),
        recognition_usage: stt.RecognitionUsage | None = None,
    ) -> None:
        self._event_ch.send_nowait(
            stt.SpeechEvent(
                kind, alternatives=list(alternatives), recognition_usage=recognition_usage
            )
        )


def _speech_data(transcript: Transcript, span: Span, offset: float) -> stt.SpeechData:
    """A transcript of `span` as LiveKit's value, in seconds from the stream's start + `offset`."""
    begin, earliest = offset + span.start / RATE, offset + span.voiced / RATE
    # The alignment gives the first word all the silence before it.
    words = [
        TimedString(
            word.text,
            start_time=max(begin + word.start, min(earliest, begin + word.end)),
            end_time=begin + word.end,
        )
        for word in transcript.words
    ]
    return stt.SpeechData(
        language=LanguageCode(transcript.language),
        text=transcript.text,
        start_time=earliest,
        end_time=offset + span.end / RATE,
        confidence=transcript.confidence,
        words=words,
    )

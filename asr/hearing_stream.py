"""One caller's speech on its way to words: what is decoded when, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from livekit import rtc
from livekit.agents import (
    APIConnectionError,
    APIConnectOptions,
    LanguageCode,
    stt,
)
from livekit.agents.types import TimedString

from asr.audio import NO_SAMPLES, RATE, Tape, mono, samples_of, split
from asr.decoding import Decoder, Urgency
from asr.recogniser import Look
from asr.segments import (
    Continued,
    Ended,
    Hushed,
    Paused,
    Segmenter,
    SegmentState,
    Span,
    Started,
    Step,
    Unhushed,
)
from asr.settings import HearingSettings
from asr.transcript import Transcript
from asr.voicing import Detector

_INTERIM = stt.SpeechEventType.INTERIM_TRANSCRIPT
_PREFLIGHT = stt.SpeechEventType.PREFLIGHT_TRANSCRIPT
_FINAL = stt.SpeechEventType.FINAL_TRANSCRIPT

SOURCE_PROBABILITY = "source_language_probability"
"""In the metadata of words in doubt: how probable the one of their `source_languages` is."""


@dataclass(frozen=True)
class _Look:
    """A first look on its way."""

    span: Span
    result: Future[Look]


@dataclass
class _Pause:
    """The words of a pause on their way: first look, second look, and the task that tells them."""

    span: Span
    job: Future[Any]
    urgency: Urgency = Urgency.PAUSE
    task: asyncio.Task[Transcript] = field(init=False)


class HearingStream(stt.RecognizeStream):
    """One caller's speech; made by `Hearing.stream`."""

    def __init__(
        self,
        hearing: stt.STT[str],
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
        self._interim: tuple[_Look, asyncio.Task[None]] | None = None
        self._hush: _Look | None = None
        self._pause: _Pause | None = None
        self._final: asyncio.Task[None] | None = None

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Takes the next frame of audio."""
        super().push_frame(mono(frame))

    async def _run(self) -> None:
        self._interim = self._hush = self._pause = self._final = None
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
                    self._look_meanwhile(span, tape, tasks)
                case Hushed(span):
                    self._drop_interim()
                    self._hush = look = self._look(span, tape, Urgency.PAUSE)
                    # Until the pause is known to be one, they are as good as an interim's.
                    self._interim = look, tasks.create_task(self._tell_interim(look))
                case Unhushed():
                    self._hush = None
                case Paused(span):
                    self._emit(stt.SpeechEventType.END_OF_SPEECH)
                    self._settle_pause(span, tasks)
                case Ended(span):
                    self._conclude(span, tape, tasks)

    def _look(self, span: Span, tape: Tape, urgency: Urgency) -> _Look:
        return _Look(span, self._decoder.look(tape.play(span.start, span.end), urgency))

    def _look_meanwhile(self, span: Span, tape: Tape, tasks: asyncio.TaskGroup) -> None:
        # Behind: let the decode under way be heard, and do not queue up more.
        if self._interim is not None and self._interim[0].result.running():
            return
        self._drop_interim()
        look = self._look(span, tape, Urgency.INTERIM)
        self._interim = look, tasks.create_task(self._tell_interim(look))

    def _settle_pause(self, span: Span, tasks: asyncio.TaskGroup) -> None:
        look, self._hush = self._hush, None
        assert look is not None, "a hush comes before every pause"
        self._interim = None  # it shares the look
        self._pause = pause = _Pause(span, look.result)
        pause.task = tasks.create_task(self._tell_pause(pause, look))

    def _conclude(self, span: Span, tape: Tape, tasks: asyncio.TaskGroup) -> None:
        self._drop_interim()
        pause, self._pause = self._pause, None
        if pause is None:
            self._drop_hush()
            whole = asyncio.wrap_future(
                self._decoder.transcribe(tape.play(span.start, span.end))
            )
            telling = self._tell_final(span, whole, after=self._final)
        else:
            pause.urgency = Urgency.FINAL
            self._decoder.hurry(pause.job)
            telling = self._tell_final(pause.span, pause.task, after=self._final)
        self._final = tasks.create_task(telling)

    async def _tell_interim(self, look: _Look) -> None:
        seen = await asyncio.wrap_future(look.result)
        self._emit_words(_INTERIM, look.span, seen.transcript)

    async def _tell_pause(self, pause: _Pause, look: _Look) -> Transcript:
        seen = await asyncio.wrap_future(look.result)
        # An answer to doubtful words would be begun for nothing, and hold up the second look.
        first = _INTERIM if seen.doubtful else _PREFLIGHT
        self._emit_words(first, pause.span, seen.transcript)
        pause.job = settling = self._decoder.settle(seen, pause.urgency)
        settled = await asyncio.wrap_future(settling)
        if seen.doubtful or settled.text != seen.transcript.text:
            self._emit_words(_PREFLIGHT, pause.span, settled)
        return settled

    async def _tell_final(
        self, span: Span, words: asyncio.Future[Transcript], *, after: asyncio.Task[None] | None
    ) -> None:
        transcript = await words
        # A pause is decoded in two steps, and speech that was cut in one: it may be done before.
        if after is not None:
            await after
        self._emit_words(_FINAL, span, transcript)
        usage = stt.RecognitionUsage(audio_duration=(span.end - span.start) / RATE)
        self._emit(stt.SpeechEventType.RECOGNITION_USAGE, recognition_usage=usage)

    def _drop_interim(self) -> None:
        if self._interim is not None:
            self._interim[1].cancel()
            self._interim = None

    def _drop_hush(self) -> None:
        if self._hush is not None:
            self._hush.result.cancel()
            self._hush = None

    def _drop_pause(self) -> None:
        if self._pause is not None:
            self._pause.task.cancel()
            self._pause = None

    def _emit_words(self, kind: stt.SpeechEventType, span: Span, transcript: Transcript) -> None:
        if transcript.text:
            speech = speech_data(transcript, span, self.start_time_offset)
            self._emit(kind, alternatives=[speech])

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


def speech_data(transcript: Transcript, span: Span, offset: float) -> stt.SpeechData:
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
    spoken = transcript.spoken
    return stt.SpeechData(
        language=LanguageCode(transcript.language),
        text=transcript.text,
        start_time=earliest,
        end_time=offset + span.end / RATE,
        confidence=transcript.confidence,
        words=words,
        source_languages=None if spoken is None else [LanguageCode(spoken.code)],
        metadata=None if spoken is None else {SOURCE_PROBABILITY: spoken.probability},
    )

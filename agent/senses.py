"""What is heard of the caller, as events of the turn machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from livekit import rtc
from livekit.agents import stt, vad
from livekit.agents.types import TimedString

from agent.loudness import Loudness
from asr.hearing_stream import SOURCE_PROBABILITY
from asr.turn_end import TurnEnd
from dialogue import turns

VOICED = 0.5
"""Probability of voice from which a window counts for the caller's loudness."""

_WORDS: dict[
    stt.SpeechEventType, type[turns.InterimWords | turns.PauseWords | turns.FinalWords]
] = {
    stt.SpeechEventType.INTERIM_TRANSCRIPT: turns.InterimWords,
    stt.SpeechEventType.PREFLIGHT_TRANSCRIPT: turns.PauseWords,
    stt.SpeechEventType.FINAL_TRANSCRIPT: turns.FinalWords,
}


class Senses:
    """One call's hearing, voice activity and ear for ends; `post` is told of everything, at once.

    `clock` gives seconds since the call began. Any LiveKit plugins will do.
    """

    def __init__(
        self,
        hearing: stt.STT[Any],
        voice_activity: vad.VAD,
        turn_end: TurnEnd,
        clock: Callable[[], float],
        post: Callable[[turns.Event], None],
    ) -> None:
        self._hearing = hearing.stream()
        self._vad = voice_activity.stream()
        self._turn_end = turn_end.stream()
        self._weighing: asyncio.Task[None] | None = None
        self._clock = clock
        self._post = post
        self._loudness = Loudness()
        self._stretch = False
        """Between the start and the end of speech, as they were told."""
        self._stream_began: float | None = None

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Takes the caller's next audio."""
        if self._stream_began is None:
            self._stream_began = self._clock()
        self._vad.push_frame(frame)
        self._turn_end.push_frame(frame)
        self._hearing.push_frame(frame)

    def finalize(self) -> None:
        """Asks for the final words of the open segment."""
        self._hearing.flush()

    def turn_over(self) -> None:
        """What comes next is a new turn."""
        self._turn_end.turn_over()

    async def watch_voice(self) -> None:
        """Tells of the caller's voice, until the stream ends."""
        async for event in self._vad:
            match event.type:
                case vad.VADEventType.INFERENCE_DONE:
                    self._listen(event)
                case vad.VADEventType.START_OF_SPEECH:
                    since = self._clock() - event.speech_duration
                    self._stretch = True
                    self._turn_end.voice_started(event.speech_duration)
                    self._post(turns.VoiceStarted(since, self._loudness.tell()))
                case vad.VADEventType.END_OF_SPEECH:
                    since = self._clock() - event.silence_duration
                    self._post(turns.VoiceStopped(since, self._loudness.tell()))
                    self._loudness.clear()
                    self._stretch = False
                    self._weighing = asyncio.create_task(self._weigh_pause())

    async def watch_words(self) -> None:
        """Tells of the caller's words, until the stream ends."""
        async for event in self._hearing:
            if event.type in _WORDS and event.alternatives:
                heard = event.alternatives[0]
                if event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                    self._tell_language(heard)
                times = self._times(heard.words or [])
                words = _WORDS[event.type](heard.text.strip(), times, heard.confidence or None)
                self._post(words)

    async def aclose(self) -> None:
        """Ends the streams."""
        if self._weighing is not None:
            self._weighing.cancel()
            await asyncio.gather(self._weighing, return_exceptions=True)
        await self._hearing.aclose()
        await self._vad.aclose()

    def _tell_language(self, heard: stt.SpeechData) -> None:
        """Of words taken for English that hearing doubts: before them, so none answers them."""
        probability = (heard.metadata or {}).get(SOURCE_PROBABILITY)
        if probability is not None and heard.source_languages and heard.language == "en":
            self._post(turns.LanguageHeard(str(heard.source_languages[0]), probability))

    async def _weigh_pause(self) -> None:
        likelihood = await self._turn_end.likelihood()
        if likelihood is not None:
            self._post(turns.TurnEndLikelihood(likelihood.probability))

    def _listen(self, event: vad.VADEvent) -> None:
        if event.probability >= VOICED:
            self._loudness.add(event.frames)
        elif not self._stretch:
            self._loudness.clear()
        if self._stretch and (level := self._loudness.risen()) is not None:
            self._post(turns.VoiceLouder(level))

    def _times(self, words: list[TimedString]) -> turns.Times:
        """When the words were said, on the call's clock; the streams count from their start."""
        began = self._stream_began or 0.0
        return tuple(
            (round(began + word.start_time, 3), round(began + word.end_time, 3))
            for word in words
            if isinstance(word.start_time, float) and isinstance(word.end_time, float)
        )

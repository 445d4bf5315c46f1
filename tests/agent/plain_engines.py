"""A session on engines that do at once what a test tells them to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import LanguageCode, llm, stt, tts, vad
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT, TimedString
from prometheus_client import CollectorRegistry

from agent.call_log import CallLog
from agent.line import AGENT_RATE, Line
from agent.playout import Playout
from agent.records import TurnMetrics
from agent.session import Participants, Session
from asr.hearing_stream import SOURCE_PROBABILITY
from asr.turn_end import TurnEnd
from dialogue.conversation import Conversation
from dialogue.settings import ThinkingSettings
from dialogue.turns import Policy, TurnSettings

WORD = AGENT_RATE // 5
"""Samples that the test's voice takes for a word."""


class Stream:
    """A test's end of a plugin's stream: what it is told and what it tells."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        self.flushed = asyncio.Event()

    def push_frame(self, frame: rtc.AudioFrame) -> None: ...

    def flush(self) -> None:
        self.flushed.set()

    async def aclose(self) -> None: ...

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> Any:
        return await self.events.get()


@dataclass
class Plugin:
    """A plugin with one stream."""

    only: Stream = field(default_factory=Stream)

    def stream(self) -> Stream:
        return self.only


class Sure:
    """Takes every pause for the end of the turn."""

    def probability(self, audio: Any) -> float:
        return 1.0


class Voice:
    """Speaks a word every 0.2 s of audio, as soon as it has the text."""

    sample_rate = AGENT_RATE

    def stream(self) -> Speech:
        return Speech()


class Speech:
    def __init__(self) -> None:
        self._text: asyncio.Queue[str | None] = asyncio.Queue()
        self._seconds = 0.0

    def push_text(self, text: str) -> None:
        self._text.put_nowait(text)

    def end_input(self) -> None:
        self._text.put_nowait(None)

    async def aclose(self) -> None: ...

    async def __aiter__(self) -> AsyncIterator[tts.SynthesizedAudio]:
        while (text := await self._text.get()) is not None:
            for word in text.split():
                end = self._seconds + WORD / AGENT_RATE
                timed = TimedString(word, start_time=self._seconds, end_time=end)
                self._seconds = end
                frame = rtc.AudioFrame(np.full(WORD, 999, np.int16).tobytes(), AGENT_RATE, 1, WORD)
                frame.userdata[USERDATA_TIMED_TRANSCRIPT] = [timed]
                yield tts.SynthesizedAudio(frame=frame, request_id="")


class Thought:
    """A reply that is there at once."""

    items = ()

    def __init__(self, text: str) -> None:
        self._text = text
        self.committed = False

    def commit(self) -> None:
        self.committed = True

    def withhold(self) -> None:
        self.committed = False

    async def __aiter__(self) -> AsyncIterator[str]:
        yield self._text

    async def aclose(self) -> None: ...


class Thinking:
    def __init__(self, text: str) -> None:
        self.text = text
        self.thoughts: list[Thought] = []
        self.read: list[str | None] = []

    def reply(self, *_: Any, **__: Any) -> Thought:
        self.thoughts.append(Thought(self.text))
        return self.thoughts[-1]

    async def prepare(self, context: llm.ChatContext, *_: Any) -> None:
        self.read.append([item.text_content for item in context.items][-1])  # type: ignore[union-attr]


class TestLine(Line):
    __test__ = False

    def __init__(self) -> None:
        self.playout = Playout()
        self.told: list[Mapping[str, Any]] = []
        self.gone = asyncio.Event()

    async def listen(self) -> AsyncIterator[rtc.AudioFrame]:
        await self.gone.wait()
        return
        yield

    def tell(self, message: Mapping[str, Any]) -> None:
        self.told.append(message)

    async def hang_up(self, reason: str) -> None:
        self.gone.set()


def words(kind: stt.SpeechEventType, text: str) -> stt.SpeechEvent:
    return stt.SpeechEvent(type=kind, alternatives=[stt.SpeechData(language="en", text=text)])  # type: ignore[arg-type]


def voice_event(kind: vad.VADEventType) -> vad.VADEvent:
    return vad.VADEvent(
        type=kind, samples_index=0, timestamp=0, speech_duration=0.1, silence_duration=0.1
    )


@dataclass
class Running:
    line: TestLine
    session: Session
    hearing: Stream
    vad: Stream
    thinking: Thinking
    task: asyncio.Task[None]

    def said(self) -> list[tuple[str, str]]:
        items = self.session.conversation.context.items[1:]
        return [(item.role, (item.text_content or "").strip()) for item in items]  # type: ignore[union-attr]


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


PROMPT = TurnSettings(complete_wait=0.1, sureness=0.9, pause_after=0.0, longest_gap=0.0)
"""No wait that a test would have to sit out."""


async def begin(
    reply: str,
    greeting: str = "",
    settings: TurnSettings = PROMPT,
    call_log: CallLog | None = None,
) -> Running:
    line, hearing, voicing, thinking = TestLine(), Plugin(), Plugin(), Thinking(reply)
    participants = Participants(
        hearing,  # type: ignore[arg-type]
        voicing,  # type: ignore[arg-type]
        thinking,  # type: ignore[arg-type]
        Voice(),  # type: ignore[arg-type]
        TurnEnd(Sure()),  # type: ignore[arg-type]
        TurnMetrics(CollectorRegistry()),
    )
    conversation, policy = Conversation(ThinkingSettings()), Policy.of(settings)
    session = Session(line, participants, conversation, policy, call_log)
    task = asyncio.create_task(session.run(greeting))
    await settle()
    return Running(line, session, hearing.only, voicing.only, thinking, task)


async def ask(running: Running, question: str, probability: float | None = None) -> None:
    """The caller says `question`; returns once its answer may be heard.

    `probability`: of German, where hearing is in doubt about the words.
    """
    running.hearing.flushed.clear()
    running.vad.events.put_nowait(voice_event(vad.VADEventType.START_OF_SPEECH))
    await settle()
    running.vad.events.put_nowait(voice_event(vad.VADEventType.END_OF_SPEECH))
    await settle()
    running.hearing.events.put_nowait(words(stt.SpeechEventType.PREFLIGHT_TRANSCRIPT, question))
    await running.hearing.flushed.wait()
    final = words(stt.SpeechEventType.FINAL_TRANSCRIPT, question)
    if probability is not None:
        final.alternatives[0].source_languages = [LanguageCode("de")]
        final.alternatives[0].metadata = {SOURCE_PROBABILITY: probability}
    running.hearing.events.put_nowait(final)
    await settle()

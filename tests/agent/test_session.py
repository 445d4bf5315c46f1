"""The shell around the turn machine: what is remembered is what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
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
from dialogue.turns import Policy, TurnSettings, log

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


async def test_context_holds_only_the_words_that_were_heard() -> None:
    patient = PROMPT.model_copy(update={"longest_gap": 2.0})
    running = await begin("one two three four five", settings=patient)
    await ask(running, "Count, please.")
    running.line.playout.pull(2 * WORD + 100)
    running.vad.events.put_nowait(voice_event(vad.VADEventType.START_OF_SPEECH))
    await settle()
    assert not running.line.playout.pull(WORD)[-100:].any(), "paused at once"
    running.hearing.events.put_nowait(words(stt.SpeechEventType.INTERIM_TRANSCRIPT, "Stop there"))
    await settle()
    assert running.said() == [("user", "Count, please."), ("assistant", "one two")]
    assert not running.line.playout.pull(WORD).any()
    running.line.gone.set()
    await running.task


async def test_a_reply_heard_to_its_end_is_remembered_whole() -> None:
    running = await begin("one two three")
    await ask(running, "Count, please.")
    running.line.playout.pull(3 * WORD)
    running.line.playout.pull(480)
    await settle()
    assert running.said() == [("user", "Count, please."), ("assistant", "one two three")]
    latency = next(m for m in running.line.told if m["type"] == "latency")
    assert latency["turn"] == 1 and latency["total"] > 0
    assert running.thinking.thoughts[0].committed
    running.line.gone.set()
    await running.task


async def test_a_discarded_reply_leaves_no_trace() -> None:
    running = await begin("too early")
    running.vad.events.put_nowait(voice_event(vad.VADEventType.START_OF_SPEECH))
    await settle()
    running.vad.events.put_nowait(voice_event(vad.VADEventType.END_OF_SPEECH))
    await settle()
    running.hearing.events.put_nowait(words(stt.SpeechEventType.PREFLIGHT_TRANSCRIPT, "I want"))
    await settle()
    running.vad.events.put_nowait(voice_event(vad.VADEventType.START_OF_SPEECH))
    running.hearing.events.put_nowait(words(stt.SpeechEventType.INTERIM_TRANSCRIPT, "I want tea"))
    await settle()
    assert not running.thinking.thoughts[0].committed
    assert running.said() == []
    assert not running.line.playout.pull(WORD).any()
    running.line.gone.set()
    await running.task


async def test_hanging_up_in_mid_sentence_keeps_what_was_heard_and_leaves_no_task() -> None:
    before = asyncio.all_tasks()
    running = await begin("", greeting="hello there caller")
    running.line.playout.pull(WORD)
    running.line.gone.set()
    await running.task
    assert running.said() == [("assistant", "hello")]
    assert asyncio.all_tasks() == before


async def test_a_fault_in_a_plugin_ends_the_session_with_it() -> None:
    running = await begin("")

    class Broken(stt.SpeechEvent):
        @property
        def type(self) -> Any:  # type: ignore[override]
            raise RuntimeError("broken plugin")

        @type.setter
        def type(self, _: Any) -> None: ...

    running.hearing.events.put_nowait(Broken(type=stt.SpeechEventType.FINAL_TRANSCRIPT))
    with pytest.raises(RuntimeError, match="broken plugin"):
        await running.task


async def test_a_sound_without_words_costs_the_caller_no_word() -> None:
    running = await begin("one two three four five")
    await ask(running, "Count, please.")
    playout = running.line.playout
    playout.pull(2 * WORD + 100)
    running.vad.events.put_nowait(voice_event(vad.VADEventType.START_OF_SPEECH))
    await settle()
    running.vad.events.put_nowait(voice_event(vad.VADEventType.END_OF_SPEECH))
    await settle()
    playout.pull(WORD)
    assert playout.position == 3 * WORD, "went on from word 3"
    running.line.gone.set()
    await running.task
    assert running.said()[-1] == ("assistant", "one two three")


async def test_the_last_reply_is_repeated_as_it_stood() -> None:
    running = await begin("one two three")
    await ask(running, "Count, please.")
    running.line.playout.pull(3 * WORD)
    running.line.playout.pull(480)
    await ask(running, "Repeat that, please.")
    running.line.playout.pull(3 * WORD)
    running.line.playout.pull(480)
    assert len(running.thinking.thoughts) == 1
    assert running.said()[2:] == [
        ("user", "Repeat that, please."),
        ("assistant", "one two three"),
    ]
    running.line.gone.set()
    await running.task


async def test_a_caller_who_speaks_another_language_is_told_instead_of_answered() -> None:
    running = await begin("one two three")
    await ask(running, "The paint will give an impression.", probability=0.98)
    running.line.playout.pull(20 * WORD)
    running.line.playout.pull(480)
    assert not any(thought.committed for thought in running.thinking.thoughts)
    assert running.said() == [
        ("user", "The paint will give an impression."),
        ("assistant", "That sounds like German. I'm sorry, I only understand English."),
    ]
    await ask(running, "The paint will give an impression.", probability=0.98)
    running.line.playout.pull(3 * WORD)
    running.line.playout.pull(480)
    assert running.said()[-1] == ("assistant", "one two three"), "told once"
    running.line.gone.set()
    await running.task


async def test_nobody_there_is_told_goodbye_and_hung_up_on() -> None:
    settings = TurnSettings(reprompt_wait=1.0)
    running = await begin("", settings=settings)
    prompts = []
    async with asyncio.timeout(10):
        while not running.line.gone.is_set():
            await asyncio.sleep(0)
            if running.line.playout.buffered:
                await settle()
                running.line.playout.pull(running.line.playout.buffered)
                running.line.playout.pull(480)
                prompts.append(running.said()[-1])
    await running.task
    assert len(prompts) == 3 and prompts[-1][1].endswith("Goodbye.")


async def test_what_is_being_said_is_read_ahead_and_kept_nowhere() -> None:
    running = await begin("answer")
    running.vad.events.put_nowait(voice_event(vad.VADEventType.START_OF_SPEECH))
    await settle()
    running.hearing.events.put_nowait(words(stt.SpeechEventType.INTERIM_TRANSCRIPT, "What time"))
    await settle()
    assert running.thinking.read == ["What time"] and running.said() == []
    running.line.gone.set()
    await running.task


async def test_a_backchannel_of_ours_is_soft_and_no_reply() -> None:
    settings = TurnSettings(backchannel="one", backchannel_after=1.0, end_of_turn="words")
    running = await begin("answer", settings=settings)
    began = voice_event(vad.VADEventType.START_OF_SPEECH)
    began.speech_duration = 3.0
    running.vad.events.put_nowait(began)
    await settle()
    running.vad.events.put_nowait(voice_event(vad.VADEventType.END_OF_SPEECH))
    await settle()
    running.hearing.events.put_nowait(words(stt.SpeechEventType.PREFLIGHT_TRANSCRIPT, "So I was"))
    await settle()
    nod = running.line.playout.pull(WORD)
    assert nod.any() and abs(nod).max() < 999 / 2
    running.line.playout.pull(480)
    assert running.said() == [] and not running.thinking.thoughts[0].committed
    running.line.gone.set()
    await running.task


async def test_the_call_log_holds_every_event_and_decision(tmp_path: Path) -> None:
    call_log = CallLog(tmp_path / "logs", PROMPT)
    running = await begin("one two three", call_log=call_log)
    await ask(running, "Count, please.")
    running.line.playout.pull(3 * WORD)
    running.line.playout.pull(480)
    running.line.gone.set()
    await running.task
    read = log.parse(call_log.path.read_text().splitlines())
    assert read.settings == PROMPT
    decided = [type(action).__name__ for entry in read.entries for action in entry.actions]
    assert decided == ["StartReply", "Finalize", "Speak", "CommitTurn", "CloseReply"]

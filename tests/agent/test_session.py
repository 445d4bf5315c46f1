"""The shell around the turn machine: what is remembered is what was heard."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from livekit.agents import stt, vad
from plain_engines import (
    PROMPT,
    WORD,
    ask,
    begin,
    settle,
    voice_event,
    words,
)

from agent.call_log import CallLog
from dialogue.turns import TurnSettings, log


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

"""The duplex session: feeds what happens in a call to the turn machine and does what it decides."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from livekit.agents import llm, stt, tts, vad

from agent.call_log import CallLog
from agent.captions import Captions
from agent.line import Line
from agent.records import TurnMetrics
from agent.reply import Pieces, SpokenReply
from agent.running import RunningReply, as_it_stands
from agent.senses import Senses
from asr.turn_end import TurnEnd
from dialogue import turns
from dialogue.conversation import Conversation
from dialogue.replier import Replier
from dialogue.reply import Reply
from dialogue.tool_calls import ToolEvent, ToolFinished, ToolStarted, ToolWanted

log = logging.getLogger(__name__)

_TOOL_NEWS: Mapping[type[ToolEvent], Callable[[int, str], turns.Event]] = {
    ToolWanted: turns.ToolWanted,
    ToolStarted: turns.ToolStarted,
    ToolFinished: turns.ToolFinished,
}


@dataclass(frozen=True)
class Participants:
    """The engines that one call talks through; any LiveKit plugin may stand in its place."""

    hearing: stt.STT[Any]
    vad: vad.VAD
    thinking: Replier
    voice: tts.TTS[Any]
    turn_end: TurnEnd
    metrics: TurnMetrics
    slot: int = 0
    """The language model's prompt cache kept for this call."""
    tools: tuple[llm.Tool, ...] = ()


class Session:
    """One call from its first packet to its end.

    Everything runs on the event loop's thread and nothing here waits for a model: the engines
    work elsewhere, and the machine's decisions are carried out the moment an event comes in.
    """

    def __init__(
        self,
        line: Line,
        engines: Participants,
        conversation: Conversation,
        policy: turns.Policy,
        call_log: CallLog | None = None,
    ) -> None:
        self.conversation = conversation
        self._line = line
        self._engines = engines
        self._policy = policy
        self._state = turns.State()
        self._events: deque[turns.Event] = deque()
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._reply: RunningReply | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._said = ""
        """The last reply as it stood, to say again."""
        self._nod: SpokenReply | None = None
        self._reading: asyncio.Task[None] | None = None
        """The model's reading ahead of its reply."""
        self._call_log = call_log
        self._senses = Senses(engines.hearing, engines.vad, engines.turn_end, self._now, self._post)
        self._captions = Captions(line)
        line.playout.on_started = self._speech_started
        line.playout.on_progress = self._speech_goes_on
        line.playout.on_drained = self._speech_finished

    async def run(self, greeting: str = "") -> None:
        """Holds the conversation until the caller is gone."""
        self._post(turns.CallStarted(greeting))
        watchers = [
            asyncio.create_task(coroutine)
            for coroutine in (
                self._senses.watch_voice(),
                self._senses.watch_words(),
                self._captions.follow(lambda: self._reply),
            )
        ]
        listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait([listening, *watchers], return_when=asyncio.FIRST_COMPLETED)
            for task in (listening, *watchers):
                if task.done():
                    task.result()
        finally:
            await self._close([listening, *watchers])

    async def _close(self, tasks: list[asyncio.Task[None]]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        playout = self._line.playout
        playout.on_started = playout.on_progress = playout.on_drained = lambda: None
        self._hush()
        if self._reply is not None:
            self._remember_heard(self._reply, playout.stop(), interrupted=True)
            await self._reply.speech.cancel()
        for task in (*tasks, *self._background):
            task.cancel()
        await asyncio.gather(*tasks, *self._background, return_exceptions=True)
        await self._senses.aclose()
        if self._call_log is not None:
            self._call_log.close()

    # --- events in ---------------------------------------------------------------------------

    async def _listen(self) -> None:
        async for frame in self._line.listen():
            self._senses.push_frame(frame)

    @property
    def _on_air(self) -> RunningReply | None:
        """The reply that the playout holds; a backchannel of ours is none."""
        reply = self._reply
        return reply if reply is not None and reply.decided is not None else None

    def _speech_started(self) -> None:
        if (reply := self._on_air) is not None:
            self._post(turns.SpeechStarted(reply.number))

    def _speech_goes_on(self) -> None:
        if (reply := self._on_air) is None:
            return
        if (news := reply.reached(self._line.playout.position)) is not None:
            self._post(news)

    def _speech_finished(self) -> None:
        if (reply := self._on_air) is not None:
            self._post(turns.SpeechFinished(reply.number))

    def _post(self, event: turns.Event) -> None:
        """Steps the machine; events that an action brings about wait for their turn."""
        self._events.append(event)
        if len(self._events) > 1:
            return
        while self._events:
            now, event = self._now(), self._events[0]
            self._state, actions = turns.step(self._state, event, now, self._policy)
            log.debug("%.3f %s %s", now, event, actions)
            if self._call_log is not None:
                self._call_log.write(now, event, actions)
            for action in actions:
                self._do(action)
            self._captions.show(self._state, event)
            if isinstance(event, turns.SpeechStarted):
                self._record_turn()
            self._events.popleft()
        self._wake_when_due()

    def _wake_when_due(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wake = turns.due(self._state)
        if wake is not None:
            self._timer = self._loop.call_at(self._began + wake, self._post, turns.TimePassed())

    # --- actions out -------------------------------------------------------------------------

    def _do(self, action: turns.Action) -> None:
        playout = self._line.playout
        match action:
            case turns.StartReply(number, text):
                if self._reading is not None:
                    self._reading.cancel()
                thought = self._engines.thinking.reply(
                    self.conversation.asked(text),
                    self._engines.tools,
                    self._engines.slot,
                    speculative=True,
                    tool_calls=self.conversation.tool_calls,
                )
                thought.on_tool = partial(self._tool_news, number)
                self._start(number, thought, thought)
            case turns.Say(number, text):
                self._start(number, as_it_stands(text), None)
            case turns.Repeat(number):
                self._start(number, as_it_stands(self._said), None)
            case turns.Speak(number, turn_ended):
                self._hush()
                reply = self._running(number)
                reply.turn_ended, reply.decided = turn_ended, self._now()
                reply.commit()
                reply.speech.release()
            case turns.DuckReply():
                playout.duck()
            case turns.PauseReply(number):
                self._running(number).withhold()
                playout.pause()
            case turns.ResumeReply(number, word):
                reply = self._running(number)
                reply.commit()
                playout.resume(None if word is None else reply.speech.start_of(word))
            case turns.DropReply(number):
                self._end(number, "dropped")
            case turns.StopReply(number):
                self._remember_heard(self._running(number), playout.stop(), interrupted=True)
                self._end(number, "interrupted")
            case turns.CloseReply(number):
                self._remember_heard(self._running(number), playout.stop(), interrupted=False)
                self._end(number, "heard")
            case turns.ReadAhead(text):
                self._read_ahead(text)
            case turns.Finalize():
                self._senses.finalize()
            case turns.CommitTurn(turn, text):
                self._senses.turn_over()
                self.conversation.heard_caller(text)
                self._captions.caption("caller", text, turn, final=True)
            case turns.Acknowledge(text):
                self._senses.turn_over()
                self._captions.caption("caller", text, self._state.turn, final=True)
            case turns.Disregard():
                self._senses.turn_over()
            case turns.Backchannel(text):
                self._hush()
                self._nod = self._spoken(as_it_stands(text), on_empty=lambda: None)
                self._nod.release()
                playout.duck()
            case turns.HangUp():
                self._in_background(self._line.hang_up("nobody seems to be there"))

    def _tool_news(self, number: int, event: ToolEvent) -> None:
        self._post(_TOOL_NEWS[type(event)](number, event.name))

    def _read_ahead(self, text: str) -> None:
        """One at a time: what has been read is not read again, so a word missed costs little."""
        if self._reading is None or self._reading.done():
            context = self.conversation.asked(text)
            engines = self._engines
            reading = engines.thinking.prepare(context, engines.tools, engines.slot)
            self._reading = self._in_background(reading)

    def _start(self, number: int, pieces: Pieces, thought: Reply | None) -> None:
        speech = self._spoken(pieces, on_empty=lambda: self._post(turns.ReplyEmpty(number)))
        # What answers no turn stands before the one that is open.
        turn = self._state.turn if self._state.text else self._state.turn - 1
        self._reply = RunningReply(number, speech, thought, turn)

    def _spoken(self, pieces: Pieces, on_empty: Callable[[], None]) -> SpokenReply:
        return SpokenReply(pieces, self._engines.voice, self._line.playout, self._now, on_empty)

    def _end(self, number: int, how: str) -> None:
        reply = self._running(number)
        self._reply = None
        self._engines.metrics.reply_ended(how)
        reply.speech.drop()
        self._in_background(reply.speech.cancel())

    def _hush(self) -> None:
        """Ends a backchannel of ours that is still being said."""
        nod, self._nod = self._nod, None
        if nod is not None:
            nod.drop()
            self._in_background(nod.cancel())

    def _running(self, number: int) -> RunningReply:
        reply = self._reply
        assert reply is not None and reply.number == number, "the machine has one reply at a time"
        return reply

    def _in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    def _remember_heard(self, reply: RunningReply, position: int, *, interrupted: bool) -> None:
        text = reply.speech.heard(position) if interrupted else reply.speech.text
        if text.strip():
            self._said = reply.speech.text
            self.conversation.heard_agent(text, interrupted=interrupted)
            self._captions.caption("agent", text, reply.turn, final=True)

    def _record_turn(self) -> None:
        if self._reply is None or (record := self._reply.record(self._now())) is None:
            return
        self._engines.metrics.turn(record)
        self._line.tell(record.message())

    def _now(self) -> float:
        """Seconds since the call began."""
        return self._loop.time() - self._began

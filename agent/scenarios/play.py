"""Plays one scenario: a call in which the caller does what is written, at the right moments."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from agent.audio import Samples
from agent.caller import Patience
from agent.phone import AgentHungUp, Message, Phone, dial
from agent.recording import Span
from agent.scenarios.clips import Clip, words_of
from agent.scenarios.metrics import HOLD_SECONDS, IGNORE_SECONDS, YIELD_SECONDS, Quiet, Said
from agent.scenarios.script import Greeting, Kind, Scenario, Silence, Speech

PATIENCE = Patience(greeting=10.0, answer=20.0, pause=0.6)
LONGEST_ANSWER = 20.0
LINGER = 0.3
"""Seconds beyond the last window that counts."""
AUDIBLE_FOR = 0.06
"""The agent has to be speaking so long, s, for anything to be said over it."""


@dataclass
class Played:
    """A call as it went; s on the caller's clock."""

    said: list[Said] = field(default_factory=list)
    sounds: tuple[Span, ...] = ()
    messages: tuple[Message, ...] = ()
    began: float = 0.0
    ended: float = 0.0
    hung_up: bool = False
    """The agent ended the call."""
    too_late: list[str] = field(default_factory=list)
    """What was to be said over the agent, which was silent by then."""

    def log(self) -> dict[str, Any]:
        """What happened and when, s from the beginning of the call."""
        return {
            "caller": [
                [round(s.start - self.began, 3), round(s.end - self.began, 3), s.kind.value, s.text]
                for s in self.said
            ],
            "agent": [
                [round(s.start - self.began, 3), round(s.end - self.began, 3)] for s in self.sounds
            ],
            "messages": [[round(m.at - self.began, 3), m.body] for m in self.messages],
            "seconds": round(self.ended - self.began, 3),
            "hung_up": self.hung_up,
            "too_late": self.too_late,
        }


async def play(
    url: str,
    scenario: Scenario,
    clips: dict[Speech, Clip],
    surroundings: Callable[[Samples], Samples],
) -> Played:
    """Calls the agent at `url` and goes through the scenario's steps.

    Raises:
        CallFailed: the call could not be placed.
    """
    played = Played()
    async with dial(url) as phone:
        phone.surroundings = surroundings
        played.began = time.perf_counter()
        try:
            await _greeted(phone, scenario)
            for step in scenario.steps:
                match step:
                    case Silence():
                        await _keep_quiet(phone, step, played)
                    case Speech():
                        await _speak(phone, step, clips[step], played)
            await _linger(phone, played)
        except AgentHungUp:
            played.hung_up = True
        played.ended = time.perf_counter()
        played.sounds = tuple(phone.heard.sounds())
        played.messages = tuple(phone.messages)
    return played


async def _greeted(phone: Phone, scenario: Scenario) -> None:
    if scenario.greeting is not Greeting.NONE:
        # The first packet may be of the greeting already.
        before = time.perf_counter() - 1.0
        await phone.answer_to(Span(before, before), PATIENCE.greeting)


async def _keep_quiet(phone: Phone, step: Silence, played: Played) -> None:
    await _hear_out(phone, PATIENCE.pause)
    # What the agent said last was quiet long enough to be over; the caller's silence began then.
    start = time.perf_counter()
    while time.perf_counter() < start + step.silence:
        if phone.heard.sounds(start):
            break
        await phone.something()
    spoke = bool(phone.heard.sounds(start))
    if spoke and step.expect == "reprompt":
        await _hear_out(phone, PATIENCE.pause)
    kind = Quiet.REPROMPT if step.expect == "reprompt" else Quiet.PATIENCE
    played.said.append(Said(kind, "", start, time.perf_counter()))


async def _speak(phone: Phone, step: Speech, clip: Clip, played: Played) -> None:
    if step.over is None:
        await _hear_out(phone, step.after)
    elif not await _catch(phone, step.over, played):
        played.too_late.append(words_of(step) or str(step.sound))
        return
    spoken = await phone.say(clip.samples, clip.speech)
    text = words_of(step)
    said = Said(step.kind, text or step.sound or "", spoken.start, spoken.end)
    played.said.append(said)
    if step.kind is Kind.TURN:
        if step.over is not None:
            await _silenced(phone, spoken)
        await _answered(phone, spoken, step.tolerance)


async def _catch(phone: Phone, into: float, played: Played) -> bool:
    """Waits until the agent has spoken for `into` seconds and is audible; False if it never is."""
    since = max((s.end for s in played.said if s.kind is Kind.TURN), default=played.began)
    while True:
        now = time.perf_counter()
        sounds = phone.heard.sounds(since)
        if not sounds:
            if now > since + PATIENCE.answer:
                return False
        elif now >= sounds[0].start + into:
            if now - sounds[-1].end < AUDIBLE_FOR:
                return True
            if now - sounds[-1].end > PATIENCE.pause:
                return False
        await phone.something()


async def _silenced(phone: Phone, spoken: Span) -> None:
    """Waits for an agent that was spoken over to fall silent, or to show that it will not."""
    limit = max(spoken.end, spoken.start + YIELD_SECONDS)
    while time.perf_counter() < limit and phone.heard.sounds(time.perf_counter() - 0.25):
        await phone.something()


async def _answered(phone: Phone, spoken: Span, tolerance: float) -> None:
    """Waits until an answer has begun; as long as the caller has patience."""
    asked = time.perf_counter()
    limit = spoken.end + tolerance
    while time.perf_counter() < limit:
        sounds = phone.heard.sounds(spoken.start - 1)
        if any(s.end > asked and s.end > spoken.end + 0.05 for s in sounds):
            return
        await phone.something()


async def _hear_out(phone: Phone, pause: float) -> None:
    """Waits for `pause` seconds of silence; a speech without end is cut off."""
    try:
        async with asyncio.timeout(LONGEST_ANSWER):
            await phone.quiet(pause)
    except TimeoutError:
        return


async def _linger(phone: Phone, played: Played) -> None:
    """Stays on the line until all that counts has happened."""
    last = played.said[-1] if played.said else None
    if last is None or isinstance(last.kind, Quiet):
        return
    if last.kind is Kind.TURN:
        await _hear_out(phone, 2 * PATIENCE.pause)
        return
    over = any(s.start < last.start < s.end for s in phone.heard.sounds())
    if over:
        await phone.until(max(last.start + HOLD_SECONDS, last.end) + 2 * LINGER)
    else:
        await phone.until(last.end + IGNORE_SECONDS + LINGER)

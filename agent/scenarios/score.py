"""One scenario's result: what happened in the call against what the scenario asks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.phone import Message
from agent.scenarios.metrics import Event, Heard, Said, events
from agent.scenarios.play import Played
from agent.scenarios.script import Kind, Scenario, Speech, ToolCall
from agent.scenarios.understanding import (
    Check,
    WordsLost,
    repeats,
    slots,
    tool_calls,
    words_lost,
)

LOST_SHARE = 0.1
"""A scenario fails when more of its words than this are lost."""


@dataclass(frozen=True)
class Result:
    """What became of a scenario."""

    scenario: Scenario
    seconds: float
    events: tuple[Event, ...]
    words: WordsLost
    slots: tuple[Check, ...]
    calls: Check | None
    """None where tools do not matter, or the agent has none."""
    replies: tuple[Check, ...]
    """Answers that had to say something."""
    parts: dict[str, list[float]] = field(default_factory=dict)
    """The agent's account of each silence before an answer, s, by part."""
    too_late: tuple[str, ...] = ()
    """What could not be said over the agent; the scenario then proves nothing."""

    @property
    def failures(self) -> list[str]:
        """Why it failed, a line each; empty when it passed."""
        checks = [*self.slots, *self.replies, *([self.calls] if self.calls else [])]
        told = [event.why for event in self.events if not event.right]
        told += [check.why for check in checks if not check.right]
        if len(self.words.lost) > max(1, LOST_SHARE * self.words.said):
            told.append(f"words lost: {' '.join(self.words.lost)}")
        return told


def score(scenario: Scenario, played: Played, calls: Sequence[ToolCall] | None) -> Result:
    """Scores a call; `calls` are the tool calls made in it, None where the agent has no tools."""
    told = [m for m in played.messages if m.body.get("type") == "latency"]
    answers = tuple(m.at for m in told) if played.messages else None
    heard = Heard(tuple(played.said), played.sounds, answers, played.ended)
    turns = [said for said in played.said if said.kind is Kind.TURN]
    return Result(
        scenario,
        played.ended - played.began,
        events(heard),
        words_lost(" ".join(said.text for said in turns), understood(played.messages)),
        slots(scenario.slots, scenario.never, spoken(played.messages), calls),
        tool_calls(scenario.calls, calls) if scenario.calls is not None and calls is not None
        else None,
        tuple(_replies(scenario, played, turns, answers)),
        _parts(told),
        tuple(played.too_late),
    )  # fmt: skip


def understood(messages: Iterable[Message]) -> str:
    """Every word of the caller's that the agent has captioned: finals, and an interim left over."""
    finals: list[str] = []
    interim = ""
    for body in _captions(messages, "caller"):
        interim = "" if body["final"] else body["text"]
        if body["final"]:
            finals.append(body["text"])
    return " ".join([*finals, interim])


def spoken(messages: Iterable[Message]) -> str:
    """What the agent said, as its captions tell it; a greeting stands before the first turn."""
    latest: dict[int, str] = {}
    for body in _captions(messages, "agent"):
        latest[body["turn"]] = body["text"]
    return " ".join(text for turn, text in latest.items() if turn > 0)


def _replies(
    scenario: Scenario,
    played: Played,
    turns: Sequence[Said],
    answers: Sequence[float] | None,
) -> Iterable[Check]:
    """What the answers to certain turns had to say."""
    asked = [s for s in scenario.steps if isinstance(s, Speech) and s.kind is Kind.TURN]
    before = ""
    for number, (step, said) in enumerate(zip(asked, turns, strict=False)):
        until = turns[number + 1].start if number + 1 < len(turns) else played.ended
        since = next((t for t in answers or () if t > said.start), said.end)
        text = spoken(m for m in played.messages if since - 0.1 <= m.at <= until)
        if step.answer and not re.search(step.answer, text, re.IGNORECASE):
            yield Check("answer", False, f"the answer to {said} was {text!r}")
        if step.repeats and not repeats(text, before):
            yield Check("repeat", False, f"{said} got {text!r}, not {before!r} again")
        before = text


def _captions(messages: Iterable[Message], who: str) -> Iterable[dict[str, Any]]:
    bodies = (message.body for message in messages)
    return (b for b in bodies if b.get("type") == "caption" and b.get("who") == who)


def _parts(told: Iterable[Message]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for message in told:
        for part, value in message.body.items():
            if part not in ("type", "turn"):
                found.setdefault(part, []).append(float(value))
    return found

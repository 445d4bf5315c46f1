"""Every path of the turn machine over a bounded alphabet of events, searched to the last state.

Time is abstracted to the order of deadlines: two worlds that differ only in how long their
deadlines are away, not in which comes first, count as one. An event comes at once or just before
the next deadline; a deadline comes when it is due. The search ends because nothing new is found.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from turn_world import World, advance, comes_to_rest

from dialogue.turns import (
    CallStarted,
    Event,
    Finalize,
    FinalWords,
    InterimWords,
    LanguageHeard,
    PauseWords,
    Policy,
    ReplyEmpty,
    SpeechFinished,
    SpeechReached,
    SpeechStarted,
    State,
    TimePassed,
    ToolFinished,
    ToolStarted,
    ToolWanted,
    TurnSettings,
    VoiceLouder,
    VoiceStarted,
    VoiceStopped,
    due,
    step,
)

NEAR, FAR = -30.0, -70.0
SOON = 0.004


@dataclass(frozen=True)
class Alphabet:
    """What may happen in one search, and under which settings."""

    policy: Policy
    words: tuple[str, ...] = ("wait no", "yeah")
    segments: int = 1
    """Closed segments that a turn may have before its last."""
    distant: bool = False
    tools: bool = False
    asks: bool = False
    languages: bool = False


QUIET = Policy.of(TurnSettings(reprompt="off"))
SEARCHES = {
    "segments": Alphabet(QUIET, ("no", "yeah"), segments=2),
    "requests": Alphabet(QUIET, ("no", "hold on", "repeat that")),
    "questions and distant voices": Alphabet(QUIET, distant=True, asks=True),
    "tools": Alphabet(QUIET, tools=True),
    "another language": Alphabet(QUIET, ("no", "repeat that"), distant=True, languages=True),
    "reprompts": Alphabet(Policy.of(TurnSettings()), ("no",)),
    "any voice interrupts": Alphabet(Policy.of(TurnSettings(reprompt="off", interruption="voice"))),
}


def possible(world: World, may: Alphabet) -> Iterator[Event]:
    """What a call can bring next; words only from a recogniser that keeps its word."""
    state, now = world.state, world.now
    if state.voice:
        yield VoiceStopped(now - 0.1, NEAR)
        if may.distant:
            yield VoiceStopped(now - 0.1, FAR)
        if state.overlap is not None and state.overlap.loudness == FAR:
            yield VoiceLouder(NEAR)
    else:
        yield VoiceStarted(now, NEAR)
        if may.distant and state.floor_is_ours:
            yield VoiceStarted(now, FAR)
    if state.owed_until is not None:
        if not state.text:
            yield FinalWords("")
    elif state.open_segment and len(state.finals) <= may.segments:
        for text in may.words:
            yield InterimWords(text) if state.voice else PauseWords(text)
        yield FinalWords(state.partial)
    elif state.open_segment and not state.voice:
        yield FinalWords("")
    if may.languages:
        yield LanguageHeard("de", 0.99)
    if world.open_reply is not None:
        yield from progress(world, world.open_reply, may)


def progress(world: World, number: int, may: Alphabet) -> Iterator[Event]:
    """What the reply under way can bring next."""
    reply = world.state.reply
    assert reply is not None
    if may.tools:
        yield ToolFinished(number, "t") if reply.working else ToolStarted(number, "t")
        if not reply.acts:
            yield ToolWanted(number, "t")
    if reply.working:
        return
    if world.released and world.level != "held":
        yield SpeechFinished(number) if world.heard else SpeechStarted(number)
        if may.asks and world.heard:
            yield SpeechReached(number, 1, asks=not reply.asks)
    if not world.heard:
        yield ReplyEmpty(number)


@dataclass(frozen=True)
class Taken:
    """One step of a search."""

    before: World
    event: Event
    now: float
    after: World
    is_new: bool
    """No step before has led to a world like it."""


def next_events(world: World, may: Alphabet) -> Iterator[tuple[Event, float]]:
    """What can come next, and when."""
    wake = due(world.state)
    moments = {world.now + SOON}
    if wake is not None:
        moments.add(max(world.now, wake - SOON))
        yield TimePassed(), max(world.now, wake)
    for moment in moments:
        for event in possible(replace(world, now=moment), may):
            yield event, moment


def explore(may: Alphabet) -> Iterator[Taken]:
    """Every step on every path, until nothing new is found."""
    starts = (CallStarted(""), CallStarted("Hello?"))
    queue: deque[World | None] = deque([None])
    seen: set[tuple[object, ...]] = set()
    while queue:
        found = queue.popleft()
        world = found or World()
        for event, now in next_events(world, may) if found else ((e, 0.0) for e in starts):
            after = advance(world, event, now, may.policy)
            key = abstract(after, may.policy)
            yield Taken(world, event, now, after, key not in seen)
            if key not in seen:
                seen.add(key)
                queue.append(after)


def abstract(world: World, policy: Policy) -> tuple[object, ...]:
    """What tells two worlds apart: everything but the numbers, and of the times their order."""
    s, now = world.state, world.now
    over = s.overlap
    moments = (
        s.end_at,
        s.final_by,
        s.prompt_at,
        s.owed_until,
        None if over is None else over.act_at,
        s.silent_since if s.text and not s.voice else None,
        s.silent_since + policy.acting_wait if s.text and not s.voice else None,
    )
    passed = sorted({max(m, now) for m in moments if m is not None})
    order = tuple(None if m is None else passed.index(max(m, now)) for m in moments)
    reply = s.reply
    return (
        order,
        now in passed,
        s.finals,
        s.partial,
        s.voice,
        s.open_segment,
        min(s.prompts, 3),
        s.loudness is None,
        s.on_hold,
        s.distant,
        (s.notice, s.noticed),
        s.told > 0,
        s.spoken,
        s.over,
        None if over is None else over.loudness,
        None if reply is None else replace(reply, number=0, reached=0),
        (world.released, world.heard, world.acted, world.level, world.notice),
    )


@pytest.mark.parametrize("search", SEARCHES)
def test_every_path_keeps_the_promises(search: str) -> None:
    may = SEARCHES[search]
    states = steps = 0
    for taken in explore(may):
        steps += 1
        if taken.is_new:
            states += 1
            comes_to_rest(taken.after, may.policy)
    print(f"{search}: {states} states, {steps} steps, none left")
    assert states > 400


EVERYTHING = Alphabet(
    Policy.of(TurnSettings()),
    ("wait no", "yeah", "hold on", "repeat that", "a table for two."),
    segments=9,
    distant=True,
    tools=True,
    asks=True,
    languages=True,
)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 99), st.floats(0.001, 3.0)), min_size=100, max_size=300))
def test_long_calls_keep_the_promises(choices: list[tuple[int, float]]) -> None:
    """Calls far longer than the searches go, at any times; a deadline that comes first is kept."""
    world = advance(World(), CallStarted("Hello?"), 0.0, EVERYTHING.policy)
    for choice, wait in choices:
        moment, wake = world.now + wait, due(world.state)
        if wake is not None and wake <= moment:
            world = advance(world, TimePassed(), max(world.now, wake), EVERYTHING.policy)
        elif events := list(possible(replace(world, now=moment), EVERYTHING)):
            world = advance(world, events[choice % len(events)], moment, EVERYTHING.policy)
        comes_to_rest(world, EVERYTHING.policy)


def test_finalize_is_asked_once_for_an_open_segment() -> None:
    policy = Policy.of(TurnSettings(reprompt="off"))
    state, _ = step(State(), VoiceStarted(0.0), 0.0, policy)
    state, _ = step(state, VoiceStopped(0.5), 0.6, policy)
    asked = 0
    for _ in range(5):
        wake = due(state)
        if wake is None:
            break
        state, actions = step(state, TimePassed(), wake, policy)
        asked += sum(isinstance(action, Finalize) for action in actions)
    assert asked == 1 and due(state) is None

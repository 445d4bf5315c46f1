"""Every path of the turn machine over a bounded alphabet of events, searched exhaustively."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from dialogue.turns import (
    Action,
    CloseReply,
    DropReply,
    Event,
    Finalize,
    FinalWords,
    InterimWords,
    PauseReply,
    PauseWords,
    Policy,
    ReplyEmpty,
    ResumeReply,
    Say,
    Speak,
    SpeechFinished,
    SpeechStarted,
    StartReply,
    State,
    StopReply,
    TimePassed,
    TurnSettings,
    VoiceStarted,
    VoiceStopped,
    due,
    step,
)

POLICY = Policy.of(TurnSettings())
DEPTH = 10


@dataclass(frozen=True)
class World:
    """The machine's state, and what an observer knows without looking into it."""

    state: State
    now: float = 0.0
    open_reply: int | None = None
    released: bool = False
    heard: bool = False
    paused: bool = False


def possible(world: World) -> Iterator[Event]:
    """What a call can bring next."""
    if world.state.voice:
        yield VoiceStopped(world.now)
        yield InterimWords("wait no")
        yield InterimWords("yeah")
    else:
        yield VoiceStarted(world.now)
        if world.state.open_segment:
            yield PauseWords("yeah")
            yield PauseWords("wait no")
    if world.state.open_segment or world.state.owed_until is not None:
        yield FinalWords(world.state.partial or "hello")
    if due(world.state) is not None:
        yield TimePassed()
    if world.open_reply is not None:
        if world.released and not world.paused:
            yield (
                SpeechFinished(world.open_reply) if world.heard else SpeechStarted(world.open_reply)
            )
        if not world.heard:
            yield ReplyEmpty(world.open_reply)


def advance(world: World, event: Event) -> World:
    now = world.now + 0.05
    if isinstance(event, TimePassed):
        wake = due(world.state)
        assert wake is not None
        now = max(world.now, wake)
    state, actions = step(world.state, event, now, POLICY)
    heard = world.heard or isinstance(event, SpeechStarted)
    world = replace(world, state=state, now=now, heard=heard)
    for action in actions:
        world = observe(world, action)
    return world


def observe(world: World, action: Action) -> World:
    """Follows one action and fails where it breaks a promise."""
    match action:
        case StartReply(reply) | Say(reply):
            assert world.open_reply is None, "two replies at once"
            return replace(world, open_reply=reply, released=False, heard=False, paused=False)
        case Speak(reply):
            assert reply == world.open_reply and not world.released
            return replace(world, released=True)
        case PauseReply(reply):
            assert reply == world.open_reply and world.released and not world.paused
            return replace(world, paused=True)
        case ResumeReply(reply):
            assert reply == world.open_reply and world.paused
            return replace(world, paused=False)
        case DropReply(reply):
            assert reply == world.open_reply and not world.heard, "dropped what was heard"
            return replace(world, open_reply=None)
        case StopReply(reply):
            assert reply == world.open_reply and world.heard, "stopped what nobody heard"
            return replace(world, open_reply=None)
        case CloseReply(reply):
            assert reply == world.open_reply and world.released
            return replace(world, open_reply=None)
    return world


def never_silent_forever(world: World) -> bool:
    """While the caller waits, something is coming: a wake-up, words, or a reply on its way."""
    if world.state.voice or due(world.state) is not None:
        return True
    if world.open_reply is not None:
        return world.released and not world.paused
    return not world.state.text and world.state.end_at is None


def abstract(world: World) -> World:
    """The same world at time zero with short memories, so that equal situations meet."""
    state, now = world.state, world.now

    def ago(moment: float | None) -> float | None:
        return None if moment is None else round(moment - now, 3)

    state = replace(
        state,
        turn=0,
        silent_since=round(state.silent_since - now, 3),
        end_at=ago(state.end_at),
        final_by=ago(state.final_by),
        resume_at=ago(state.resume_at),
        owed_until=ago(state.owed_until),
    )
    return replace(world, state=state, now=0.0)


def test_every_path_keeps_the_promises() -> None:
    start = World(State())
    seen = {abstract(start)}
    queue = deque([(start, 0)])
    while queue:
        world, depth = queue.popleft()
        assert never_silent_forever(world), world
        if depth == DEPTH:
            continue
        for event in possible(world):
            after = advance(world, event)
            key = abstract(after)
            if key not in seen:
                seen.add(key)
                queue.append((after, depth + 1))
    print(f"{len(seen)} states to depth {DEPTH}")
    assert len(seen) > 10_000


def test_finalize_is_asked_once_for_an_open_segment() -> None:
    state, _ = step(State(), VoiceStarted(0.0), 0.0, POLICY)
    state, _ = step(state, VoiceStopped(0.5), 0.6, POLICY)
    asked = 0
    for _ in range(5):
        wake = due(state)
        if wake is None:
            break
        state, actions = step(state, TimePassed(), wake, POLICY)
        asked += sum(isinstance(action, Finalize) for action in actions)
    assert asked == 1 and due(state) is None

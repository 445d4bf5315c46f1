"""The turn machine and an observer who knows only what was told and done, and holds it to its word.

The promises, checked at every step:

- never two replies at once; every reply that is begun ends once, and as it should: dropped only if
  nobody heard any of it and no tool of it ran, stopped only if somebody did or one did;
- every duck and pause is of a reply being released, and ends in a resume or in the reply's end;
- every word of the caller's is in one place: the open turn, a committed one, or set aside;
- a yield follows words over the agent that are more than attention;
- a caller who speaks another language is told so once at most;
- after goodbye nothing happens any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from dialogue.turns import (
    Acknowledge,
    Action,
    CloseReply,
    CommitTurn,
    Disregard,
    DropReply,
    DuckReply,
    Event,
    FinalWords,
    HangUp,
    InterimWords,
    LanguageHeard,
    PauseReply,
    PauseWords,
    Policy,
    Repeat,
    ReplyEmpty,
    ResumeReply,
    Say,
    Speak,
    SpeechStarted,
    StartReply,
    State,
    StopReply,
    TimePassed,
    ToolStarted,
    due,
    step,
)
from dialogue.turns.interruption import Verdict, Voice
from dialogue.turns.overlap import said_over

SETTLES = 12
"""Wake-ups after which a silent caller has been answered, whatever was the state before."""


@dataclass(frozen=True)
class World:
    """The machine's state, and what the observer has seen."""

    state: State = field(default_factory=State)
    now: float = 0.0
    open_reply: int | None = None
    released: bool = False
    heard: bool = False
    acted: bool = False
    level: str = "full"
    notice: bool = False
    """The open reply tells which language we understand."""
    noticed: bool = False
    """The caller has heard such a reply."""
    hung_up: bool = False


def advance(world: World, event: Event, now: float, policy: Policy) -> World:
    """The world after `event`; fails where a promise is broken."""
    before = world.state
    state, actions = step(before, event, now, policy)
    if world.hung_up:
        assert not actions and due(state) is None, "something after goodbye"
    if any(isinstance(action, StopReply) for action in actions):
        assert is_interruption(before, event, now, policy), f"yielded to {event}"
    assert _told(before, event) == _words(
        *(a.text for a in actions if isinstance(a, CommitTurn | Acknowledge | Disregard)),
        state.text,
    ), "a word of the caller's was lost or doubled"
    world = replace(
        world,
        state=state,
        now=now,
        heard=world.heard or isinstance(event, SpeechStarted),
        acted=world.acted or (isinstance(event, ToolStarted) and world.released),
    )
    empty = isinstance(event, ReplyEmpty)
    if isinstance(event, SpeechStarted) and world.notice:
        assert not world.noticed, "told about the language twice"
        world = replace(world, noticed=True)
    if isinstance(event, LanguageHeard) and before.floor_is_ours:
        assert not actions, "cut in on a reply that may be heard"
    for action in actions:
        world = _observe(world, action, empty)
    assert (state.reply is None) == (world.open_reply is None)
    return world


def _observe(world: World, action: Action, empty: bool) -> World:
    match action:
        case StartReply(reply) | Say(reply) | Repeat(reply):
            assert world.open_reply is None, "two replies at once"
            notice = isinstance(action, Say) and "English" in action.text
            return replace(_closed(world), open_reply=reply, notice=notice)
        case Speak(reply):
            assert reply == world.open_reply and not world.released
            return replace(world, released=True)
        case DuckReply(reply):
            assert reply == world.open_reply and world.heard and world.level == "full"
            return replace(world, level="ducked")
        case PauseReply(reply):
            assert reply == world.open_reply and world.released and world.level != "held"
            return replace(world, level="held")
        case ResumeReply(reply, word):
            assert reply == world.open_reply and world.level != "full"
            assert (word is not None) == (world.level == "held" and world.heard)
            return replace(world, level="full")
        case DropReply(reply):
            assert reply == world.open_reply and not world.heard and not world.acted
            return _closed(world)
        case StopReply(reply):
            assert reply == world.open_reply and (world.heard or world.acted)
            return _closed(world)
        case CloseReply(reply):
            assert reply == world.open_reply and world.released and (world.heard or empty)
            return _closed(world)
        case HangUp():
            assert world.open_reply is None and not world.hung_up
            return replace(world, hung_up=True)
    return world


def _closed(world: World) -> World:
    """No reply is open."""
    return World(world.state, world.now, noticed=world.noticed, hung_up=world.hung_up)


def comes_to_rest(world: World, policy: Policy) -> None:
    """Left alone, the machine neither keeps the caller waiting nor its own reply held for ever."""
    state = world.state
    for _ in range(SETTLES):
        wake = due(state)
        held = (
            world.level == "held" and state.reply is not None and state.reply == world.state.reply
        )
        if wake is None or not (held or (state.text and not state.voice)):
            break
        state, _ = step(state, TimePassed(), max(world.now, wake), policy)
        world = replace(world, now=max(world.now, wake))
    still_held = world.level == "held" and state.reply == world.state.reply
    assert state.reply is None or not still_held, "a paused reply is forgotten"
    if not state.voice and state.text:
        assert state.reply is not None and state.floor_is_ours, "a finished turn is forgotten"
    waits = policy.reprompt.after(state.prompts, state.on_hold) is None
    if state.reply is None and not (state.voice or waits or state.over):
        assert due(state) is not None, "silence for ever"


def _told(before: State, event: Event) -> list[str]:
    """The caller's words that are not handed over yet once `event` has told its own."""
    if before.over or not isinstance(event, InterimWords | PauseWords | FinalWords):
        return _words(before.text)
    return _words(*before.finals, event.text)


def is_interruption(before: State, event: Event, now: float, policy: Policy) -> bool:
    """Whether what is known once `event` has come is an interruption of the reply under way."""
    if before.reply is None:
        return False
    told = isinstance(event, InterimWords | PauseWords | FinalWords)
    over = said_over(replace(before, partial=event.text) if told else before)
    asked = before.overlap is not None and before.overlap.answers
    voice = Voice(over, now - before.voice_since, None, asked)
    return policy.interruption.judge(voice) is Verdict.INTERRUPTION


def _words(*texts: str) -> list[str]:
    return " ".join(texts).split()

"""The life of a reply: prepared on suspicion, released, heard, ended; and the words it uses up."""

from __future__ import annotations

import re
from dataclasses import replace

from dialogue.turns import actions as act
from dialogue.turns.policy import Policy
from dialogue.turns.requests import Request, request_of
from dialogue.turns.state import Phase, Reply, State

Step = tuple[State, tuple[act.Action, ...]]


def say(state: State, text: str, *, farewell: bool = False) -> Step:
    """Says `text`, which answers nothing that the caller said."""
    reply = Reply(state.next_reply, "", Phase.RELEASED, farewell=farewell)
    state = replace(state, reply=reply, next_reply=reply.number + 1, prompt_at=None)
    return state, (act.Say(reply.number, text), act.Speak(reply.number, None))


def speculate(state: State) -> Step:
    """Prepares the answer to the words so far, unless the reply under way already answers them."""
    state, acts = drop_stale(state)
    if state.voice or state.reply is not None or not state.text:
        return state, acts
    request = request_of(state.text)
    if request in (Request.HOLD, Request.NOTHING) or state.distant:
        return state, acts
    repeats = request is Request.REPEAT and state.spoken
    notice = "" if repeats else state.notice
    reply = Reply(state.next_reply, state.text, Phase.SPECULATIVE, notice=bool(notice))
    state = replace(state, reply=reply, next_reply=reply.number + 1)
    if repeats:
        return state, (*acts, act.Repeat(reply.number))
    if notice:
        return state, (*acts, act.Say(reply.number, notice))
    return state, (*acts, act.StartReply(reply.number, reply.answers))


def drop_prepared(state: State) -> Step:
    """Drops a prepared reply that has not been released."""
    reply = state.reply
    if reply is None or reply.phase is not Phase.SPECULATIVE:
        return state, ()
    return replace(state, reply=None), (act.DropReply(reply.number),)


def drop_stale(state: State) -> Step:
    """Drops a prepared reply whose question has changed."""
    reply = state.reply
    if reply is None or same_words(reply.answers, state.text):
        return state, ()
    return replace(state, reply=None), (act.DropReply(reply.number),)


def release(state: State, now: float, policy: Policy) -> Step:
    """The turn is over: its answer may be heard. One without words ends without trace."""
    state, acts = speculate(replace(state, end_at=None, final_by=None))
    if state.distant and state.text:
        state, closing = set_aside(state, now, policy)
        return state, (*acts, *closing)
    if state.reply is None:
        holds = request_of(state.text) is Request.HOLD
        state, committed = commit(state, now, policy, on_hold=holds)
        return state, (*acts, *committed)
    # The final words may differ in punctuation from those that the reply was prepared for.
    reply = replace(state.reply, phase=Phase.RELEASED, answers=state.text)
    return replace(state, reply=reply), (*acts, act.Speak(reply.number, state.silent_since))


def commit(state: State, now: float, policy: Policy, *, on_hold: bool = False) -> Step:
    """Hands over the caller's words, now that they are acted on, and opens the next turn."""
    if not state.text:
        return state, ()
    done = act.CommitTurn(state.turn, state.text)
    state = replace(
        state,
        turn=state.turn + 1,
        on_hold=on_hold,
        prompts=0,
        told=0.0,
        distant=False,
        nodded=False,
        resumed_after=None,
    )
    state, closing = spend_words(state, now, policy)
    return state, (done, *closing)


def set_aside(state: State, now: float, policy: Policy) -> Step:
    """Forgets a turn that was somebody else's."""
    aside = act.Disregard(state.text)
    state, closing = spend_words(replace(state, told=0.0, distant=False), now, policy)
    return state, (aside, *closing)


def spend_words(state: State, now: float, policy: Policy) -> Step:
    """Forgets the words so far: they are used. An open segment of theirs is closed."""
    spent = replace(state, finals=(), partial="", notice="")
    if not state.partial:
        return spent, ()
    spent = replace(spent, owed_until=now + policy.final_wait, open_segment=state.voice)
    return spent, (act.Finalize(),)


def begin_to_speak(state: State, now: float, policy: Policy) -> Step:
    """The first of the reply has been heard: what it answers is answered."""
    assert state.reply is not None
    reply = replace(state.reply, answers="", phase=Phase.SPEAKING)
    noticed = state.noticed or reply.notice
    notice = "" if noticed else state.notice
    state = replace(state, reply=reply, spoken=True, notice=notice, noticed=noticed)
    return commit(state, now, policy)


def begin_to_act(state: State, now: float, policy: Policy) -> Step:
    """A tool runs: what a released reply acts on must not become part of another turn.

    A speculative reply runs only tools that change nothing, and can still go without trace.
    """
    assert state.reply is not None
    reply = replace(state.reply, working=True)
    if reply.phase is Phase.SPECULATIVE:
        return replace(state, reply=reply), ()
    return commit(replace(state, reply=replace(reply, answers="", acted=True)), now, policy)


def yield_floor(state: State) -> Step:
    """Ends the reply for the caller's sake; one that left no trace is as if it had never been."""
    reply = state.reply
    assert reply is not None
    traced = reply.acted or reply.phase is Phase.SPEAKING
    end = act.StopReply if traced else act.DropReply
    return replace(state, reply=None, overlap=None), (end(reply.number),)


def close(state: State) -> Step:
    """The reply has been heard to its end; with a farewell the call is over, if nobody spoke up."""
    reply = state.reply
    assert reply is not None
    over = reply.farewell and not (state.voice or state.open_segment or state.text)
    closing = act.CloseReply(reply.number)
    state = replace(state, reply=None, overlap=None, over=over)
    return state, (closing, act.HangUp()) if over else (closing,)


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in case and punctuation at most."""
    return _words(one) == _words(other)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())

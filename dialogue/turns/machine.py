"""The turn machine: one pure function from (state, event, now) to (state, actions).

The caller's words collect in the state until silence has lasted as long as the policy asks
(`caller`). A reply is prepared at the first pause already, unheard; it is released when the turn
ends with the same words and dropped without trace when it ends with others (`replies`). A voice
over a released reply lowers or pauses it; words then decide whether it stops for good or goes on
(`overlap`). A long silence of both is broken by a question, and in the end by goodbye.
"""

from __future__ import annotations

from dataclasses import replace

from dialogue.languages import notice
from dialogue.turns import caller, overlap, replies
from dialogue.turns import events as ev
from dialogue.turns.policy import Policy
from dialogue.turns.replies import Step
from dialogue.turns.state import State


def step(state: State, event: ev.Event, now: float, policy: Policy) -> Step:
    """The state after `event` at time `now` in seconds, and what is to be done about it."""
    if state.over:
        return state, ()
    if _reached(state.owed_until, now):
        state = replace(state, owed_until=None)
    state, actions = _react(state, event, now, policy)
    return _await_anyone(state, now, policy), actions


def due(state: State) -> float | None:
    """When the machine wants a `TimePassed`, in seconds; None when nothing is pending."""
    if state.over:
        return None
    act_at = state.overlap.act_at if state.overlap is not None else None
    times = (state.end_at, state.final_by, act_at, state.prompt_at)
    return min((time for time in times if time is not None), default=None)


def _react(state: State, event: ev.Event, now: float, policy: Policy) -> Step:
    match event:
        case ev.CallStarted(greeting):
            return replies.say(state, greeting) if greeting else (state, ())
        case ev.VoiceStarted():
            state = caller.speaks(state, event)
            return overlap.begins(state, event, now, policy) if state.floor_is_ours else (state, ())
        case ev.VoiceLouder():
            return overlap.louder(state, event, now, policy) if state.floor_is_ours else (state, ())
        case ev.VoiceStopped(since):
            state = caller.falls_silent(state, event, policy)
            return overlap.stops(state, since, now, policy) if state.floor_is_ours else (state, ())
        case ev.TurnEndLikelihood(probability):
            return caller.await_end(replace(state, probability=probability), policy), ()
        case ev.LanguageHeard(code, probability):
            return caller.speaks_another_language(state, notice(code, probability))
        case ev.InterimWords() | ev.PauseWords() | ev.FinalWords():
            return _words(state, event, now, policy)
        case ev.TimePassed():
            return _wake(state, now, policy)
    if state.reply is None or state.reply.number != event.reply:
        return state, ()  # news of a reply that is no longer the one under way
    return _progress(state, event, now, policy)


def _words(
    state: State,
    event: ev.InterimWords | ev.PauseWords | ev.FinalWords,
    now: float,
    policy: Policy,
) -> Step:
    closes = isinstance(event, ev.FinalWords)
    state = replace(state, confidence=event.confidence)
    if state.owed_until is not None:
        return replace(state, owed_until=None) if closes else state, ()
    asked = state.final_by is not None
    if closes:
        finals = (*state.finals, event.text) if event.text else state.finals
        state = replace(state, open_segment=state.voice, final_by=None)
        state = caller.hears(state, "", finals)
    else:
        state = caller.hears(state, event.text, state.finals)
    settled = not isinstance(event, ev.InterimWords)
    state = replace(state, settled=state.settled or (settled and not state.voice))
    if state.floor_is_ours:
        return overlap.words(state, now, policy, settled=settled)
    if closes:
        return caller.final(state, asked, now, policy)
    return caller.pause(state, policy) if settled else caller.interim(state)


def _progress(state: State, event: ev.ReplyEvent, now: float, policy: Policy) -> Step:
    """News of the reply under way."""
    reply = state.reply
    assert reply is not None
    match event:
        case ev.SpeechStarted():
            return replies.begin_to_speak(state, now, policy)
        case ev.SpeechReached(words=words, asks=asks):
            return replace(state, reply=replace(reply, reached=words, asks=asks)), ()
        case ev.ToolWanted():
            return overlap.wants_to_act(state, now, policy)
        case ev.ToolStarted():
            return replies.begin_to_act(state, now, policy)
        case ev.ToolFinished():
            return replace(state, reply=replace(reply, working=False)), ()
        case ev.ReplyEmpty() if not state.floor_is_ours:
            return state, ()
        case ev.ReplyEmpty():
            state, committed = replies.commit(state, now, policy)
            state, closed = replies.close(state)
            return caller.await_end(state, policy), (*committed, *closed)
    state, aside = overlap.ends(state, now, policy)
    state, closed = replies.close(state)
    return caller.await_end(state, policy), (*aside, *closed)


def _wake(state: State, now: float, policy: Policy) -> Step:
    """Acts on the earliest moment that has come; the next one is due at once if it has come too."""
    if state.overlap is not None and _reached(state.overlap.act_at, now):
        return overlap.lasted(state, now, policy)
    if _reached(state.final_by, now):
        return caller.give_up_waiting(state, now, policy)
    if _reached(state.end_at, now):
        return caller.silence_lasted(state, now, policy)
    if _reached(state.prompt_at, now):
        return _ask_whether_anyone_is_there(state, policy)
    return state, ()


def _await_anyone(state: State, now: float, policy: Policy) -> State:
    """While both are silent, the time runs until the caller is asked about it."""
    if not state.idle:
        return replace(state, prompt_at=None)
    prompt = policy.reprompt.after(state.prompts, state.on_hold)
    if prompt is None or state.prompt_at is not None:
        return state
    return replace(state, prompt_at=now + prompt.wait)


def _ask_whether_anyone_is_there(state: State, policy: Policy) -> Step:
    prompt = policy.reprompt.after(state.prompts, state.on_hold)
    assert prompt is not None, "the time of a prompt has come"
    state = replace(state, prompts=state.prompts + 1)
    return replies.say(state, prompt.text, farewell=prompt.last)


def _reached(moment: float | None, now: float) -> bool:
    return moment is not None and now >= moment

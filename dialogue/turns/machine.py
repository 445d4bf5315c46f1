"""The turn machine: one pure function from (state, event, now) to (state, actions).

The caller's words collect in the state until silence has lasted as long as the policy asks. A reply
is prepared at the first pause already, unheard; it is released when the turn ends with the same
words and dropped without trace when it ends with others. Over a reply being heard, the caller's
voice pauses it at once; words then decide whether it stops for good or goes on.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dialogue.turns import actions as act
from dialogue.turns import events as ev
from dialogue.turns.interruption import Verdict
from dialogue.turns.policy import Evidence, Policy
from dialogue.turns.state import Phase, Reply, State

Step = tuple[State, tuple[act.Action, ...]]

_HABIT = 16
"""Pauses of the caller's that are remembered."""


def step(state: State, event: ev.Event, now: float, policy: Policy) -> Step:
    """The state after `event` at time `now` in seconds, and what is to be done about it."""
    if _reached(state.owed_until, now):
        state = replace(state, owed_until=None)
    match event:
        case ev.CallStarted(greeting):
            return _greet(state, greeting)
        case ev.VoiceStarted(since):
            return _voice_started(_note_pause(state, since))
        case ev.VoiceStopped(since):
            return _voice_stopped(state, since, policy)
        case ev.TurnEndLikelihood(probability):
            return _weigh(state, probability, policy)
        case ev.InterimWords(text):
            return _interim(state, text, policy)
        case ev.PauseWords(text):
            return _pause(state, text, now, policy)
        case ev.FinalWords(text):
            return _final(state, text, now, policy)
        case ev.SpeechStarted() if _current(state, event.reply):
            return _speech_started(state, now, policy)
        case ev.SpeechFinished() if _current(state, event.reply):
            return _close(state, policy)
        case ev.ReplyEmpty() if _current(state, event.reply):
            return _reply_empty(state, now, policy)
        case ev.TimePassed():
            return _wake(state, now, policy)
    return state, ()  # news of a reply that is no longer the one under way


def due(state: State) -> float | None:
    """When the machine wants a `TimePassed`, in seconds; None when nothing is pending."""
    times = [t for t in (state.end_at, state.final_by, state.resume_at) if t is not None]
    return min(times, default=None)


def _current(state: State, number: int) -> bool:
    return state.reply is not None and state.reply.number == number


def _reached(moment: float | None, now: float) -> bool:
    return moment is not None and now >= moment


def _greet(state: State, greeting: str) -> Step:
    if not greeting:
        return state, ()
    reply = Reply(state.next_reply, "", Phase.RELEASED)
    state = replace(state, reply=reply, next_reply=reply.number + 1)
    return state, (act.Say(reply.number, greeting), act.Speak(reply.number, None))


# --- voice -----------------------------------------------------------------------------------


def _voice_started(state: State) -> Step:
    """The caller speaks: nothing ends the turn now, and a reply being heard holds its tongue."""
    state = replace(
        state, voice=True, open_segment=True, end_at=None, final_by=None, resume_at=None
    )
    reply = state.reply
    if reply is None or reply.phase is Phase.SPECULATIVE or reply.paused:
        return state, ()
    return replace(state, reply=replace(reply, paused=True)), (act.PauseReply(reply.number),)


def _note_pause(state: State, since: float) -> State:
    """Remembers how long the caller paused in the middle of a turn: it is a habit."""
    state = replace(state, likelihood=None)
    if state.voice or not state.open_segment or _floor_is_ours(state):
        return state
    pauses = (*state.pauses, max(0.0, since - state.silent_since))
    return replace(state, pauses=pauses[-_HABIT:])


def _weigh(state: State, probability: float, policy: Policy) -> Step:
    if state.voice:
        return state, ()
    return _await_end(replace(state, likelihood=probability), policy), ()


def _voice_stopped(state: State, since: float, policy: Policy) -> Step:
    state = replace(state, voice=False, silent_since=since)
    if state.reply is not None and state.reply.paused:
        state = replace(state, resume_at=since + policy.resume_wait)
    return _await_end(state, policy), ()


def _await_end(state: State, policy: Policy) -> State:
    """Sets the moment at which the present silence ends the turn, if there is a turn to end."""
    if state.voice or state.final_by is not None or _floor_is_ours(state):
        return state
    if not (state.open_segment or state.text):
        return replace(state, end_at=None)
    evidence = Evidence(state.text, state.likelihood, state.pauses)
    return replace(state, end_at=state.silent_since + policy.end_of_turn.patience(evidence))


# --- words -----------------------------------------------------------------------------------


def _interim(state: State, text: str, policy: Policy) -> Step:
    if state.owed_until is not None:
        return state, ()
    state = replace(state, partial=text)
    if not _floor_is_ours(state):
        return _drop_stale(state)
    if policy.interruption.judge(_said_over(state)) is Verdict.INTERRUPTION:
        return _give_up_floor(state, policy)
    return state, ()


def _pause(state: State, text: str, now: float, policy: Policy) -> Step:
    if state.owed_until is not None:
        return state, ()
    state = replace(state, partial=text)
    if _floor_is_ours(state):
        return _judge(state, now, policy)
    return _speculate(_await_end(state, policy))


def _final(state: State, text: str, now: float, policy: Policy) -> Step:
    if state.owed_until is not None:
        return replace(state, owed_until=None), ()
    finals = (*state.finals, text) if text else state.finals
    asked = state.final_by is not None
    state = replace(state, finals=finals, partial="", open_segment=state.voice, final_by=None)
    if _floor_is_ours(state):
        return _judge(state, now, policy)
    return _end_turn(state) if asked else _speculate(_await_end(state, policy))


def _floor_is_ours(state: State) -> bool:
    """Whether a reply is being heard, or is about to be."""
    return state.reply is not None and state.reply.phase is not Phase.SPECULATIVE


def _judge(state: State, now: float, policy: Policy) -> Step:
    """Decides on all that was said over the reply, at a pause of the caller's."""
    reply = state.reply
    assert reply is not None
    verdict = policy.interruption.judge(_said_over(state))
    if verdict is Verdict.INTERRUPTION:
        state, acts = _give_up_floor(state, policy)
        state, more = _speculate(state)
        return state, (*acts, *more)
    if verdict is Verdict.BACKCHANNEL and reply.phase is Phase.SPEAKING and not state.voice:
        return _acknowledge(state, now, policy)
    return state, ()


def _said_over(state: State) -> str:
    """What was said since the reply was released: all of the turn, less what the reply answers."""
    assert state.reply is not None
    return state.text.removeprefix(state.reply.answers)


def _give_up_floor(state: State, policy: Policy) -> Step:
    """The caller wants the floor. A reply nobody has heard is dropped and its turn goes on."""
    reply = state.reply
    assert reply is not None
    end = act.StopReply if reply.phase is Phase.SPEAKING else act.DropReply
    state = replace(state, reply=None, resume_at=None)
    return _await_end(state, policy), (end(reply.number),)


def _acknowledge(state: State, now: float, policy: Policy) -> Step:
    """Goes on speaking over a backchannel, whose segment is closed and kept out of any turn."""
    text = state.text
    state, closing = _spend_words(state, now, policy)
    state, resumed = _resume(replace(state, open_segment=False))
    return state, (act.Acknowledge(text), *closing, *resumed)


def _spend_words(state: State, now: float, policy: Policy) -> Step:
    """Forgets the words so far: they are used. An open segment of theirs is closed."""
    spent = replace(state, finals=(), partial="")
    if not state.partial:
        return spent, ()
    return replace(spent, owed_until=now + policy.final_wait), (act.Finalize(),)


# --- replies ---------------------------------------------------------------------------------


def _speculate(state: State) -> Step:
    """Prepares the answer to the words so far, unless the reply under way already answers them."""
    state, acts = _drop_stale(state)
    if state.voice or state.reply is not None or not state.text:
        return state, acts
    reply = Reply(state.next_reply, state.text, Phase.SPECULATIVE)
    state = replace(state, reply=reply, next_reply=reply.number + 1)
    return state, (*acts, act.StartReply(reply.number, reply.answers))


def _drop_stale(state: State) -> Step:
    """Drops a prepared reply whose question has changed."""
    reply = state.reply
    if reply is None or same_words(reply.answers, state.text):
        return state, ()
    return replace(state, reply=None), (act.DropReply(reply.number),)


def _end_turn(state: State) -> Step:
    """Releases the answer to all the words of the turn; a turn without words ends without trace."""
    state, acts = _speculate(replace(state, end_at=None, final_by=None))
    if state.reply is None:
        return state, acts
    # The final words may differ in punctuation from those that the reply was prepared for.
    reply = replace(state.reply, phase=Phase.RELEASED, answers=state.text)
    return replace(state, reply=reply), (*acts, act.Speak(reply.number, state.silent_since))


def _speech_started(state: State, now: float, policy: Policy) -> Step:
    assert state.reply is not None
    state = replace(state, reply=replace(state.reply, answers="", phase=Phase.SPEAKING))
    return _commit(state, now, policy)


def _reply_empty(state: State, now: float, policy: Policy) -> Step:
    if not _floor_is_ours(state):
        return state, ()
    state, committed = _commit(state, now, policy)
    state, closed = _close(state, policy)
    return state, (*committed, *closed)


def _commit(state: State, now: float, policy: Policy) -> Step:
    """Hands over the caller's words, now that they are answered, and opens the next turn."""
    if not state.text:
        return state, ()
    commit = act.CommitTurn(state.turn, state.text)
    state, closing = _spend_words(replace(state, turn=state.turn + 1), now, policy)
    return state, (commit, *closing)


def _close(state: State, policy: Policy) -> Step:
    assert state.reply is not None
    closing = act.CloseReply(state.reply.number)
    return _await_end(replace(state, reply=None, resume_at=None), policy), (closing,)


def _resume(state: State) -> Step:
    reply = state.reply
    state = replace(state, resume_at=None)
    if reply is None or not reply.paused:
        return state, ()
    return replace(state, reply=replace(reply, paused=False)), (act.ResumeReply(reply.number),)


# --- time ------------------------------------------------------------------------------------


def _wake(state: State, now: float, policy: Policy) -> Step:
    """Acts on the earliest moment that has come; the next one is due at once if it has come too."""
    if _reached(state.resume_at, now):
        return _resume(state)
    if _reached(state.final_by, now):
        return _give_up_waiting(state, now, policy)
    if _reached(state.end_at, now):
        return _silence_lasted(state, now, policy)
    return state, ()


def _silence_lasted(state: State, now: float, policy: Policy) -> Step:
    if not state.open_segment:
        return _end_turn(state)
    return replace(state, end_at=None, final_by=now + policy.final_wait), (act.Finalize(),)


def _give_up_waiting(state: State, now: float, policy: Policy) -> Step:
    """No final words came: the words there are must do, and the late ones are the same words."""
    if not state.partial:
        return _end_turn(replace(state, open_segment=False))
    finals = (*state.finals, state.partial)
    return _end_turn(
        replace(
            state,
            finals=finals,
            partial="",
            open_segment=False,
            owed_until=now + policy.final_wait,
        )
    )


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in case and punctuation at most."""
    return _words(one) == _words(other)


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())

"""The caller's turn: words collect until silence has lasted as long as the policy asks."""

from __future__ import annotations

from dataclasses import replace

from dialogue.turns import actions as act
from dialogue.turns import events as ev
from dialogue.turns.interruption import Verdict, Voice
from dialogue.turns.policy import PAUSES_KEPT, Evidence, Policy
from dialogue.turns.replies import Step, drop_prepared, drop_stale, release, same_words, speculate
from dialogue.turns.state import Phase, State

LEVEL_KEPT = 0.7
"""Share of the caller's level so far that the next stretch of speech leaves standing."""


def speaks(state: State, event: ev.VoiceStarted) -> State:
    """The caller speaks: nothing ends the turn now."""
    inside = state.text and (state.reply is None or state.reply.phase is not Phase.SPEAKING)
    return replace(
        state,
        voice=True,
        voice_since=event.since,
        open_segment=True,
        settled=False,
        end_at=None,
        final_by=None,
        probability=None,
        resumed_after=max(event.since - state.silent_since, 0.0) if inside else None,
    )


def falls_silent(state: State, event: ev.VoiceStopped, policy: Policy) -> State:
    """The caller's voice has stopped; if this is a turn of theirs, it counts towards it."""
    state = replace(state, voice=False, silent_since=event.since)
    if state.floor_is_ours:
        return state
    lasted = max(event.since - state.voice_since, 0.0)
    distant = _distant(state, event.loudness, lasted, policy)
    return await_end(
        replace(
            state,
            told=state.told + lasted,
            distant=distant and (state.distant or not state.told),
            loudness=state.loudness if distant else _level(state.loudness, event.loudness),
        ),
        policy,
    )


def await_end(state: State, policy: Policy) -> State:
    """Sets the moment at which the present silence ends the turn, if there is a turn to end."""
    if state.voice or state.final_by is not None or state.floor_is_ours:
        return state
    if not (state.open_segment or state.text):
        return replace(state, end_at=None)
    wait = max(patience(state, policy), acting(state, policy))
    if not state.settled:  # the last words may change what the turn sounds like
        wait = max(wait, policy.words_wait)
    return replace(state, end_at=state.silent_since + wait)


def patience(state: State, policy: Policy) -> float:
    """Seconds of silence that end the turn as it stands."""
    evidence = Evidence(state.text, state.probability, state.pauses)
    return policy.end_of_turn.patience(evidence)


def acting(state: State, policy: Policy) -> float:
    """Seconds of silence before what was prepared for the turn may be done."""
    return policy.acting_wait if state.reply is not None and state.reply.acts else 0.0


def hears(state: State, partial: str, finals: tuple[str, ...]) -> State:
    """Takes the words as they now stand; new ones after a pause make it one inside the turn."""
    before = state.text
    state = replace(state, partial=partial, finals=finals)
    if state.resumed_after is None or same_words(before, state.text):
        return state
    pauses = (*state.pauses, state.resumed_after)[-PAUSES_KEPT:]
    return replace(state, pauses=pauses, resumed_after=None)


def interim(state: State) -> Step:
    """Words while the caller speaks: a reply prepared for others is of no use."""
    state, dropped = drop_stale(state)
    if state.reply is not None or not state.text:
        return state, dropped
    return state, (*dropped, act.ReadAhead(state.text))


def pause(state: State, policy: Policy) -> Step:
    """Words at a pause: perhaps all of the turn."""
    state, prepared = _prepare(state, policy)
    if state.nodded or state.voice:
        return state, prepared
    token = policy.backchannel.token(state.told, patience(state, policy))
    if token is None:
        return state, prepared
    return replace(state, nodded=True), (*prepared, act.Backchannel(token))


def speaks_another_language(state: State, notice: str) -> Step:
    """Words that are not to be trusted: once in a call, `notice` is their answer."""
    if not notice or state.noticed or state.owed_until is not None:
        return state, ()
    state = replace(state, notice=notice)
    if state.floor_is_ours:
        return state, ()
    state, dropped = drop_prepared(state)
    state, prepared = speculate(state)
    return state, (*dropped, *prepared)


def final(state: State, asked: bool, now: float, policy: Policy) -> Step:
    """Words of a closed segment; those that were `asked` for complete the turn."""
    if asked and not state.voice and now >= state.silent_since + acting(state, policy):
        return release(state, now, policy)
    return _prepare(state, policy)


def _prepare(state: State, policy: Policy) -> Step:
    """Prepares an answer to the words as they now stand, and waits for the end of the turn."""
    state, prepared = speculate(state)
    return await_end(state, policy), prepared


def silence_lasted(state: State, now: float, policy: Policy) -> Step:
    """The silence is long enough: ends the turn, or asks for its final words first."""
    if not state.open_segment:
        return release(state, now, policy)
    return replace(state, end_at=None, final_by=now + policy.final_wait), (act.Finalize(),)


def give_up_waiting(state: State, now: float, policy: Policy) -> Step:
    """No final words came: the words there are must do, and the late ones are the same words."""
    owed = now + policy.final_wait if state.partial else state.owed_until
    finals = (*state.finals, state.partial) if state.partial else state.finals
    state = replace(state, finals=finals, partial="", open_segment=False, owed_until=owed)
    return release(state, now, policy)


def _distant(state: State, loudness: float | None, lasted: float, policy: Policy) -> bool:
    """Whether a voice is not the caller's; before a turn of theirs, any may be."""
    if loudness is None or state.loudness is None:
        return False
    voice = Voice("", lasted, loudness - state.loudness, answers=False)
    return policy.interruption.judge(voice) is Verdict.BACKGROUND


def _level(so_far: float | None, loudness: float | None) -> float | None:
    if so_far is None or loudness is None:
        return so_far if loudness is None else loudness
    return LEVEL_KEPT * so_far + (1 - LEVEL_KEPT) * loudness

"""A voice over the agent: lower ours at once, fall silent if it lasts, let its words decide.

Two promises pull against each other. A caller who wants the floor hears us fall silent within
400 ms (median); a caller who says "mm-hm" hears no gap over 300 ms. Words alone come too late for
the first, the length of the voice alone tells too little for the second: a real "mm-hm" lasts 0.4 s
and more, as long as "wait, stop". So we fall silent before we know, and go on before it is a gap,
unless words say in between that the floor is wanted. In seconds after the onset:

    0.10    voice activity is sure (three windows of 32 ms): we lower our voice
    0.27    the first word: 0.22 s of speech, decoded in 0.02 to 0.05. Attention: we go on,
            lowered. Anything else that was heard clearly: we stop for good
    0.30    `pause_after`: the voice is still there and has no word yet, we fall silent. The way
            to us and back to the caller takes about 0.1
    0.55    `longest_gap` has passed without a word: we go on, however long the voice lasts
    later   more words, every 0.2 s, then every 0.4 s, and at the pause: the first that want the
            floor end the reply

What came back from silence begins at the start of the word that was cut. A voice far below the
caller's own level in this call is somebody else's and changes nothing, nor do its words. A reply
that is released and not yet heard has no gap to fear: it waits at once, for `resume_wait` after a
sound and for `wordless_wait` at most, so each silence of ours has an end that does not depend on
the caller.
"""

from __future__ import annotations

from dataclasses import replace

from dialogue.turns import actions as act
from dialogue.turns import events as ev
from dialogue.turns.caller import acting, await_end
from dialogue.turns.interruption import Verdict, Voice
from dialogue.turns.policy import Policy
from dialogue.turns.replies import Step, speculate, spend_words, yield_floor
from dialogue.turns.state import Level, Overlap, Phase, Reply, State


def begins(state: State, event: ev.VoiceStarted, now: float, policy: Policy) -> Step:
    """A voice over a released reply."""
    reply, before = _reply(state), state.overlap
    overlap = Overlap(event.since, event.loudness, reply.asks)
    if reply.level is not Level.HELD:
        return _heed(replace(state, overlap=overlap), now, policy)
    act_at = event.since + policy.wordless_wait
    if reply.phase is Phase.SPEAKING and before is not None:
        act_at = before.act_at or now  # the gap is as long as it was
    return replace(state, overlap=replace(overlap, act_at=act_at)), ()


def louder(state: State, event: ev.VoiceLouder, now: float, policy: Policy) -> Step:
    """A voice that was somebody else's may be the caller's after all."""
    overlap = state.overlap
    if overlap is None or not state.voice:
        return state, ()
    distant = _verdict(state, now, policy) is Verdict.BACKGROUND
    state = replace(state, overlap=replace(overlap, loudness=event.loudness))
    if _verdict(state, now, policy) is Verdict.INTERRUPTION:
        return _yield(state, policy)
    return _heed(state, now, policy) if distant else (state, ())


def stops(state: State, since: float, now: float, policy: Policy) -> Step:
    """The voice has stopped; what it meant may be known only later."""
    overlap, reply = state.overlap, _reply(state)
    if overlap is None or reply.level is Level.FULL:
        return state, ()
    if reply.level is Level.DUCKED:
        return _resume(state)
    if reply.phase is Phase.SPEAKING:
        return state, ()  # goes on when the gap has lasted
    return replace(state, overlap=replace(overlap, act_at=since + policy.resume_wait)), ()


def lasted(state: State, now: float, policy: Policy) -> Step:
    """The moment has come at which a ducked reply falls silent, or a silent one goes on."""
    if _verdict(state, now, policy) is Verdict.INTERRUPTION:
        return _yield(state, policy)
    return _hold(state, now, policy) if _reply(state).level is Level.DUCKED else _resume(state)


def words(state: State, now: float, policy: Policy, *, settled: bool) -> Step:
    """Words over the reply; `settled` where the caller has paused after them."""
    verdict = _verdict(state, now, policy)
    if verdict is Verdict.INTERRUPTION:
        state, stopped = _yield(state, policy)
        state, more = speculate(state) if settled else (state, ())
        return state, (*stopped, *more)
    if verdict is Verdict.NOTHING or _reply(state).phase is not Phase.SPEAKING:
        return state, ()
    if state.voice or not settled:
        return _let_be(state) if verdict is Verdict.BACKCHANNEL else (state, ())
    if verdict is Verdict.UNCLEAR and state.open_segment:
        return state, ()  # a second look may clear them up
    return _set_aside(state, verdict, now, policy)


def wants_to_act(state: State, now: float, policy: Policy) -> Step:
    """The reply is to change something: a caller who only drew breath has time to go on."""
    reply = replace(_reply(state), acts=True)
    state = replace(state, reply=reply)
    if reply.phase is Phase.SPECULATIVE:
        return await_end(state, policy), ()
    act_at = state.silent_since + acting(state, policy)
    unheard = reply.phase is Phase.RELEASED and reply.level is Level.FULL
    # A reply that has acted answers nothing any more.
    if not (unheard and reply.answers) or now >= act_at:
        return state, ()
    return _fall_silent(state, Overlap(now, None, answers=False, act_at=act_at))


def ends(state: State, now: float, policy: Policy) -> Step:
    """The reply has been heard to its end: sounds that were hardly words open no turn."""
    if state.voice or _verdict(state, now, policy) is not Verdict.UNCLEAR:
        return state, ()
    return _set_aside(state, Verdict.UNCLEAR, now, policy)


def said_over(state: State) -> str:
    """What was said since the reply was released: all of the turn, less what the reply answers."""
    return state.text.removeprefix(_reply(state).answers)


def _set_aside(state: State, verdict: Verdict, now: float, policy: Policy) -> Step:
    kind = act.Acknowledge if verdict is Verdict.BACKCHANNEL else act.Disregard
    text = state.text
    state, closing = spend_words(state, now, policy)
    state, resumed = _resume(replace(state, open_segment=False))
    return state, (kind(text), *closing, *resumed)


def _reply(state: State) -> Reply:
    assert state.reply is not None
    return state.reply


def _verdict(state: State, now: float, policy: Policy) -> Verdict:
    overlap = state.overlap
    since = now if overlap is None else overlap.since
    until = now if state.voice else max(state.silent_since, since)
    loudness = None
    if overlap is not None and overlap.loudness is not None:
        usual = policy.caller_level if state.loudness is None else state.loudness
        loudness = overlap.loudness - usual
    answers = overlap is not None and overlap.answers
    text, confidence = said_over(state), state.confidence
    return policy.interruption.judge(Voice(text, until - since, loudness, answers, confidence))


def _heed(state: State, now: float, policy: Policy) -> Step:
    """Lowers our voice for one that may be the caller's."""
    overlap, reply = state.overlap, _reply(state)
    assert overlap is not None
    if reply.level is Level.HELD or _verdict(state, now, policy) is Verdict.BACKGROUND:
        return state, ()
    if reply.phase is Phase.RELEASED:
        return _hold(state, now, policy)
    overlap = replace(overlap, act_at=overlap.since + policy.pause_after)
    state = replace(state, overlap=overlap, reply=replace(reply, level=Level.DUCKED))
    return state, (act.DuckReply(reply.number),) if reply.level is Level.FULL else ()


def _hold(state: State, now: float, policy: Policy) -> Step:
    overlap, reply = state.overlap, _reply(state)
    assert overlap is not None
    act_at = max(overlap.since + policy.wordless_wait, now)
    if reply.phase is Phase.SPEAKING:
        act_at = now + policy.longest_gap
    return _fall_silent(state, replace(overlap, act_at=act_at))


def _fall_silent(state: State, overlap: Overlap) -> Step:
    reply = replace(_reply(state), level=Level.HELD)
    return replace(state, overlap=overlap, reply=reply), (act.PauseReply(reply.number),)


def _let_be(state: State) -> Step:
    """Attention so far: a silent reply goes on, a lowered one stays so until the voice stops."""
    if _reply(state).level is Level.HELD:
        return _resume(state)
    overlap = None if state.overlap is None else replace(state.overlap, act_at=None)
    return replace(state, overlap=overlap), ()


def _resume(state: State) -> Step:
    overlap, reply = state.overlap, _reply(state)
    if overlap is not None:
        state = replace(state, overlap=replace(overlap, act_at=None))
    if reply.level is Level.FULL:
        return state, ()
    rewinds = reply.level is Level.HELD and reply.phase is Phase.SPEAKING
    state = replace(state, reply=replace(reply, level=Level.FULL))
    return state, (act.ResumeReply(reply.number, reply.reached if rewinds else None),)


def _yield(state: State, policy: Policy) -> Step:
    state, acts = yield_floor(state)
    return await_end(state, policy), acts

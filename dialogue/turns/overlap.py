"""A voice over the agent: lower ours at once, fall silent if it lasts, let its words decide.

Two promises pull against each other. A caller who wants the floor hears us fall silent within
400 ms (median); a caller who says "mm-hm" hears no gap over 300 ms. Words cannot serve both: an
interim transcript is there about 0.55 s after the onset (0.4 s of speech, 0.15 s of decoding), and
of a short sound there is none, only the words at its pause, about 0.3 s after it has ended. So the
length of the voice decides first and its words have the last say. In seconds after the onset, for
a voice that lasts d:

    0.12          voice activity is sure (three windows of 32 ms): we lower our voice
    0.24          `pause_after`: still there, we fall silent. The way to us and back to the caller
                  takes about 0.14, so the silence is heard at 0.38
    d + 0.14      voice activity reports the end (four windows of silence)
                  d <= `short_sound`: taken for attention; we go on as soon as we have been silent
                  for `longest_gap`, or at once if we have already: a gap of 0.27 for d up to 0.37,
                  of d - 0.10 beyond
    d + 0.3       the words at the pause. Attention or nothing: we go on, or went on already.
                  "Wait": we stop for good, having said some 0.2 of the cut word once more
    0.55, 0.95    interim words of a longer voice: the first that is no attention ends the reply,
                  silent since 0.38 for the caller. "Yeah" alone waits for what follows

What came back from silence begins at the start of the word that was cut. A longer sound that stops
without words resumes after `resume_wait`, one that goes on without any word after `wordless_wait`
(a machine, a crowd): each silence of ours has an end that does not depend on the caller. A voice
far below the caller's own level in this call is somebody else's and changes nothing, nor do its
words. A reply that is released and not yet heard has no gap to fear, and waits at once.
"""

from __future__ import annotations

from dataclasses import replace

from dialogue.turns import actions as act
from dialogue.turns import events as ev
from dialogue.turns.caller import await_end
from dialogue.turns.interruption import Verdict, Voice
from dialogue.turns.policy import Policy
from dialogue.turns.replies import Step, speculate, spend_words, yield_floor
from dialogue.turns.state import Level, Overlap, Phase, Reply, State


def begins(state: State, event: ev.VoiceStarted, now: float, policy: Policy) -> Step:
    """A voice over a released reply."""
    overlap = Overlap(event.since, event.loudness, _reply(state).asks)
    if _reply(state).level is not Level.HELD:
        return _heed(replace(state, overlap=overlap), now, policy)
    held = state.overlap.held_at if state.overlap else now
    act_at = event.since + policy.wordless_wait
    return replace(state, overlap=replace(overlap, held_at=held, act_at=act_at)), ()


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
    act_at = since + policy.resume_wait
    if reply.phase is Phase.SPEAKING and since - overlap.since <= policy.short_sound:
        act_at = max(
            now, (now if overlap.held_at is None else overlap.held_at) + policy.longest_gap
        )
    return replace(state, overlap=replace(overlap, act_at=act_at)), ()


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
    spent = verdict is not Verdict.NOTHING and not state.voice
    if not (settled and spent and _reply(state).phase is Phase.SPEAKING):
        return state, ()
    kind = act.Acknowledge if verdict is Verdict.BACKCHANNEL else act.Disregard
    text = state.text
    state, closing = spend_words(state, now, policy)
    state, resumed = _resume(replace(state, open_segment=False))
    return state, (kind(text), *closing, *resumed)


def said_over(state: State) -> str:
    """What was said since the reply was released: all of the turn, less what the reply answers."""
    return state.text.removeprefix(_reply(state).answers)


def _reply(state: State) -> Reply:
    assert state.reply is not None
    return state.reply


def _verdict(state: State, now: float, policy: Policy) -> Verdict:
    overlap = state.overlap
    since = now if overlap is None else overlap.since
    until = now if state.voice else max(state.silent_since, since)
    loudness = None
    if overlap is not None and overlap.loudness is not None and state.loudness is not None:
        loudness = overlap.loudness - state.loudness
    answers = overlap is not None and overlap.answers
    return policy.interruption.judge(Voice(said_over(state), until - since, loudness, answers))


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
    overlap = replace(overlap, held_at=now, act_at=act_at)
    state = replace(state, overlap=overlap, reply=replace(reply, level=Level.HELD))
    return state, (act.PauseReply(reply.number),)


def _resume(state: State) -> Step:
    overlap, reply = state.overlap, _reply(state)
    if overlap is not None:
        state = replace(state, overlap=replace(overlap, act_at=None, held_at=None))
    if reply.level is Level.FULL:
        return state, ()
    rewinds = reply.level is Level.HELD and reply.phase is Phase.SPEAKING
    state = replace(state, reply=replace(reply, level=Level.FULL))
    return state, (act.ResumeReply(reply.number, reply.reached if rewinds else None),)


def _yield(state: State, policy: Policy) -> Step:
    state, acts = yield_floor(state)
    return await_end(state, policy), acts

"""What a call says about the agent: from what was said and heard, and when, to events and rates.

The measures are those of tau-voice (Ray et al. 2026, "tau-Voice", and docs/interaction-metrics.md
of tau2-bench), on sound instead of 200 ms ticks:

- response: of the turns after which the agent was silent, those it answered before the caller's
  next turn; latency from the end of the turn to the first sound of the answer.
- yield: of the turns begun over the agent, those where its final silence began within 2 s; latency
  to the beginning of that silence. Speech that only paused and went on has not yielded.
- backchannel, tic, other: of these sounds, those the agent talked through or ignored. Over the
  agent, a silence of more than 300 ms that begins within 1 s (or within the sound, if that is
  longer) is an error; in silence, speech that begins within 2 s after it is one.
- cut in: sounds of the agent that began while the caller had a turn, its inner pauses included
  (which tau-voice does not count), per turn that could be answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from agent.recording import Span
from agent.scenarios.script import Kind

YIELD_SECONDS = 2.0
HOLD_SECONDS = 1.0
IGNORE_SECONDS = 2.0

GAP_SECONDS = 0.3
"""A silence of the agent that is heard as one; shorter ones are pauses between words."""

BEFORE_SOUND = 1.0
AFTER_SOUND = 0.5
"""How long before and after its first sound the agent may tell that it answers, s: the first
samples of speech are silent, and the two ways to the caller are not equally fast."""


class Measure(Enum):
    """What an event counts for."""

    RESPONSE = "response"
    YIELD = "yield"
    BACKCHANNEL = "backchannel"
    TIC = "tic"
    OTHER = "other speech"
    REPROMPT = "reprompt"
    PATIENCE = "patience"
    CUT_IN = "cut in"


class Quiet(Enum):
    """What a caller expects who keeps silent."""

    REPROMPT = "reprompt"
    PATIENCE = "quiet"


@dataclass(frozen=True)
class Said:
    """A stretch of the caller's time; s on the caller's clock."""

    kind: Kind | Quiet
    text: str
    start: float
    end: float

    def __str__(self) -> str:
        return f'"{self.text}"' if self.text else self.kind.value


@dataclass(frozen=True)
class Heard:
    """A call as the caller had it: own speech in order, the agent's sounds, its news of answers."""

    said: tuple[Said, ...]
    sounds: tuple[Span, ...]
    """When the agent was audible; 200 ms of quiet part two sounds."""
    answers: tuple[float, ...] | None
    """When the agent told that an answer begins; None for one that does not tell."""
    ended: float


@dataclass(frozen=True)
class Event:
    """One thing that counts, right or wrong; `why` says what was wrong."""

    measure: Measure
    said: Said
    right: bool
    latency: float | None = None
    why: str = ""


def events(heard: Heard) -> tuple[Event, ...]:
    """Every event of a call, in the order of what the caller said."""
    found: list[Event] = []
    for index, said in enumerate(heard.said):
        rest = heard.said[index + 1 :]
        match said.kind:
            case Kind.TURN:
                following = (other.start for other in rest if other.kind is Kind.TURN)
                found += _turn(heard, said, next(following, heard.ended))
            case Kind():
                found += _sound(heard, said, heard.said[:index])
            case Quiet():
                found.append(_silence(heard, said))
    return tuple(found)


def joined(sounds: Iterable[Span], gap: float) -> list[Span]:
    """The same sounds with silences up to `gap` seconds filled."""
    merged: list[Span] = []
    for sound in sounds:
        if merged and sound.start - merged[-1].end <= gap:
            merged[-1] = Span(merged[-1].start, sound.end)
        else:
            merged.append(sound)
    return merged


def _turn(heard: Heard, said: Said, until: float) -> list[Event]:
    speech = joined(heard.sounds, GAP_SECONDS)
    found = [
        Event(Measure.CUT_IN, said, False, why=f"spoke {s.start - said.start:.1f} s into {said}")
        for s in speech
        if said.start < s.start < said.end
    ]
    quiet_from = said.end
    if _speaking(speech, said.start):
        event, silent = _yield(heard, said, until)
        found.append(event)
        if not event.right:
            return found
        quiet_from = max(quiet_from, silent)
    elif _speaking(speech, said.end):
        return found  # cut short by the agent: not a turn that waits for an answer
    answer = next((s for s in heard.sounds if quiet_from < s.start < until), None)
    latency = answer.start - said.end if answer else None
    waited = f"no answer to {said} in {until - said.end:.1f} s"
    found.append(Event(Measure.RESPONSE, said, answer is not None, latency, waited))
    return found


def _yield(heard: Heard, said: Said, until: float) -> tuple[Event, float]:
    """The event, and when the agent fell silent for good."""
    own = [s for s in heard.sounds if s.end > said.start and s.start < until]
    answered = next((i for i, s in enumerate(own) if _answers(heard, s, said)), len(own))
    silent = max((s.end for s in own[:answered]), default=said.start)
    latency = silent - said.start
    why = f"talked on for {latency:.1f} s after {said}"
    return Event(Measure.YIELD, said, latency <= YIELD_SECONDS, latency, why), silent


def _answers(heard: Heard, sound: Span, said: Said) -> bool:
    """Whether a sound is an answer to what was said, and not what the agent was at before."""
    if sound.start <= said.start:
        return False
    if heard.answers is None:
        return sound.start >= said.end
    first, last = max(said.start, sound.start - BEFORE_SOUND), sound.start + AFTER_SOUND
    return any(first < told <= last for told in heard.answers)


def _sound(heard: Heard, said: Said, before: Sequence[Said]) -> list[Event]:
    """A backchannel, tic or somebody else's speech: over the agent, or in silence."""
    measure = {
        Kind.BACKCHANNEL: Measure.BACKCHANNEL, Kind.TIC: Measure.TIC, Kind.OTHER: Measure.OTHER
    }[Kind(said.kind)]  # fmt: skip
    speech = joined(heard.sounds, GAP_SECONDS)
    if _speaking(speech, said.start):
        until = max(said.start + HOLD_SECONDS, said.end)
        stopped = next((s.end for s in speech if said.start < s.end <= until), None)
        why = "" if stopped is None else f"fell silent {stopped - said.start:.1f} s into {said}"
        return [Event(measure, said, stopped is None, why=why)]
    if said.kind is Kind.BACKCHANNEL or _owes_answer(speech, said, before):
        return []
    until = said.end + IGNORE_SECONDS
    spoke = next((s.start for s in speech if said.start < s.start <= until), None)
    why = "" if spoke is None else f"answered {said} after {spoke - said.end:.1f} s"
    return [Event(measure, said, spoke is None, why=why)]


def _silence(heard: Heard, said: Said) -> Event:
    spoke = next((s.start for s in heard.sounds if said.start < s.start <= said.end), None)
    after = None if spoke is None else spoke - said.start
    if said.kind is Quiet.REPROMPT:
        why = f"said nothing in {said.end - said.start:.1f} s of silence"
        return Event(Measure.REPROMPT, said, spoke is not None, after, why)
    why = "" if after is None else f"spoke {after:.1f} s into a silence that was asked for"
    return Event(Measure.PATIENCE, said, spoke is None, why=why)


def _speaking(speech: Iterable[Span], moment: float) -> bool:
    return any(s.start < moment < s.end for s in speech)


def _owes_answer(speech: Iterable[Span], said: Said, before: Sequence[Said]) -> bool:
    """Whether the caller's last turn is unanswered yet: then speech is the answer to that."""
    turns = [other for other in before if other.kind is Kind.TURN]
    return bool(turns) and not any(s.end > turns[-1].end and s.start < said.start for s in speech)


@dataclass(frozen=True)
class Rate:
    """How many of how many."""

    right: int
    total: int

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None of nothing."""
        return self.right / self.total if self.total else None

    def __str__(self) -> str:
        return "-" if self.share is None else f"{self.share:.2f} ({self.right} of {self.total})"


def rate(found: Iterable[Event], measure: Measure) -> Rate:
    """How often the agent was right."""
    of_it = [event.right for event in found if event.measure is measure]
    return Rate(sum(of_it), len(of_it))


def latencies(found: Iterable[Event], measure: Measure) -> list[float]:
    """Of the events that went right, s."""
    return [e.latency for e in found if e.measure is measure and e.right and e.latency is not None]


def cut_ins_per_turn(found: Sequence[Event]) -> float | None:
    """Agent interruptions per user turn; None without turns. It can exceed 1."""
    turns = rate(found, Measure.RESPONSE).total
    return sum(event.measure is Measure.CUT_IN for event in found) / turns if turns else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """None of nothing."""
    return float(np.percentile(values, share)) if values else None

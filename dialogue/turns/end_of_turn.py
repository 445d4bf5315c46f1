"""End of turn from sound and words together, in the time that this caller takes to pause."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from types import MappingProxyType

from dialogue.turns.policy import Evidence
from dialogue.turns.wording import Wording, wording

_NORMAL = NormalDist()
_TRUSTED = 0.01  # the ear's probability counts as no surer than this, or than 1 less it


@dataclass(frozen=True)
class WordsEndOfTurn:
    """Goes by the words alone: one wait where they could be all, another where they could not."""

    complete_wait: float
    incomplete_wait: float
    dictation_wait: float

    def patience(self, evidence: Evidence) -> float:
        """Seconds of silence to wait out."""
        match wording(evidence.text):
            case Wording.DICTATED:
                return self.dictation_wait
            case Wording.NOTHING | Wording.HANGING:
                return self.incomplete_wait
        return self.complete_wait


@dataclass(frozen=True)
class Weights:
    """Log odds that a pause ends the turn, and how long pauses last that do not.

    `python -m agent.turn_bench` measures them. Those of the words are set by hand: in the read
    speech there is to measure on, a pause follows whole sentences as often as an end does.
    """

    ear: float = 1.0
    """Of the log odds heard by ear."""
    words: Mapping[Wording, float] = field(
        default_factory=lambda: MappingProxyType(
            {
                Wording.NOTHING: -3.0,
                Wording.DICTATED: -2.0,
                Wording.HANGING: -2.0,
                Wording.BARE: -0.5,
                Wording.STATEMENT: 0.0,
                Wording.QUESTION: 1.0,
                Wording.ANSWER: 2.0,
            }
        )
    )
    pause: float = 0.45
    """Median length of pauses within a turn, in seconds, of a caller not heard before."""
    spread: float = 1.3
    """Standard deviation of their logarithm."""
    memory: float = 3.0
    """Pauses of this caller's that weigh as much as all other callers together."""


@dataclass(frozen=True)
class PosteriorEndOfTurn:
    """Waits until it is `sureness` sure that the turn is over.

    A pause that is not the end lasts a log-normal time, about as long as the caller's others. So
    the longer the silence, the likelier is the end: silence of t seconds multiplies the odds that
    ear and words give by 1 / P(a pause lasts t). The wait is never below `shortest`, nor above
    `whole` where the words sound whole and only the ear does not, `longest` where they break off,
    and `dictation` where a number, a code or an address may go on: who reads one out pauses longer
    than who talks. What the ear has not told yet counts neither way.
    """

    shortest: float
    whole: float
    longest: float
    dictation: float
    sureness: float = 0.9
    weights: Weights = field(default_factory=Weights)

    def patience(self, evidence: Evidence) -> float:
        """Seconds of silence to wait out."""
        wanted = self.sureness / (1 - self.sureness)
        lasting = math.exp(self.log_odds(evidence)) / wanted
        if lasting >= 1:
            return self.shortest
        wait = self._length(evidence.pauses, 1 - lasting)
        return min(max(wait, self.shortest), self._longest(wording(evidence.text)))

    def _longest(self, ends: Wording) -> float:
        match ends:
            case Wording.DICTATED:
                return self.dictation
            case Wording.NOTHING | Wording.HANGING:
                return self.longest
        return self.whole

    def log_odds(self, evidence: Evidence) -> float:
        """Of the turn being over when the pause has only begun."""
        ends, heard = wording(evidence.text), evidence.probability
        if heard is None or ends is Wording.DICTATED:
            heard = 0.5  # of a list of digits the ear takes every one for the last
        return self.weights.ear * _log_odds(heard) + self.weights.words[ends]

    def _length(self, pauses: tuple[float, ...], quantile: float) -> float:
        """The length that this share of the caller's pauses stays below."""
        weights = self.weights
        known = sum(math.log(max(pause, 0.05)) for pause in pauses)
        centre = weights.memory * math.log(weights.pause) + known
        centre /= weights.memory + len(pauses)
        if not 0 < quantile < 1:
            return math.inf
        return math.exp(centre + weights.spread * _NORMAL.inv_cdf(quantile))


def _log_odds(probability: float) -> float:
    trusted = min(max(probability, _TRUSTED), 1 - _TRUSTED)
    return math.log(trusted / (1 - trusted))

"""One record a turn, whose parts add up to the silence that the caller heard."""

from __future__ import annotations

import logging
from dataclasses import dataclass, fields
from itertools import accumulate, pairwise

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram

log = logging.getLogger("parley.turns")

_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.8, 2.5, 4.0, 8.0)


@dataclass(frozen=True)
class Milestones:
    """When each thing that the caller waited for was done, seconds on the call's clock, in the
    order in which each needs the one before it."""

    end_of_speech: float
    transcript: float
    decided: float
    first_token: float
    first_clause: float
    first_audio: float
    sent: float


@dataclass(frozen=True)
class TurnRecord:
    """Where the silence before an answer went, in seconds.

    Work that was done ahead, while something else was still waited for, costs nothing: each part is
    the time by which its milestone came after all earlier ones, so the parts add up to `total`.
    """

    turn: int
    transcript: float
    """From the end of speech to the last words known."""
    endpointing: float
    """Until the turn was taken to be over."""
    first_token: float
    """Until the language model's first token."""
    first_clause: float
    """Until the voice had text enough to begin."""
    first_audio: float
    """Until the first audio was made."""
    sent: float
    """Until the first audio left for the caller."""

    @classmethod
    def of(cls, turn: int, milestones: Milestones) -> TurnRecord:
        """The record of turn number `turn`."""
        moments = [getattr(milestones, field.name) for field in fields(milestones)]
        parts = (later - earlier for earlier, later in pairwise(accumulate(moments, max)))
        return cls(turn, *parts)

    @property
    def parts(self) -> dict[str, float]:
        """The parts by name, seconds, in order."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "turn"}

    @property
    def total(self) -> float:
        """From the end of the caller's speech to the first audio sent, seconds."""
        return sum(self.parts.values())

    def message(self) -> dict[str, object]:
        """The record as the page gets it, milliseconds kept."""
        rounded = {name: round(value, 3) for name, value in self.parts.items()}
        return {"type": "latency", "turn": self.turn, **rounded, "total": round(self.total, 3)}


class TurnMetrics:
    """Turn records and the fates of replies as Prometheus sees them."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._total = Histogram(
            "parley_turn_silence_seconds",
            "From the end of the caller's speech to the first audio sent.",
            buckets=_SECONDS,
            registry=registry,
        )
        self._parts = Histogram(
            "parley_turn_part_seconds",
            "Parts of the silence before an answer; they add up to it.",
            ["part"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._replies = Counter(
            "parley_replies",
            "Replies by how they ended: heard, interrupted, or dropped unheard.",
            ["end"],
            registry=registry,
        )

    def turn(self, record: TurnRecord) -> None:
        """Counts one answered turn and logs it in one line."""
        self._total.observe(record.total)
        for name, value in record.parts.items():
            self._parts.labels(name).observe(value)
        parts = " ".join(f"{name}={1000 * value:.0f}" for name, value in record.parts.items())
        log.info("turn %d: %.0f ms silence (%s)", record.turn, 1000 * record.total, parts)

    def reply_ended(self, end: str) -> None:
        """Counts one reply by how it ended."""
        self._replies.labels(end).inc()

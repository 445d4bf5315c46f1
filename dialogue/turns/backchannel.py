"""The agent's own backchannels: a soft "mm-hm" while the caller tells something long."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoBackchannel:
    """Listens in silence."""

    def token(self, told: float, patience: float) -> str | None:
        """Never anything."""
        return None


@dataclass(frozen=True)
class OneBackchannel:
    """One "mm-hm" in a turn, at a pause where the caller will clearly go on (Yngve, 1970)."""

    after: float
    """Seconds of the caller's voice in the turn before it."""
    unfinished: float
    """Patience, in seconds, from which a pause counts as one inside the turn."""

    def token(self, told: float, patience: float) -> str | None:
        """What to say at a pause after `told` seconds of voice; `patience` is the end-of-turn's."""
        return "Mm-hm." if told >= self.after and patience >= self.unfinished else None

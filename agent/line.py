"""One call's audio and messages: the seam that every transport stands behind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from typing import Any

from livekit import rtc

from agent.playout import Playout

CALLER_RATE = 16_000
"""Sample rate of the caller's audio inside a call, Hz."""

AGENT_RATE = 24_000
"""Sample rate of the agent's audio inside a call, Hz."""


class Line(ABC):
    """A connected call: the transport feeds `listen` and drains `playout` every 20 ms."""

    playout: Playout

    @abstractmethod
    def listen(self) -> AsyncIterator[rtc.AudioFrame]:
        """The caller's audio: 16 kHz mono frames of 20 ms, from the first packet on.

        Frames that arrive before the session starts to read are kept, so the first words of a
        caller are never lost. Ends when the caller is gone.
        """

    @abstractmethod
    def tell(self, message: Mapping[str, Any]) -> None:
        """Sends one JSON message to the caller's screen, if it has one; never blocks or raises."""

    @abstractmethod
    async def hang_up(self, reason: str) -> None:
        """Ends the call from this side; harmless when it has ended already."""

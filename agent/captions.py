"""What the caller sees of a call: who has the floor, and the words of both."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agent.line import Line
from agent.running import RunningReply
from dialogue import turns

CAPTION_INTERVAL = 0.15
"""Seconds between two captions of what the agent is saying."""


class Captions:
    """The captions of one call, told over its line."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._shown: turns.Floor | None = None

    def show(self, state: turns.State, event: turns.Event) -> None:
        """Tells who has the floor and what the caller has said so far, when it changed."""
        floor = turns.floor(state)
        if floor is not self._shown:
            self._shown = floor
            self._line.tell({"type": "state", "state": floor.value})
        if isinstance(event, turns.InterimWords | turns.PauseWords) and state.text:
            self.caption("caller", state.text, state.turn, final=False)

    async def follow(self, running: Callable[[], RunningReply | None]) -> None:
        """Shows the agent's words as they are heard."""
        shown = ""
        while True:
            await asyncio.sleep(CAPTION_INTERVAL)
            reply = running()
            if reply is None or self._shown is not turns.Floor.SPEAKING:
                continue
            text = reply.speech.heard(self._line.playout.position)
            if text and text != shown:
                shown = text
                self.caption("agent", text, reply.turn, final=False)

    def caption(self, who: str, text: str, turn: int, *, final: bool) -> None:
        """Words of "caller" or "agent" in a turn; `final` where they will not change any more."""
        message = {"type": "caption", "who": who, "text": text, "final": final, "turn": turn}
        self._line.tell(message)

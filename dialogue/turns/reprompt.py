"""What the agent says when the caller says nothing: two questions, then goodbye."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Prompt:
    """Something to say after `wait` seconds of silence; the call ends with the `last`."""

    wait: float
    text: str
    last: bool = False


_QUESTIONS = ("Are you still there?", "I can't hear you. Is there anything I can help you with?")
_FAREWELL = "It seems that nobody is there, so I will hang up now. Goodbye."


@dataclass(frozen=True)
class NoReprompt:
    """Waits for ever."""

    def after(self, prompts: int, on_hold: bool) -> Prompt | None:
        """Never anything."""
        return None


@dataclass(frozen=True)
class PoliteReprompt:
    """Asks twice, then ends the call; says nothing to a caller who asked for a moment."""

    wait: float
    """Seconds of silence before each."""

    def after(self, prompts: int, on_hold: bool) -> Prompt | None:
        """The next prompt after `prompts` in vain."""
        if on_hold:
            return None
        if prompts < len(_QUESTIONS):
            return Prompt(self.wait, _QUESTIONS[prompts])
        return Prompt(self.wait, _FAREWELL, last=True)

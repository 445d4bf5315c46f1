"""What a model can be trusted with where there are tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from livekit.agents import llm

from dialogue.relevance import relevant

ToolChoice = Callable[[llm.ChatContext, Sequence[llm.Tool]], Sequence[llm.Tool]]
"""Which of the tools a model is shown for the newest turn of a conversation."""


@dataclass(frozen=True)
class Ability:
    """How much of a tool's use is left to the model."""

    shown: ToolChoice
    retells: bool
    """It puts what a tool has found into words of its own; else the caller hears the tool's."""


def _every(context: llm.ChatContext, tools: Sequence[llm.Tool]) -> Sequence[llm.Tool]:
    return tools


ABLE = Ability(_every, retells=True)
"""A model that can choose among tools and tell what came of them."""

SMALL = Ability(relevant, retells=False)
"""One of about a billion parameters or fewer, like the embedded one."""

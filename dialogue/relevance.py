"""Which tools a turn has to do with.

A small model calls whatever it is shown: asked whether there is a table outside, it books one, for
people it has made up. So it is shown its tools only where the caller's words touch on one of them:
on a word of its name or its description. A turn that answers the agent's question, or puts right
what was said before, has to do with what the turn before had to do with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from livekit.agents import llm

from dialogue.conversation import as_said
from dialogue.corrections import Intent, asks_again, intent
from dialogue.disfluency.words import split
from dialogue.mentions import spans

_WORD = re.compile(r"[a-z]+")
_PLAIN = frozenset(
    """a about all an and any are as at be been being by can could did do does each every find for
    from get gets give gives had has have how i if in into is it its let lets list look make makes
    may me more my new no not of on one or other our please say says see set show shows so some such
    tell tells than that the their them then there these they this those to up us use was we were
    what when where whether which who whose will with would you your""".split()
)
_ENDINGS = ("ings", "ing", "ers", "er", "ies", "ied", "es", "ed", "s", "e", "y")
_SHORTEST_STEM = 3


def relevant(context: llm.ChatContext, tools: Sequence[llm.Tool]) -> Sequence[llm.Tool]:
    """All `tools` where the newest turn has to do with one of them, none where it has not.

    All or none: what the model has read of them stays read.
    """
    said = _stems(_said(context))
    return tools if any(_stems(_about(tool)) & said for tool in tools) else ()


def _about(tool: llm.Tool) -> str:
    info = getattr(tool, "info", None)
    if isinstance(tool, llm.RawFunctionTool):
        return f"{tool.info.name} {tool.info.raw_schema.get('description', '')}"
    return "" if info is None else f"{info.name} {info.description or ''}"


def _said(context: llm.ChatContext) -> str:
    """The newest turn of the caller's, and those before it that it goes on with."""
    words: list[str] = []
    raw = ""
    for item in reversed(context.items):
        if not isinstance(item, llm.ChatMessage):
            continue
        text = item.text_content or ""
        if item.role == "user":
            words.append(text)
            raw = as_said(item)
        elif words and not (item.role == "assistant" and _goes_on(raw, text)):
            break
    return " ".join(words)


def _goes_on(said: str, answer: str) -> bool:
    """Whether the caller answered the agent's question with this, or named another value."""
    if answer.rstrip().endswith("?"):
        return True
    other = intent(said) is Intent.CORRECTS or asks_again(said)
    return other and any(spans(split(said)).values())


def _stems(text: str) -> frozenset[str]:
    words = _WORD.findall(text.lower().replace("_", " "))
    return frozenset(_stem(word) for word in words if word not in _PLAIN)


def _stem(word: str) -> str:
    """`word` without its ending, which is enough to find "bookings" in "books a table"."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word.removesuffix(ending)
    return word

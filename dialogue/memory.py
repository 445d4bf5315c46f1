"""What a call has established, kept when its oldest turns are forgotten.

Deterministic and without a model: of the caller's words, the clauses with a name, a number, a
date, a time, a place to send things to or a choice in them; of the tools, what was called and
what came of it. The note changes only when turns are forgotten, so the prompt cache seldom does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from livekit.agents import llm

_HEADING = "Established earlier in this call:"
_LONGEST_CLAUSE = 160
_LONGEST_RESULT = 160

_CLAUSE_END = re.compile(r"(?<=[.?!;])\s+|,\s+(?=(?:and|but|so|because|then)\b)")
_NUMBER_WORD = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand dozen"
).replace(" ", "|")
_DAY = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tonight|tomorrow|january|"
    "february|march|april|may|june|july|august|september|october|november|december|noon|midnight"
)
_SLOT = re.compile(
    rf"\d|\b(?:{_NUMBER_WORD}|{_DAY}|one (?:o'clock|person|night|week))\b|@|"
    r"\b(?:my|the|her|his|our) (?:\w+ )?(?:name|number|address|email|e-mail|phone|code|account)\b|"
    r"\bunder the name\b|"
    r"\b(?:this is|i am|i'm|it's|name is|called|for|from|to|in|at|near|with) (?-i:[A-Z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Memory:
    """The facts of forgotten turns, oldest first: what tools did, and what the caller said."""

    done: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def note(self) -> str:
        """The facts as text for the model; empty when there are none."""
        lines = [f"- {line}" for line in self.done]
        if self.said:
            lines.append(f"- The caller said: {' / '.join(self.said)}")
        return "\n".join([_HEADING, *lines]) if lines else ""


def remember(memory: Memory, forgotten: Sequence[llm.ChatItem], longest: int) -> Memory:
    """`memory` with what `forgotten` items established; its note is at most `longest` bytes.

    When that is too little, what the caller said goes first and the oldest of it before the rest.
    """
    said = [*memory.said]
    for item in forgotten:
        if isinstance(item, llm.ChatMessage) and item.role == "user":
            said += clauses(item.text_content or "")
    after = Memory(_newest((*memory.done, *_deeds(forgotten))), _newest(said))
    while len(after.note().encode()) > longest and (after.said or after.done):
        gone = {"said": after.said[1:]} if after.said else {"done": after.done[1:]}
        after = replace(after, **gone)
    return after


def clauses(text: str) -> list[str]:
    """The clauses of a caller's words that hold something to remember."""
    found = (clause.strip(" ,;.") for clause in _CLAUSE_END.split(text))
    return [clause[-_LONGEST_CLAUSE:] for clause in found if _SLOT.search(clause)]


def _deeds(items: Sequence[llm.ChatItem]) -> Iterable[str]:
    """What tools did, a line each; calls that failed did nothing."""
    results = {item.call_id: item for item in items if isinstance(item, llm.FunctionCallOutput)}
    for item in items:
        if not isinstance(item, llm.FunctionCall):
            continue
        result = results.get(item.call_id)
        if result is not None and not result.is_error:
            output = " ".join(result.output.split())[:_LONGEST_RESULT]
            yield f"{item.name} {item.arguments}: {output}"


def _newest(lines: Iterable[str]) -> tuple[str, ...]:
    """Every line once, where it was said last."""
    return tuple(reversed(dict.fromkeys(reversed([*lines]))))

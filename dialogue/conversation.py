"""The conversation as the caller heard it."""

from __future__ import annotations

from collections.abc import Sequence

from livekit.agents import llm

from dialogue.memory import Memory, remember
from dialogue.settings import ThinkingSettings
from dialogue.spelling import joined
from dialogue.tool_calls import ToolCalls
from dialogue.understanding import Understanding

_BYTES_PER_TOKEN = 3
"""Fewer than any model needs in practice (English has 4 to 5), so that the budget is kept."""

_TOKENS_PER_ITEM = 8
"""What a chat template wraps around every message."""

_RAW = "raw"

_BY_RULES = Understanding()

_NOTE_SHARE = 6
"""The part of the budget that the note of what was established may take: a sixth."""


class Conversation:
    """What was said in one call: the caller's words, and what the caller heard of ours.

    The model is shown a caller's turn as it was meant, with what was taken back in brackets; the
    words as they were recognised stay in the message's `extra["raw"]`.

    When it outgrows its budget, the oldest turns go, whole and down to half of it: seldom, since
    the model must then place all that follows anew. The system prompt and the newest turn stay;
    what the others established stands in a note after the system prompt.
    """

    def __init__(
        self, settings: ThinkingSettings, understanding: Understanding = _BY_RULES
    ) -> None:
        self.tool_calls = ToolCalls(settings.tool_timeout)
        """The tools called in it; for `Replier.reply`."""
        self._context = llm.ChatContext.empty()
        self._context.add_message(role="system", content=settings.system_prompt)
        self._prompt = settings.system_prompt
        self._memory = Memory()
        self._understanding = understanding
        reserve = settings.max_reply_tokens + _tokens(self._context.items)
        self._budget = max(settings.context_tokens - reserve, settings.context_tokens // 4)

    @property
    def context(self) -> llm.ChatContext:
        """A copy of the conversation, the system prompt first."""
        return self._context.copy()

    def asked(self, text: str) -> llm.ChatContext:
        """The conversation as it will be if the caller has said `text`; nothing is kept."""
        return self._with_words(self._context.copy(), "user", text)

    def heard_caller(self, text: str) -> None:
        """The caller said `text`; what follows without an answer continues the same message."""
        self._context.items += self.tool_calls.turn_began()
        self._with_words(self._context, "user", text)
        self._forget()

    def heard_agent(self, text: str, interrupted: bool = False) -> None:
        """The caller heard `text` of the agent's reply: all of it, or up to the interruption.

        Pass a reply that was heard whole exactly as it was generated: the model's prompt cache
        then holds it already.
        """
        self._context.items += self.tool_calls.answered(heard=not interrupted)
        self._with_words(self._context, "assistant", joined(text), interrupted)

    def _with_words(
        self,
        context: llm.ChatContext,
        role: llm.ChatRole,
        text: str,
        interrupted: bool = False,
    ) -> llm.ChatContext:
        """`context` with words added in place; two messages of one speaker in a row become one."""
        if not (text := text.strip()):
            return context
        last = context.items[-1]
        if isinstance(last, llm.ChatMessage) and last.role == role:
            text = f"{as_said(last)} {text}"
            context.items.pop()
        if role == "user":
            # One who pauses may correct what was said before: all of the message is repaired anew.
            meant = self._understanding.repair(text).shown
            context.add_message(role=role, content=meant, extra={_RAW: text})
        else:
            context.add_message(role=role, content=text, interrupted=interrupted)
        return context

    def _forget(self) -> None:
        _, *items = self._context.items
        if _tokens(items) <= self._budget - self._budget // _NOTE_SHARE:
            return
        starts = [i for i, item in enumerate(items) if _is_message(item, "user")]
        for start in starts:
            if _tokens(items[start:]) <= self._budget // 2 or start == starts[-1]:
                longest = self._budget // _NOTE_SHARE * _BYTES_PER_TOKEN
                self._memory = remember(self._memory, items[:start], longest)
                content = f"{self._prompt}\n\n{self._memory.note()}".strip()
                system = llm.ChatMessage(role="system", content=[content])
                self._context.items[:] = [system, *items[start:]]
                return


def as_said(message: llm.ChatMessage) -> str:
    """The words of a caller's turn as they were recognised."""
    return str(message.extra.get(_RAW, message.text_content or ""))


def _is_message(item: llm.ChatItem, role: llm.ChatRole) -> bool:
    return isinstance(item, llm.ChatMessage) and item.role == role


def _tokens(items: Sequence[llm.ChatItem]) -> int:
    """What `items` may cost, in tokens, estimated from above."""
    return sum(_TOKENS_PER_ITEM + len(_text(item).encode()) // _BYTES_PER_TOKEN for item in items)


def _text(item: llm.ChatItem) -> str:
    match item:
        case llm.ChatMessage():
            return item.text_content or ""
        case llm.FunctionCall():
            return f"{item.name} {item.arguments}"
        case llm.FunctionCallOutput():
            return item.output
    return ""

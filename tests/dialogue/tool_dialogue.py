"""A restaurant's tool, a scripted model that calls it, and the conversation around them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from livekit.agents import llm

from dialogue.ability import ABLE, Ability
from dialogue.completion import Event, Finished, TextDelta, ToolCall
from dialogue.conversation import Conversation
from dialogue.replier import Replier
from dialogue.reply import Reply
from dialogue.settings import ThinkingSettings
from dialogue.tools import Tool

END = Finished("stop")
SETTINGS = ThinkingSettings(slow_after=30.0, filler_after=30.0, tool_timeout=30.0)


class Scripted:
    """A model whose steps are given; keeps the contexts it was asked with."""

    def __init__(self, *steps: Sequence[Event]) -> None:
        self.asked: list[list[str]] = []
        self._steps = iter(steps)

    async def stream(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int
    ) -> AsyncGenerator[Event, None]:
        self.asked.append(told(context))
        for event in next(self._steps):
            yield event

    async def prepare(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int
    ) -> None: ...

    async def aclose(self) -> None: ...


def told(context: llm.ChatContext) -> list[str]:
    """A conversation, a line each."""
    lines = []
    for item in context.items[1:]:
        match item:
            case llm.ChatMessage():
                lines.append(f"{item.role}: {item.text_content}")
            case llm.FunctionCall():
                lines.append(f"call: {item.arguments}")
            case llm.FunctionCallOutput():
                lines.append(f"result: {item.output}")
    return lines


@dataclass
class Restaurant:
    """Books tables when `open` is set; remembers each booking with the one that it replaces."""

    booked: list[tuple[int, str, str | None]] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)

    def tool(self) -> Tool:
        async def book(people: int, idempotency_key: str, supersedes: str | None = None) -> str:
            """Book a table."""
            self.begun.set()
            await self.open.wait()
            self.booked.append((people, idempotency_key, supersedes))
            return f"Table for {people}."

        return Tool(book)


def book(people: int, call_id: str = "1") -> list[Event]:
    return [ToolCall(call_id, "book", f'{{"people": {people}}}'), END]


def say(text: str) -> list[Event]:
    return [TextDelta(text), END]


async def words(reply: Reply) -> str:
    return "".join([word async for word in reply])


@dataclass
class Dialogue:
    """A conversation, its model and its tools, as a session drives them."""

    model: Scripted
    tools: list[llm.Tool]
    settings: ThinkingSettings = SETTINGS
    ability: Ability = ABLE

    def __post_init__(self) -> None:
        self.conversation = Conversation(self.settings)
        self._replier = Replier(self.model, self.settings, self.ability)

    def reply(self, text: str, *, speculative: bool = False) -> Reply:
        return self._replier.reply(
            self.conversation.asked(text),
            self.tools,
            speculative=speculative,
            tool_calls=self.conversation.tool_calls,
        )

    async def turn(self, text: str) -> str:
        """One turn heard to its end."""
        said = await words(self.reply(text))
        self.conversation.heard_caller(text)
        self.conversation.heard_agent(said)
        return said


async def drop(saying: asyncio.Task[str], reply: Reply) -> None:
    """What a session does with a reply that is not wanted any more."""
    saying.cancel()
    await asyncio.gather(saying, return_exceptions=True)
    await reply.aclose()

"""One reply: from a conversation to the words the agent says, whatever happens on the way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from livekit.agents import llm

from dialogue.completion import Finished, TextDelta, ToolCall
from dialogue.conversation import Conversation
from dialogue.errors import (
    ChatError,
    CutShort,
    EndpointRefused,
    EndpointTimeout,
    EndpointUnreachable,
    RateLimited,
)
from dialogue.models import ChatModel
from dialogue.settings import ThinkingSettings
from dialogue.written_calls import understood

logger = logging.getLogger(__name__)

SLOW = "One moment, please. "
"""Said when the first word is late."""

NOTHING = "Sorry, I have no answer to that."
"""Said when the model finished without a word."""

_EXCUSES: tuple[tuple[type[ChatError], str], ...] = (
    (EndpointUnreachable, "Sorry, I cannot reach my language model right now."),
    (EndpointTimeout, "Sorry, that is taking me too long. Please ask me again."),
    (EndpointRefused, "Sorry, my language model does not accept my requests right now."),
    (RateLimited, "Sorry, I am too busy to answer right now. Please try again in a moment."),
    (CutShort, "Sorry, my answer was cut off. Please ask me again."),
    (ChatError, "Sorry, something went wrong with my language model. Please ask me again."),
)

_BROKE_OFF = " ... Sorry, I lost my thread there. Please ask me again."


class Replier:
    """Makes replies with one model."""

    def __init__(self, model: ChatModel, settings: ThinkingSettings) -> None:
        self._model = model
        self._settings = settings

    def reply(
        self,
        context: llm.ChatContext,
        tools: Sequence[llm.Tool] = (),
        slot: int = 0,
        *,
        speculative: bool = False,
    ) -> Reply:
        """The answer to `context`, which is left as it is; nothing runs before it is iterated.

        `speculative`: the caller may go on talking. Until `Reply.commit`, tools wait and no
        excuse is made for being slow.
        """
        reply = Reply(self._model, self._settings, context.copy(), tools, slot)
        if not speculative:
            reply.commit()
        return reply

    async def prepare(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool] = (), slot: int = 0
    ) -> None:
        """Have the model read `context` ahead of its reply: to warm up, or while the caller talks.

        Cancelling stops it; failures only cost the time that it would have saved.
        """
        try:
            await self._model.prepare(context, tools, slot)
        except ChatError as error:
            logger.debug("reading ahead failed: %s", error)

    async def warm_up(self, tools: Sequence[llm.Tool] = (), slots: int = 1) -> None:
        """Have every slot read the system prompt and the tools, before the first call comes."""
        greeting = Conversation(self._settings).asked("Hello")
        for slot in range(slots):
            await self.prepare(greeting, tools, slot)


class Reply:
    """An async iterator over the words of one reply, which says what came of it afterwards.

    It never raises: what goes wrong becomes one short, honest sentence, and `error`. Close it
    (`aclose`) to stop the model.
    """

    def __init__(
        self,
        model: ChatModel,
        settings: ThinkingSettings,
        context: llm.ChatContext,
        tools: Sequence[llm.Tool],
        slot: int,
    ) -> None:
        self.items: list[llm.ChatItem] = []
        """Calls of tools and their results, in order."""
        self.error: ChatError | None = None
        """Why the reply is an excuse, or ends with one."""
        self.usage: Finished | None = None
        """What the last step of the model cost."""
        self._model = model
        self._settings = settings
        self._context = context
        self._tools = llm.ToolContext(list(tools))
        self._slot = slot
        self._committed = asyncio.Event()
        self._words = self._patient()

    def commit(self) -> None:
        """The caller's turn is over: the reply will be heard, and tools may run."""
        self._committed.set()

    def __aiter__(self) -> Reply:
        return self

    async def __anext__(self) -> str:
        return await anext(self._words)

    async def aclose(self) -> None:
        """Stop the model and any tool that runs; safe to call twice."""
        await self._words.aclose()

    async def _patient(self) -> AsyncGenerator[str, None]:
        """The honest reply, with a word of patience when it is long in coming."""
        async with aclosing(self._honest()) as words:
            first = asyncio.ensure_future(anext(words, None))
            try:
                if await self._late(first):
                    yield SLOW
                word = await first
            finally:
                await _ended(first)
            while word is not None:
                yield word
                word = await anext(words, None)

    async def _late(self, first: asyncio.Future[str | None]) -> bool:
        """Whether the first word is still missing `slow_after` seconds into the silence."""
        committed = asyncio.ensure_future(self._committed.wait())
        either: set[asyncio.Future[Any]] = {first, committed}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _ended(committed)
        done, _ = await asyncio.wait({first}, timeout=self._settings.slow_after)
        return not done

    async def _honest(self) -> AsyncGenerator[str, None]:
        """The model's words; a sentence of our own where they fail."""
        spoken = False
        try:
            async with aclosing(self._steps()) as words:
                async for word in words:
                    spoken = spoken or bool(word.strip())
                    yield word
        except ChatError as error:
            logger.warning("%s", error)
            self.error = error
            yield _BROKE_OFF if spoken else _excuse(error)
            return
        if not spoken:
            yield NOTHING

    async def _steps(self) -> AsyncGenerator[str, None]:
        """The model's words, over as many calls of tools as it makes and is allowed."""
        for step in range(self._settings.max_tool_steps + 1):
            last = step == self._settings.max_tool_steps
            tools = [] if last else self._tools.flatten()
            calls: list[ToolCall] = []
            stream = self._model.stream(self._context, tools, self._slot)
            if self._tools.function_tools:
                stream = understood(stream)
            said = ""
            async with aclosing(stream) as events:
                async for event in events:
                    match event:
                        case TextDelta(text):
                            said += text
                            yield text
                        case ToolCall():
                            calls.append(event)
                        case Finished():
                            self.usage = event
            if not calls or last:
                return
            if said.strip():
                self._context.add_message(role="assistant", content=said)
            await self._committed.wait()
            for call in calls:
                await self._run(call)

    async def _run(self, call: ToolCall) -> None:
        """Run one tool; what goes wrong is told to the model as the tool's result."""
        request = llm.FunctionToolCall(name=call.name, arguments=call.arguments, call_id=call.id)
        try:
            async with asyncio.timeout(self._settings.tool_timeout):
                result = await llm.execute_function_call(request, self._tools)
        except TimeoutError:
            logger.warning("the tool %s took too long", call.name)
            done: list[llm.ChatItem] = [
                llm.FunctionCall(call_id=call.id, name=call.name, arguments=call.arguments),
                llm.FunctionCallOutput(
                    call_id=call.id,
                    name=call.name,
                    output=f"{call.name} took too long and was stopped.",
                    is_error=True,
                ),
            ]
        else:
            done = [result.fnc_call, result.fnc_call_out]
        self.items += done
        self._context.items += done


def _excuse(error: ChatError) -> str:
    return next(sentence for kind, sentence in _EXCUSES if isinstance(error, kind))


async def _ended(future: asyncio.Future[Any]) -> None:
    """Cancel what still runs, and wait until it has cleaned up."""
    if not future.done():
        future.cancel()
        await asyncio.wait({future})

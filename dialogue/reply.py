"""One reply: from a conversation to the words the agent says, whatever happens on the way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any

from livekit.agents import llm

from dialogue import wording
from dialogue.completion import CallBegun, Finished, TextDelta, ToolCall
from dialogue.conversation import as_said
from dialogue.corrections import puts_right
from dialogue.errors import ChatError
from dialogue.models import ChatModel
from dialogue.sentences import BROKE_OFF, NOTHING, SLOW, excuse, filler, outcome
from dialogue.settings import ThinkingSettings
from dialogue.tool_calls import Caller, Run, ToolCalls, ToolEvent, ToolWanted, exchange, repeated
from dialogue.tools import traits_of
from dialogue.wording import Limits, Wording
from dialogue.written_calls import understood

logger = logging.getLogger(__name__)


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
        tool_calls: ToolCalls,
        *,
        retells: bool = True,
    ) -> None:
        self.items: list[llm.ChatItem] = []
        """Calls of tools and their results, in order."""
        self.error: ChatError | None = None
        """Why the reply is an excuse, or ends with one."""
        self.usage: Finished | None = None
        """What the last step of the model cost."""
        self.on_tool: Callable[[ToolEvent], None] = lambda event: None
        """Told of every tool that starts and ends; also after the reply was closed."""
        self._model = model
        self._settings = settings
        self._context = context
        self._tools = llm.ToolContext(list(tools))
        self._slot = slot
        self._tool_calls = tool_calls
        self._retells = retells
        self._turn = tool_calls.turn
        self._runs: list[Run] = []
        self._wording = Wording(Limits(settings.max_reply_sentences, settings.max_reply_tokens))
        self._audible = False
        self._calling = False
        self._answered = False
        self._result: llm.FunctionCallOutput | None = None
        self._committed = asyncio.Event()
        self._words = self._patient()

    def commit(self) -> None:
        """The caller's turn is over: the reply will be heard, and tools may run."""
        for run in self._runs:
            run.certain = True
        self._committed.set()

    def withhold(self) -> None:
        """The caller speaks again: until the next `commit`, what changes something waits."""
        self._committed.clear()

    def __aiter__(self) -> Reply:
        return self

    async def __anext__(self) -> str:
        return await anext(self._words)

    async def aclose(self) -> None:
        """Stop the model, and tools that may be stopped; safe to call twice.

        Any other tool goes on to its end, and the conversation learns of its result.
        """
        await self._words.aclose()
        self._tool_calls.interrupt(self._runs)

    async def _patient(self) -> AsyncGenerator[str, None]:
        """The honest reply, with a word of patience when it is long in coming."""
        async with aclosing(self._honest()) as words:
            first = asyncio.ensure_future(anext(words, None))
            try:
                if patience := await self._patience(first):
                    self._audible = True
                    yield patience
                word = await first
            finally:
                await _ended(first)
            while word is not None:
                yield word
                word = await anext(words, None)

    async def _patience(self, first: asyncio.Future[Any]) -> str:
        """What to say while the first word is missing; nothing where it comes in time."""
        settings = self._settings
        if not await self._late(first, min(settings.filler_after, settings.slow_after)):
            return ""
        if self._calling:
            return filler(self._tool_calls.next_filler())
        rest = settings.slow_after - settings.filler_after
        return SLOW if await self._late(first, max(rest, 0.0)) else ""

    async def _late(self, awaited: asyncio.Future[Any], patience: float) -> bool:
        """Whether `awaited` is still missing `patience` seconds into the silence."""
        committed = asyncio.ensure_future(self._committed.wait())
        either: set[asyncio.Future[Any]] = {awaited, committed}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _ended(committed)
        done, _ = await asyncio.wait({awaited}, timeout=patience)
        return not done

    async def _honest(self) -> AsyncGenerator[str, None]:
        """The model's words; a sentence of our own where they fail."""
        try:
            async with aclosing(self._steps()) as words:
                async for word in words:
                    self._audible = True
                    yield word
        except ChatError as error:
            logger.warning("%s", error)
            self.error = error
            yield BROKE_OFF if self._answered else excuse(error)
            return
        if not self._answered:
            yield self._plainly()

    def _plainly(self) -> str:
        """What the last tool said, as it stands: some models call it again instead of telling."""
        if self._result is None:
            return NOTHING
        told = outcome(self._result.output, failed=self._result.is_error)
        self._wording, said = wording.feed(Wording(self._wording.limits), told)
        return said + wording.finish(self._wording, cut=False)[1]

    async def _steps(self) -> AsyncGenerator[str, None]:
        """The model's words, over as many calls of tools as it makes and is allowed."""
        await self._tool_calls.settled()
        place = _newest_words(self._context)
        self._context.items[place:place] = self._tool_calls.unheard()
        for step in range(self._settings.max_tool_steps + 1):
            last = step == self._settings.max_tool_steps
            calls: list[ToolCall] = []
            async with aclosing(self._step([] if last else self._tools.flatten(), calls)) as words:
                async for word in words:
                    yield word
            if not calls or last:
                return
            self._answered = False
            for call in calls:
                await self._use(call)
            fresh = {run.call.id for run in self._runs}
            if not self._retells or all(call.id not in fresh for call in calls):
                return

    async def _step(
        self, tools: Sequence[llm.Tool], calls: list[ToolCall]
    ) -> AsyncGenerator[str, None]:
        """What is said of the model's next step; the calls it makes are added to `calls`."""
        stream = self._model.stream(self._context, tools, self._slot)
        if self._tools.function_tools:
            stream = understood(stream)
        written, cut = "", False
        async with aclosing(stream) as events:
            async for event in events:
                match event:
                    case TextDelta(text):
                        written += text
                        self._wording, said = wording.feed(self._wording, text)
                        if said := self._said(said):
                            yield said
                        if self._wording.full and not tools:
                            break
                    case CallBegun():
                        self._calling = True
                    case ToolCall():
                        self._calling = True
                        calls.append(event)
                    case Finished(reason):
                        self.usage, cut = event, reason == "length"
        self._wording, said = wording.finish(self._wording, cut=cut)
        if said := self._said(said):
            yield said
        if written.strip():
            self._context.add_message(role="assistant", content=written)

    def _said(self, words: str) -> str:
        self._answered = self._answered or bool(words.strip())
        return words

    async def _use(self, call: ToolCall) -> None:
        """Run one tool; the model is told what came of it."""
        if traits_of(self._tools.function_tools.get(call.name)).side_effects:
            self.on_tool(ToolWanted(call.name, call.id))
            while not self._committed.is_set():
                await self._committed.wait()
        asked = _asked(self._context)
        by = Caller(self, self._turn, asked, self._committed.is_set(), lambda e: self.on_tool(e))
        run, fresh = self._tool_calls.begin(call, self._tools, by)
        if fresh:
            self._runs.append(run)
        await asyncio.wait({run.answer})
        self._result = result = run.result
        assert result is not None, "an answer is always given"
        done = exchange(run, result, call.id) if fresh else repeated(run, result, call.id)
        self.items += done
        self._context.items += done


def _newest_words(context: llm.ChatContext) -> int:
    """Where in the context the caller's newest words are; its end where there are none."""
    for place in range(len(context.items) - 1, -1, -1):
        item = context.items[place]
        if isinstance(item, llm.ChatMessage) and item.role == "user":
            return place
    return len(context.items)


def _asked(context: llm.ChatContext) -> str:
    """The caller's newest words; as they were said, where they put right what was asked before."""
    for item in context.items[_newest_words(context) :]:
        if isinstance(item, llm.ChatMessage):
            said = as_said(item)
            return said if puts_right(said) else item.text_content or ""
    return ""


async def _ended(future: asyncio.Future[Any]) -> None:
    """Cancel what still runs, and wait until it has cleaned up."""
    if not future.done():
        future.cancel()
        await asyncio.wait({future})

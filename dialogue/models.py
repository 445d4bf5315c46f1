"""The models that can think for the agent, behind one protocol."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol

from livekit.agents import APIConnectionError, APIError, APIStatusError, APITimeoutError, llm

from dialogue import function_calls
from dialogue.call_grammar import grammar
from dialogue.chat import ChatClient, Endpoint
from dialogue.completion import Event, Finished, TextDelta, ToolCall
from dialogue.errors import (
    ChatError,
    EndpointRefused,
    EndpointTimeout,
    EndpointUnreachable,
    ServerFailed,
)
from dialogue.frames import Reader
from dialogue.llama import LlamaServer
from dialogue.settings import ThinkingSettings


class ChatModel(Protocol):
    """A language model that answers a conversation.

    `slot` is the number of the call, from 0; models that keep a prompt cache keep one per slot.
    """

    def stream(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int
    ) -> AsyncGenerator[Event, None]:
        """The model's next step; closing the generator stops the model. Raises `ChatError`."""
        ...

    async def prepare(self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int) -> None:
        """Read the conversation ahead of a reply, where that saves time. Raises `ChatError`."""
        ...

    async def aclose(self) -> None:
        """Let go of connections and processes."""
        ...


async def open_model(
    settings: ThinkingSettings,
    gguf: Path,
    calls: int,
    *,
    tools: bool = False,
    reader: Reader | None = None,
) -> ChatModel:
    """The model that the settings name, ready: the endpoint, or `gguf` served for `calls` at once.

    `tools`: there are some, and turns that have to do with none of them; a `reader` settles their
    arguments for the embedded model.

    Raises:
        ChatError: the embedded model cannot be loaded, or the endpoint's key is not set.
    """
    if settings.endpoint:
        return EndpointModel(settings)
    server = LlamaServer(gguf, settings, 2 * calls if tools else calls)
    await server.start()
    return EmbeddedModel(settings, server, calls, reader)


class EndpointModel:
    """A model behind somebody's OpenAI-compatible endpoint."""

    def __init__(self, settings: ThinkingSettings) -> None:
        """Raises `EndpointRefused` when the environment variable of the key is not set."""
        endpoint = Endpoint.of(settings)
        self._client = ChatClient(lambda: endpoint, settings)

    def stream(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int
    ) -> AsyncGenerator[Event, None]:
        return self._client.stream(_messages(context), _schemas(tools))

    async def prepare(self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int) -> None:
        """Nothing: what an endpoint keeps between requests is its own business."""

    async def aclose(self) -> None:
        await self._client.aclose()


class EmbeddedModel:
    """The model of this machine; every call's prompt cache stays in a slot of its own.

    With tools a prompt begins differently, so a call has a second slot for these if the server has
    more than `calls`.
    """

    def __init__(
        self,
        settings: ThinkingSettings,
        server: LlamaServer,
        calls: int | None = None,
        reader: Reader | None = None,
    ) -> None:
        """`server`: started already; it is closed with this."""
        self.server = server
        self._reader = reader
        self._calls = calls or server.slots
        self._client = ChatClient(server.endpoint, settings)

    def stream(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int
    ) -> AsyncGenerator[Event, None]:
        said = function_calls.messages(context, tools)
        pinned = self._pinned(slot, tools)
        if not tools:
            return self._client.stream(said, (), pinned)
        may = grammar(context, tools, self._reader)
        written = self._client.stream(said, (), {**pinned, "grammar": may.rules})
        return function_calls.understood(written, tools, may.settled)

    async def prepare(self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int) -> None:
        # What would follow the words read so far is no part of the longer ones to come.
        read_only = {
            **self._pinned(slot, tools),
            "max_tokens": 0,
            "add_generation_prompt": False,
        }
        stream = self._client.stream(function_calls.messages(context, tools), (), read_only)
        async with aclosing(stream) as events:
            async for _ in events:
                pass

    async def aclose(self) -> None:
        await self._client.aclose()
        await self.server.aclose()

    def _pinned(self, slot: int, tools: Sequence[llm.Tool]) -> dict[str, Any]:
        place = slot % self._calls + (self._calls if tools else 0)
        return {"id_slot": place % self.server.slots, "cache_prompt": True}


class PluginModel:
    """Any LiveKit `llm.LLM` plugin."""

    def __init__(self, plugin: llm.LLM[Any]) -> None:
        self._plugin = plugin

    async def stream(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int
    ) -> AsyncGenerator[Event, None]:
        usage: llm.CompletionUsage | None = None
        try:
            async with self._plugin.chat(chat_ctx=context, tools=list(tools)) as chunks:
                async for chunk in chunks:
                    usage = chunk.usage or usage
                    if chunk.delta and chunk.delta.content:
                        yield TextDelta(chunk.delta.content)
                    for call in chunk.delta.tool_calls if chunk.delta else ():
                        yield ToolCall(call.call_id, call.name, call.arguments)
        except APIError as error:
            raise _typed(error) from error
        if usage is None:
            yield Finished("stop")
        else:
            yield Finished(
                "stop", usage.prompt_tokens, usage.prompt_cached_tokens, usage.completion_tokens
            )

    async def prepare(self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int) -> None:
        """Nothing: plugins have no way to read ahead."""

    async def aclose(self) -> None:
        await self._plugin.aclose()


def _messages(context: llm.ChatContext) -> list[dict[str, Any]]:
    messages, _ = context.to_provider_format("openai", inject_dummy_user_message=False)
    return messages


def _schemas(tools: Sequence[llm.Tool]) -> list[dict[str, Any]]:
    return llm.ToolContext(list(tools)).parse_function_tools("openai") if tools else []


def _typed(error: APIError) -> ChatError:
    if isinstance(error, APITimeoutError):
        return EndpointTimeout(f"The language model's plugin took too long: {error.message}")
    if isinstance(error, APIConnectionError):
        return EndpointUnreachable(f"The language model's plugin cannot connect: {error.message}")
    if isinstance(error, APIStatusError) and error.status_code < 500:
        return EndpointRefused(
            f"The language model's plugin was refused: {error.message}", error.status_code
        )
    return ServerFailed(f"The language model's plugin failed: {error.message}")

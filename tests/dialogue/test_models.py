from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from endpoints import WHOLE, Serve
from livekit.agents import APIConnectionError, APIConnectOptions, APIStatusError, llm

from dialogue.completion import Event, Finished, TextDelta, ToolCall
from dialogue.conversation import Conversation
from dialogue.errors import ChatError, EndpointRefused, EndpointUnreachable
from dialogue.llama import LlamaFailed
from dialogue.models import ChatModel, PluginModel, open_model
from dialogue.settings import ThinkingSettings

ONCE = APIConnectOptions(max_retry=0)


class Plugin(llm.LLM[Any]):
    """A LiveKit plugin that sends the given chunks, or fails with the given error."""

    def __init__(self, *chunks: llm.ChatChunk | Exception) -> None:
        super().__init__()
        self.chunks = chunks

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        **_: Any,
    ) -> llm.LLMStream:
        return PluginStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=ONCE)


class PluginStream(llm.LLMStream):
    async def _run(self) -> None:
        assert isinstance(self._llm, Plugin)
        for chunk in self._llm.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            self._event_ch.send_nowait(chunk)


async def ask(model: ChatModel) -> list[Event]:
    context = Conversation(ThinkingSettings()).asked("Hello")
    await model.prepare(context, (), 0)
    try:
        return [event async for event in model.stream(context, (), 0)]
    finally:
        await model.aclose()


async def test_a_livekit_plugin_can_think_too() -> None:
    called = llm.FunctionToolCall(name="order", arguments="{}", call_id="a")
    plugin = Plugin(
        llm.ChatChunk(id="1", delta=llm.ChoiceDelta(role="assistant", content="Hi")),
        llm.ChatChunk(id="1", delta=llm.ChoiceDelta(role="assistant", tool_calls=[called])),
        llm.ChatChunk(
            id="1",
            usage=llm.CompletionUsage(
                completion_tokens=2, prompt_tokens=9, prompt_cached_tokens=4, total_tokens=11
            ),
        ),
    )
    assert await ask(PluginModel(plugin)) == [
        TextDelta("Hi"),
        ToolCall("a", "order", "{}"),
        Finished("stop", 9, 4, 2),
    ]


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (APIConnectionError("no route", retryable=False), EndpointUnreachable),
        (APIStatusError("bad key", status_code=401), EndpointRefused),
    ],
)
async def test_what_a_plugin_raises_is_typed(failure: Exception, error: type[ChatError]) -> None:
    with pytest.raises(error):
        await ask(PluginModel(Plugin(failure)))


async def test_the_settings_choose_the_endpoint(serve: Serve) -> None:
    model = await open_model(ThinkingSettings(endpoint=await serve(WHOLE)), Path("unused"), 1)
    assert (await ask(model))[0] == TextDelta("Hi")


async def test_without_an_endpoint_the_file_is_needed(tmp_path: Path) -> None:
    with pytest.raises(LlamaFailed, match="cannot be read"):
        await open_model(ThinkingSettings(), tmp_path / "none.gguf", 1)

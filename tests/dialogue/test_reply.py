"""What the agent says, whatever the model does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing

import pytest
from aiohttp import web
from endpoints import WHOLE, Handler, Serve, answering, end, silent_after, streaming, text, tool
from livekit.agents import llm

from dialogue.completion import Event, Finished, TextDelta, ToolCall
from dialogue.conversation import Conversation
from dialogue.errors import (
    ChatError,
    CutShort,
    EndpointRefused,
    EndpointTimeout,
    EndpointUnreachable,
    GarbledReply,
    RateLimited,
    ServerFailed,
)
from dialogue.models import EndpointModel
from dialogue.replier import Replier
from dialogue.reply import Reply
from dialogue.sentences import NOTHING, SLOW
from dialogue.settings import ThinkingSettings

Step = Sequence[Event | ChatError | Callable[[], Awaitable[object]]]
SETTINGS = ThinkingSettings(max_tool_steps=2, tool_timeout=5.0, filler_after=5.0)
CONTEXT = Conversation(SETTINGS).asked("Hello")
END = Finished("stop", 10, 5, 2)


class Scripted:
    """A model that does, step by step, what the test says; keeps what it was asked."""

    def __init__(self, *steps: Step) -> None:
        self.asked: list[tuple[list[llm.ChatItem], int]] = []
        self.closed = 0
        self._steps = iter(steps)

    async def stream(
        self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int
    ) -> AsyncGenerator[Event, None]:
        self.asked.append((list(context.items), len(tools)))
        try:
            for item in next(self._steps):
                if isinstance(item, ChatError):
                    raise item
                if isinstance(item, TextDelta | ToolCall | Finished):
                    yield item
                else:
                    await item()
        finally:
            self.closed += 1

    async def prepare(self, context: llm.ChatContext, tools: Sequence[llm.Tool], slot: int) -> None:
        raise EndpointUnreachable("gone")

    async def aclose(self) -> None: ...


def replying(model: Scripted, *tools: llm.Tool, **changes: float) -> Reply:
    return Replier(model, SETTINGS.model_copy(update=changes)).reply(CONTEXT, tools)


async def words(reply: Reply) -> str:
    return "".join([word async for word in reply])


def call(arguments: str = '{"number": "7"}', name: str = "order") -> ToolCall:
    return ToolCall(f"id-{name}", name, arguments)


@llm.function_tool
async def order(number: str) -> str:
    """Look up an order.

    Args:
        number: its number
    """
    return f"order {number} has shipped"


@llm.function_tool
async def broken() -> str:
    """Fail."""
    raise llm.ToolError("the shop is closed")


async def test_the_models_words_are_said() -> None:
    reply = replying(Scripted([TextDelta("Hi"), TextDelta(" there."), END]))
    assert await words(reply) == "Hi there."
    assert (reply.error, reply.usage, reply.items) == (None, END, [])


async def test_a_tool_is_run_and_its_result_told_to_the_model() -> None:
    model = Scripted([TextDelta("Let me see. "), call(), END], [TextDelta("It shipped."), END])
    reply = replying(model, order)
    assert await words(reply) == "Let me see. It shipped."
    before, after = model.asked
    assert [item.type for item in after[0][len(before[0]) :]] == [
        "message",
        "function_call",
        "function_call_output",
    ]
    assert [item.type for item in reply.items] == ["function_call", "function_call_output"]
    assert "order 7 has shipped" in str(reply.items[1])


@pytest.mark.parametrize(
    ("called", "told"),
    [
        (call("{}", "broken"), "the shop is closed"),
        (call("{}", "magic"), "Unknown function: magic"),
        (call("no JSON"), "Error parsing arguments"),
    ],
)
async def test_a_tool_that_fails_is_told_to_the_model(called: ToolCall, told: str) -> None:
    model = Scripted([called, END], [TextDelta("Sorry, no."), END])
    reply = replying(model, order, broken)
    assert await words(reply) == "Sorry, no."
    result = reply.items[1]
    assert isinstance(result, llm.FunctionCallOutput)
    assert result.is_error
    assert told in result.output


async def test_a_model_that_only_calls_tools_is_made_to_answer() -> None:
    model = Scripted([call(), END], [call(), END], [TextDelta("Enough."), call(), END])
    assert await words(replying(model, order)) == "Enough."
    assert [tools for _, tools in model.asked] == [1, 1, 0]


async def test_tools_of_a_speculative_reply_wait_for_its_commit() -> None:
    reached, ran = asyncio.Event(), asyncio.Event()

    @llm.function_tool
    async def book() -> str:
        """Book it."""
        ran.set()
        return "booked"

    async def reach() -> None:
        reached.set()

    model = Scripted([reach, call("{}", "book"), END], [TextDelta("Booked."), END])
    reply = Replier(model, SETTINGS).reply(CONTEXT, [book], speculative=True)
    saying = asyncio.create_task(words(reply))
    await reached.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not ran.is_set()
    reply.commit()
    assert await saying == "Booked."
    assert ran.is_set()


async def test_a_late_first_word_is_announced_and_then_said() -> None:
    patience_lost = asyncio.Event()
    model = Scripted([patience_lost.wait, TextDelta("Here I am."), END])
    reply = replying(model, slow_after=0.01)
    said = ""
    async for word in reply:
        said += word
        patience_lost.set()
    assert said == SLOW + "Here I am."


async def test_a_speculative_reply_makes_no_excuse_for_being_slow() -> None:
    late = asyncio.Event()
    model = Scripted([late.wait, TextDelta("Here I am."), END])
    impatient = SETTINGS.model_copy(update={"slow_after": 0.0})
    reply = Replier(model, impatient).reply(CONTEXT, speculative=True)
    saying = asyncio.create_task(words(reply))
    for _ in range(10):
        await asyncio.sleep(0)
    late.set()
    assert await saying == "Here I am."


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (EndpointUnreachable("x"), "cannot reach"),
        (EndpointTimeout("x"), "taking me too long"),
        (EndpointRefused("x", 401), "does not accept"),
        (RateLimited("x"), "too busy"),
        (CutShort("x"), "cut off"),
        (ServerFailed("x"), "went wrong"),
        (GarbledReply("x"), "went wrong"),
    ],
)
async def test_a_failure_is_one_honest_sentence(error: ChatError, says: str) -> None:
    reply = replying(Scripted([error]))
    assert says in await words(reply)
    assert reply.error is error


async def test_a_reply_that_breaks_off_says_so() -> None:
    reply = replying(Scripted([TextDelta("Your order"), CutShort("x")]))
    assert (await words(reply)).startswith("Your  ... Sorry, I lost my thread")
    assert isinstance(reply.error, CutShort)


@pytest.mark.parametrize("step", [[END], [TextDelta("  "), END]])
async def test_an_empty_reply_is_not_silence(step: Step) -> None:
    assert (await words(replying(Scripted(step)))).strip() == NOTHING


async def test_the_context_is_left_as_it_was() -> None:
    before = list(CONTEXT.items)
    await words(replying(Scripted([call(), END], [TextDelta("Done."), END]), order))
    assert CONTEXT.items == before


async def test_closing_a_reply_stops_the_model() -> None:
    model = Scripted([TextDelta("One "), asyncio.Event().wait])
    async with aclosing(replying(model)) as reply:
        assert await anext(reply) == "One "
    assert model.closed == 1


async def test_cancelling_the_reader_stops_the_model() -> None:
    reached = asyncio.Event()

    async def stall() -> None:
        reached.set()
        await asyncio.Event().wait()

    model = Scripted([stall])
    saying = asyncio.create_task(words(replying(model)))
    await reached.wait()
    saying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saying
    assert model.closed == 1


async def test_reading_ahead_never_fails() -> None:
    await Replier(Scripted(), SETTINGS).prepare(CONTEXT)


async def over_http(serve: Serve, handler: Handler, *tools: llm.Tool) -> str:
    """The reply to a real endpoint that behaves like `handler`."""
    settings = ThinkingSettings(
        endpoint=await serve(handler), retry_delay=0.001, first_token_timeout=0.2, read_timeout=0.2
    )
    model = EndpointModel(settings)
    try:
        return await words(Replier(model, settings).reply(CONTEXT, tools))
    finally:
        await model.aclose()


@pytest.mark.parametrize(
    ("handler", "says"),
    [
        (WHOLE, "Hi there."),
        (answering(401), "does not accept"),
        (answering(429), "too busy"),
        (answering(500), "went wrong"),
        (answering(200, "garbage"), "went wrong"),
        (silent_after()[0], "taking me too long"),
        (streaming(), "cut off"),
        (streaming(text("Half a")), "Half  ... Sorry, I lost my thread there."),
    ],
)
async def test_the_caller_hears_a_sentence_whatever_the_endpoint_does(
    serve: Serve, handler: Handler, says: str
) -> None:
    assert says in await over_http(serve, handler)


async def test_a_tool_called_over_http_is_run(serve: Serve) -> None:
    requests = []

    async def handler(request: web.Request) -> web.StreamResponse:
        requests.append(await request.json())
        if len(requests) == 1:
            first = tool(0, '{"number":', id="a", name="order")
            return await streaming(first, tool(0, '"7"}'), end("tool_calls"))(request)
        return await WHOLE(request)

    assert await over_http(serve, handler, order) == "Hi there."
    assert requests[0]["tools"][0]["function"]["name"] == "order"
    assert requests[1]["messages"][-1]["content"] == "order 7 has shipped"

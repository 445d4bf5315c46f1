"""The client against a real server that misbehaves in every way an endpoint can."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from endpoints import (
    WHOLE,
    Chunk,
    Counted,
    Handler,
    Serve,
    answering,
    end,
    silent_after,
    streaming,
    text,
    tool,
)

from dialogue.chat import ChatClient, Endpoint
from dialogue.completion import Event, Finished, TextDelta, ToolCall
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
from dialogue.settings import ThinkingSettings

HELLO = [{"role": "user", "content": "Hello"}]


def quick(url: str, **changes: object) -> ChatClient:
    """A client with short patience."""
    settings = ThinkingSettings.model_validate(
        {"endpoint": url, "retry_delay": 0.001, "first_token_timeout": 2.0, **changes}
    )
    return ChatClient(lambda: Endpoint.of(settings), settings)


async def ask(client: ChatClient) -> list[Event]:
    try:
        return [event async for event in client.stream(HELLO)]
    finally:
        await client.aclose()


async def test_a_reply_streams_as_it_is_made(serve: Serve) -> None:
    usage = {
        "prompt_tokens": 30,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 20},
    }
    chunks = (text("Hi"), b": ping\r\n\r\n", "", end(), {"choices": [], "usage": usage}, "[DONE]")
    url = await serve(streaming(*chunks))
    assert await ask(quick(url)) == [TextDelta("Hi"), Finished("stop", 30, 20, 3)]


async def test_done_without_a_reason_is_an_end(serve: Serve) -> None:
    assert await ask(quick(await serve(streaming(text("Hi"), "[DONE]")))) == [
        TextDelta("Hi"),
        Finished(""),
    ]


async def test_an_end_without_done_is_an_end(serve: Serve) -> None:
    events = await ask(quick(await serve(streaming(text("Hi"), end("length")))))
    assert events[-1] == Finished("length")


async def test_tool_calls_are_put_together(serve: Serve) -> None:
    url = await serve(
        streaming(
            tool(0, "", id="a", name="order"),
            tool(0, '{"number": '),
            tool(1, "{}", id="b", name="hours"),
            tool(0, '"7"}'),
            end("tool_calls"),
            "[DONE]",
        )
    )
    assert await ask(quick(url)) == [
        ToolCall("a", "order", '{"number": "7"}'),
        ToolCall("b", "hours", "{}"),
        Finished("tool_calls"),
    ]


@pytest.mark.parametrize(
    ("handler", "error", "says"),
    [
        (answering(401, "wrong key sk-123"), EndpointRefused, "refused the key (401)"),
        (answering(403), EndpointRefused, "refused the key (403)"),
        (answering(404, '{"error": {"message": "no such model"}}'), EndpointRefused, "no such"),
        (answering(302, Location="/elsewhere"), EndpointRefused, "(302)"),
        (answering(429), RateLimited, "(429)"),
        (answering(500, '{"error": "out of memory"}'), ServerFailed, "out of memory"),
        (answering(503, "<html>busy</html>"), ServerFailed, "(503)"),
        (answering(200, "<html>hello</html>"), GarbledReply, "text/plain"),
        (streaming("this is no JSON", "[DONE]"), GarbledReply, "this is no JSON"),
        (streaming('["not", "a", "chunk"]', "[DONE]"), GarbledReply, "no chat completion"),
        (streaming(b"\xff\xfe\x00garbage"), CutShort, "broke off"),
        (streaming(text("Hi"), text(" th")), CutShort, "broke off"),
        (streaming(), CutShort, "broke off"),
        (streaming(text("Hi"), {"error": {"message": "no more"}}), ServerFailed, "no more"),
        (streaming({"error": {"message": "slow down", "code": 429}}), RateLimited, "overloaded"),
    ],
)
async def test_every_failure_has_its_type_and_its_sentence(
    serve: Serve, handler: Handler, error: type[ChatError], says: str
) -> None:
    with pytest.raises(error) as raised:
        await ask(quick(await serve(handler)))
    sentence = str(raised.value)
    assert says in sentence
    assert "sk-123" not in sentence
    assert "\n" not in sentence


async def test_nobody_there_is_unreachable(unused_tcp_port: int) -> None:
    with pytest.raises(EndpointUnreachable, match="Nothing answers"):
        await ask(quick(f"http://127.0.0.1:{unused_tcp_port}"))


async def test_a_connection_dropped_without_a_word_is_unreachable(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    with pytest.raises(EndpointUnreachable):
        await ask(quick(await serve(handler)))


@pytest.mark.parametrize(
    ("chunks", "patience"),
    [
        ((), {"first_token_timeout": 0.05}),
        ((text("Hi"),), {"read_timeout": 0.05}),
        ((text("Hi"),), {"total_timeout": 0.05}),
    ],
)
async def test_silence_ends_in_a_timeout(
    serve: Serve, chunks: tuple[Chunk, ...], patience: dict[str, float]
) -> None:
    handler, _ = silent_after(*chunks)
    with pytest.raises(EndpointTimeout, match="too long"):
        await ask(quick(await serve(handler), **patience))


async def test_no_answer_at_all_ends_in_a_timeout(serve: Serve) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    with pytest.raises(EndpointTimeout):
        await ask(quick(await serve(handler), first_token_timeout=0.05))


async def test_closing_the_stream_closes_the_connection(serve: Serve) -> None:
    handler, gone = silent_after(text("Hi"))
    client = quick(await serve(handler))
    stream = client.stream(HELLO)
    assert await anext(stream) == TextDelta("Hi")
    await stream.aclose()
    await asyncio.wait_for(gone.wait(), 5)
    await client.aclose()


async def test_cancelling_the_reader_closes_the_connection(serve: Serve) -> None:
    silent, gone = silent_after()
    asked = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.set()
        return await silent(request)

    client = quick(await serve(handler))
    stream = client.stream(HELLO)
    reading = asyncio.ensure_future(anext(stream))
    await asyncio.wait_for(asked.wait(), 5)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    await asyncio.wait_for(gone.wait(), 5)
    await client.aclose()


@pytest.mark.parametrize(
    "failure", [answering(500), answering(429, **{"Retry-After": "0"}), streaming()]
)
async def test_what_fails_before_the_first_word_is_tried_again(
    serve: Serve, failure: Handler
) -> None:
    endpoint = Counted(failure, failure, WHOLE)
    assert await ask(quick(await serve(endpoint.handle))) == [
        TextDelta("Hi"),
        TextDelta(" there."),
        Finished("stop"),
    ]
    assert endpoint.requests == 3


@pytest.mark.parametrize(
    ("handler", "error", "requests"),
    [
        (answering(500), ServerFailed, 3),
        (answering(401), EndpointRefused, 1),
        (answering(403), EndpointRefused, 1),
        (answering(429, **{"Retry-After": "3600"}), RateLimited, 1),
        (streaming(text("Hi")), CutShort, 1),
    ],
)
async def test_retries_are_bounded_and_only_where_they_can_help(
    serve: Serve, handler: Handler, error: type[ChatError], requests: int
) -> None:
    endpoint = Counted(handler)
    with pytest.raises(error):
        await ask(quick(await serve(endpoint.handle)))
    assert endpoint.requests == requests


async def test_the_key_comes_from_the_environment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append((request.headers.get("Authorization"), (await request.json())["model"]))
        return await WHOLE(request)

    seen: list[tuple[str | None, str]] = []
    monkeypatch.setenv("A_KEY", "secret")
    await ask(quick(await serve(handler), api_key_env="A_KEY", model="big"))
    assert seen == [("Bearer secret", "big")]


def test_a_key_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("A_KEY", raising=False)
    with pytest.raises(EndpointRefused, match="environment variable A_KEY"):
        Endpoint.of(ThinkingSettings(endpoint="http://x", api_key_env="A_KEY"))


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://host:8000", "http://host:8000/v1/chat/completions"),
        ("http://host:8000/", "http://host:8000/v1/chat/completions"),
        ("http://host/v1", "http://host/v1/chat/completions"),
        ("http://host/v1/chat/completions", "http://host/v1/chat/completions"),
        ("http://host/openai/v3", "http://host/openai/v3/chat/completions"),
    ],
)
def test_an_endpoint_may_be_given_in_any_usual_form(given: str, url: str) -> None:
    assert Endpoint.of(ThinkingSettings(endpoint=given)).url == url

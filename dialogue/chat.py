"""The client of any OpenAI-compatible `/v1/chat/completions`."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from dialogue import sse
from dialogue.completion import DONE, Completion, Event, conclude, take
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

Message = Mapping[str, Any]
"""One message of a conversation in OpenAI's chat format."""

_LINGER = 0.05
"""Seconds to wait for the end of a body after `[DONE]`, so that its connection can be kept."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where chat completions are asked for, and the headers that go with every request."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(settings: ThinkingSettings) -> Endpoint:
        """The endpoint that the settings name, with the key from the environment.

        Raises:
            EndpointRefused: the environment variable of the key is not set.
        """
        headers = {}
        if name := settings.api_key_env:
            if not (key := os.environ.get(name, "").strip()):
                raise EndpointRefused(
                    f"The environment variable {name}, which api_key_env names, is not set; "
                    "put the endpoint's key there.",
                    status=401,
                )
            headers["Authorization"] = f"Bearer {key}"
        base = settings.endpoint.rstrip("/").removesuffix("/chat/completions")
        if not base.endswith("/v1") and httpx.URL(base).path in ("", "/"):
            base += "/v1"
        return Endpoint(f"{base}/chat/completions", headers)


class ChatClient:
    """Streams replies; closing the stream closes the connection, which stops the server."""

    def __init__(self, endpoint: Callable[[], Endpoint], settings: ThinkingSettings) -> None:
        """`endpoint` is asked anew for every request and may raise a `ChatError` itself."""
        self._endpoint = endpoint
        self._settings = settings
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(None, connect=settings.connect_timeout),
            limits=httpx.Limits(max_connections=None, keepalive_expiry=60.0),
            # A proxy of the environment can only lead away from this machine.
            mounts={"all://127.0.0.1": None, "all://localhost": None},
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def stream(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> AsyncGenerator[Event, None]:
        """One reply: its text as it is made, its tool calls, and its end.

        `extra` adds to the request's body or overrides it. What fails before the first event
        is tried again, with full jitter, while the time for the first token lasts.

        Raises:
            ChatError: one of its subclasses; what was yielded before it stands.
        """
        body = self._body(messages, tools, extra or {})
        now = asyncio.get_running_loop().time
        first_by = now() + self._settings.first_token_timeout
        done_by = now() + self._settings.total_timeout
        for attempt in range(self._settings.retries + 1):
            begun = False
            try:
                async with aclosing(self._attempt(body, first_by, done_by)) as events:
                    async for event in events:
                        begun = True
                        yield event
                return
            except ChatError as error:
                pause = self._pause(error, attempt)
                last = attempt == self._settings.retries
                if begun or last or not error.retryable or now() + pause >= first_by:
                    raise
            await asyncio.sleep(pause)

    def _body(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]],
        extra: Mapping[str, Any],
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "messages": list(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "temperature": self._settings.temperature,
            "max_tokens": self._settings.max_reply_tokens,
        }
        if self._settings.model:
            body["model"] = self._settings.model
        if tools:
            body["tools"] = list(tools)
        return {**body, **extra}

    def _pause(self, error: ChatError, attempt: int) -> float:
        """Seconds until the next attempt: full jitter, or what the endpoint asked for."""
        jitter = random.uniform(0.0, self._settings.retry_delay * 2**attempt)
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return error.retry_after + jitter
        return jitter

    async def _attempt(
        self, body: Mapping[str, Any], first_by: float, done_by: float
    ) -> AsyncGenerator[Event, None]:
        now = asyncio.get_running_loop().time
        async with self._response(body, first_by) as response:
            chunks = response.aiter_bytes()
            stream, completion = sse.EventStream(), Completion()
            done, quiet_by = False, first_by
            while not done and (chunk := await _next(chunks, min(quiet_by, done_by))) is not None:
                stream, payloads = sse.feed(stream, chunk)
                for payload in payloads:
                    if done := payload.strip() == DONE:
                        break
                    if not payload:
                        continue
                    completion, deltas = take(completion, payload)
                    for delta in deltas:
                        yield delta
                    if deltas or completion.calls:
                        quiet_by = now() + self._settings.read_timeout
            for event in conclude(completion, done=done):
                yield event
            with suppress(ChatError):
                await _next(chunks, now() + _LINGER)

    @asynccontextmanager
    async def _response(
        self, body: Mapping[str, Any], first_by: float
    ) -> AsyncIterator[httpx.Response]:
        """The endpoint's accepted answer, closed with the connection unless read to its end."""
        endpoint = self._endpoint()
        request = self._http.build_request(
            "POST", endpoint.url, json=body, headers=dict(endpoint.headers)
        )
        try:
            async with _within(first_by):
                response = await self._http.send(request, stream=True)
        except httpx.ConnectTimeout as error:
            raise EndpointUnreachable(
                f"The language model's endpoint {endpoint.url} accepted no connection within "
                f"{self._settings.connect_timeout:g} seconds; check its address and that it runs."
            ) from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise EndpointUnreachable(
                f"Nothing answers at the language model's endpoint {endpoint.url}; "
                "check its address and that it runs."
            ) from error
        try:
            async with _within(first_by):
                await self._check(response)
            yield response
        finally:
            await response.aclose()

    async def _check(self, response: httpx.Response) -> None:
        """Raise the typed error of an answer that is no stream of events."""
        status = response.status_code
        if status == 200:
            kind = response.headers.get("content-type", "nothing").partition(";")[0]
            if kind != "text/event-stream":
                raise GarbledReply(
                    f"The language model's endpoint answered with {kind} instead of a stream of "
                    "events; check that its address is that of a chat endpoint."
                )
            return
        if status in (401, 403):
            hint = self._settings.api_key_env or "api_key_env, which names none"
            raise EndpointRefused(
                f"The language model's endpoint refused the key ({status}); check {hint}.", status
            )
        if status == 429:
            wait = response.headers.get("retry-after", "")
            raise RateLimited(
                "The language model's endpoint takes no more requests for now (429); "
                "wait, or raise its limit.",
                float(wait) if wait.replace(".", "", 1).isdigit() else None,
            )
        detail = await _detail(response)
        if status >= 500:
            raise ServerFailed(
                f"The language model's endpoint failed ({status}){detail}; try later."
            )
        raise EndpointRefused(
            f"The language model's endpoint refused the request ({status}){detail}; "
            "check its address and the model's name.",
            status,
        )


async def _detail(response: httpx.Response) -> str:
    """What an error answer says about itself, in brackets, or nothing."""
    with suppress(ValueError, AttributeError, TypeError, httpx.HTTPError):
        error = json.loads(await response.aread()).get("error")
        message = error.get("message") if isinstance(error, dict) else error
        if message:
            return f" ({' '.join(str(message).split())[:200]})"
    return ""


async def _next(chunks: AsyncIterator[bytes], deadline: float) -> bytes | None:
    """The next piece of the body; None at its end."""
    async with _within(deadline):
        try:
            return await anext(chunks, None)
        except httpx.HTTPError as error:
            raise CutShort(
                "The connection to the language model's endpoint broke in the middle of a reply."
            ) from error


@asynccontextmanager
async def _within(deadline: float) -> AsyncIterator[None]:
    """Give up at `deadline` of the loop's clock; never held across a yield to the consumer."""
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as error:
        raise EndpointTimeout(
            "The language model's endpoint took too long to answer; "
            "see the timeouts in [thinking], or choose a faster model."
        ) from error

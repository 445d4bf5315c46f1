"""Ways in which a chat endpoint can behave, for a real HTTP server to act out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]
"""Starts a server with a handler; gives its address."""

Chunk = dict[str, Any] | str | bytes


def text(content: str) -> Chunk:
    return {"choices": [{"delta": {"content": content}, "finish_reason": None}]}


def tool(index: int, arguments: str, **first: str) -> Chunk:
    call: dict[str, Any] = {"index": index, "function": {"arguments": arguments}}
    if first:
        call["id"] = first["id"]
        call["function"]["name"] = first["name"]
    return {"choices": [{"delta": {"tool_calls": [call]}}]}


def end(reason: str = "stop") -> Chunk:
    return {"choices": [{"delta": {}, "finish_reason": reason}]}


async def send(request: web.Request, *chunks: Chunk) -> web.StreamResponse:
    """A stream of events: chunks as JSON payloads, text as a payload, bytes as they are."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for chunk in chunks:
        payload = json.dumps(chunk) if isinstance(chunk, dict) else chunk
        raw = payload if isinstance(payload, bytes) else f"data: {payload}\n\n".encode()
        await response.write(raw)
    return response


def streaming(*chunks: Chunk) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return await send(request, *chunks)

    return handler


def answering(status: int, body: str = "", **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body, headers=headers)

    return handler


class Counted:
    """Gives the handlers their turns: the nth request goes to the nth, later ones to the last."""

    def __init__(self, *handlers: Handler) -> None:
        self.requests = 0
        self._handlers = handlers

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        return await self._handlers[min(self.requests, len(self._handlers)) - 1](request)


def silent_after(*chunks: Chunk) -> tuple[Handler, asyncio.Event]:
    """Sends `chunks` and then nothing more; the event tells that the client has gone."""
    gone = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = await send(request, *chunks)
        try:
            while True:
                await response.write(b": still here\n\n")
                await asyncio.sleep(0.005)
        except (ConnectionError, asyncio.CancelledError):
            gone.set()
            raise
        return response

    return handler, gone


WHOLE = streaming(text("Hi"), text(" there."), end(), "[DONE]")

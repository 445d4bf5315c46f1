"""The caller's end of a WebRTC call, for programs: dials, says clips, records what it hears.

Times are seconds of `time.perf_counter`. What is said counts as said while a microphone would have
taken it in, 20 ms before its packet leaves. What is heard counts as heard when its packet arrives:
nothing is held back for smooth playing, and the jitter buffer is the one of `agent.jitter`, which
adds nothing while packets come in order.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import aiohttp
import numpy as np
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from numpy.typing import NDArray

from agent.errors import ParleyError
from agent.jitter import divert
from agent.opus import CLOCK_RATE, FRAME_SECONDS
from agent.recording import Recording, Span, speech_span
from agent.track import Ear, SpeechTrack

Samples = NDArray[np.int16]

SPEECH_RATE = 16_000
"""Rate of what the caller says, Hz."""

CALLS_PATH = "/v1/realtime/calls"
CONNECT_SECONDS = 15.0


class CallFailed(ParleyError):
    """The call could not be placed or held; the text says why."""


class AgentHungUp(CallFailed):
    """The agent ended the call while the caller was still at it."""


@dataclass(frozen=True)
class Message:
    """A message from the agent and when it came, s on the caller's clock."""

    at: float
    body: dict[str, Any]


class Phone:
    """A call under way, from the caller's side. `dial` makes one."""

    def __init__(self) -> None:
        self.said = Recording(SPEECH_RATE)
        self.heard = Recording(CLOCK_RATE)
        self.messages: list[Message] = []
        self.ended = asyncio.Event()
        """Set when the agent has hung up or is gone."""
        self.connect_seconds = 0.0
        self.surroundings: Callable[[Samples], Samples] = _nothing
        """What the line makes of the caller's voice, block by block: noise, or a worse line."""
        self.ear = Ear(self._hear)
        self.track = SpeechTrack(self._speak, SPEECH_RATE)
        self._to_say: deque[Samples] = deque()
        self._news = asyncio.Event()

    async def say(self, samples: Samples, speech: tuple[int, int] | None = None) -> Span:
        """Says a clip in real time; returns when its speech began and ended.

        `speech` are the first and one past the last sample of it, where they are known. A clip that
        is equally loud throughout counts as speech from end to end.
        """
        span = speech or speech_span(samples, SPEECH_RATE) or (0, len(samples))
        start = len(self.said) + sum(len(waiting) for waiting in self._to_say)
        self._to_say.append(samples)
        while len(self.said) < start + len(samples):
            await self.something()
        first, last = start + span[0], start + span[1] - 1
        return Span(self.said.time_of(first), self.said.time_of(last))

    async def answer_to(self, spoken: Span, within: float) -> Span | None:
        """Waits for the answer to what was said; None when none has begun `within` seconds."""
        try:
            async with asyncio.timeout(within):
                while True:
                    sounds = self.heard.sounds(spoken.start - 1)
                    if (found := answer_among(sounds, spoken)) is not None:
                        return found
                    await self.something()
        except TimeoutError:
            return None

    async def until(self, moment: float) -> None:
        """Waits for a time on the caller's clock."""
        while time.perf_counter() < moment:
            await self.something()

    async def quiet(self, pause: float) -> None:
        """Waits until nothing has been audible for `pause` seconds."""
        began = time.perf_counter()
        while True:
            now = time.perf_counter()
            if now - began >= pause and not self.heard.sounds(now - pause):
                return
            await self.something()

    async def something(self) -> None:
        """Waits for the next packet, either way."""
        if self.ended.is_set():
            raise AgentHungUp("The agent ended the call before everything was said.")
        self._news.clear()
        await self._news.wait()

    def _speak(self, count: int) -> Samples:
        out = np.zeros(count, np.int16)
        filled = 0
        while filled < count and self._to_say:
            clip = self._to_say.popleft()
            part = clip[: count - filled]
            out[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(clip):
                self._to_say.appendleft(clip[len(part) :])
        self.said.add(out, time.perf_counter() - FRAME_SECONDS)
        self._news.set()
        return self.surroundings(out)

    def _hear(self, samples: Samples) -> None:
        self.heard.add(samples, time.perf_counter())
        self._news.set()

    def hear_message(self, text: str | bytes) -> None:
        """Takes what came over the data channel."""
        body = json.loads(text)
        self.messages.append(Message(time.perf_counter(), body))
        if body.get("type") == "bye":
            self.hung_up()

    def hung_up(self) -> None:
        """Takes note that the call is over."""
        self.ended.set()
        self._news.set()


@asynccontextmanager
async def dial(url: str) -> AsyncIterator[Phone]:
    """Calls the agent at `url`, its page's address; hangs up when the block is left.

    Raises:
        CallFailed: nobody answers there, or the agent does not take the call.
    """
    began = time.perf_counter()
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    phone = Phone()
    divert(connection.addTransceiver(phone.track).receiver, phone.ear.push)
    channel: RTCDataChannel = connection.createDataChannel("parley")
    channel.on("message", phone.hear_message)

    def on_state() -> None:
        if connection.connectionState in ("failed", "closed"):
            phone.hung_up()

    connection.on("connectionstatechange", on_state)
    async with aiohttp.ClientSession() as http:
        location = ""
        try:
            await connection.setLocalDescription()
            location, answer = await _offer(http, url, connection.localDescription.sdp)
            await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            await _first_packet(phone)
            phone.connect_seconds = time.perf_counter() - began
            yield phone
        finally:
            if location:
                await _hang_up(http, location)
            await connection.close()


def answer_among(sounds: Sequence[Span], spoken: Span) -> Span | None:
    """The first sound that began after the caller did and was still heard after the caller ended.

    One that began and ended in the meantime was the agent cutting in and giving way again.
    """
    return next((s for s in sounds if s.start > spoken.start and s.end > spoken.end), None)


def _nothing(voice: Samples) -> Samples:
    return voice


async def _offer(http: aiohttp.ClientSession, url: str, offer: str) -> tuple[str, str]:
    """Posts the offer; returns the call's address and the answer."""
    target = url if urlsplit(url).path.strip("/") else urljoin(url, CALLS_PATH)
    try:
        headers = {"Content-Type": "application/sdp"}
        async with http.post(target, data=offer, headers=headers) as response:
            body = await response.text()
            if response.status != 201:
                raise CallFailed(body.strip() or f"The agent answered {response.status}.")
            return urljoin(target, response.headers.get("Location", "")), body
    except aiohttp.InvalidURL as error:
        raise CallFailed(
            f"{url} is no address: it should look like http://127.0.0.1:8080."
        ) from error
    except aiohttp.ClientError as error:
        raise CallFailed(f"No agent answers at {url}: start one with `parley serve`.") from error


async def _first_packet(phone: Phone) -> None:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            while not len(phone.heard):
                await phone.something()
    except (TimeoutError, AgentHungUp) as error:
        raise CallFailed(
            "The agent took the call but no audio came: is a firewall in the way of UDP?"
        ) from error


async def _hang_up(http: aiohttp.ClientSession, location: str) -> None:
    try:
        async with http.delete(location):
            pass
    except aiohttp.ClientError:
        return  # the agent is gone, and the call with it

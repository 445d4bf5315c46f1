"""A call over WebRTC: aiortc's connection behind the seam that every transport stands behind."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any

import numpy as np
from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpCodecCapability,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from livekit import rtc
from numpy.typing import NDArray

from agent.echo import EchoControl, NoEchoControl
from agent.jitter import divert
from agent.line import AGENT_RATE, CALLER_RATE, Line
from agent.offer import OfferRefused, ice_servers, prepare_offer
from agent.opus import CLOCK_RATE, FRAME_SECONDS
from agent.playout import Playout
from agent.resample import DownsamplerState, downsample
from agent.track import Ear, SpeechTrack

Samples = NDArray[np.int16]

log = logging.getLogger(__name__)

CHANNEL = "parley"
"""Label of the data channel that the caller's side opens for messages."""

OPUS = RTCRtpCodecCapability(mimeType="audio/opus", clockRate=CLOCK_RATE, channels=2)
"""Opus as WebRTC offers it, always "two channels" (RFC 7587), however many are sent."""

FRAME_SAMPLES = round(CALLER_RATE * FRAME_SECONDS)

MAX_WAITING_FRAMES = 1500
"""Caller audio kept for a session that does not read, 30 s; after that the oldest goes first."""

MAX_WAITING_MESSAGES = 256
"""Messages kept until the caller opens the data channel; after that the oldest goes first."""

CONNECT_SECONDS = 15.0
"""A caller who was answered and is not connected by then has given up."""

SILENT_SECONDS = 8.0
"""A connected caller without a packet for so long is gone: muted browsers still send silence."""

FAREWELL_SECONDS = 1.0
"""How long the last message may take to leave before the connection is closed under it."""


class WebRTCLine(Line):
    """One call over an `RTCPeerConnection`, made by `answer`. Everything runs on the event loop.

    Caller audio is Opus, decoded and brought to 16 kHz as it arrives and kept from the first
    packet on. Agent audio is pulled from `playout` by the sending clock once the caller is
    connected. Neither side of the audio waits for anything but the network.
    """

    def __init__(self, connection: RTCPeerConnection, echo: EchoControl) -> None:
        self.playout = Playout()
        self.connected = asyncio.Event()
        """Set once audio can flow."""
        self.ended = asyncio.Event()
        """Set once the call is over, whoever ended it."""
        self.end_reason = ""
        """Why it is over, in words."""
        self.dropped_frames = 0
        """20 ms frames of caller audio that were not read in time."""
        self._connection = connection
        self._echo = echo
        self._ear = Ear(self._hear)
        self._downsampler = DownsamplerState()
        self._partial = np.zeros(0, np.int16)
        self._frames: deque[Samples] = deque()
        self._news = asyncio.Event()
        self._channel: RTCDataChannel | None = None
        self._channel_opened = asyncio.Event()
        self._unsent: deque[str] = deque(maxlen=MAX_WAITING_MESSAGES)
        self._left_out = 0
        self._track = SpeechTrack(self._speak, AGENT_RATE)
        self._transceiver = connection.addTransceiver(self._track)
        self._tasks: list[asyncio.Task[None]] = []
        self._farewell: asyncio.Task[None] | None = None
        divert(self._transceiver.receiver, self._ear.push)
        connection.on("connectionstatechange", self._on_state)
        connection.on("datachannel", self._on_channel)

    @classmethod
    async def answer(
        cls,
        offer: str,
        *,
        stun_and_turn: Sequence[str] = (),
        echo: EchoControl | None = None,
    ) -> tuple[WebRTCLine, str]:
        """Takes up an SDP offer; returns the line and the answer with all its candidates.

        Raises:
            OfferRefused: the offer is none, or cannot be answered.
        """
        offer = prepare_offer(offer)
        configuration = RTCConfiguration(iceServers=ice_servers(stun_and_turn))
        line = cls(RTCPeerConnection(configuration), echo or NoEchoControl())
        try:
            answer = await line._negotiate(offer)
        except BaseException:
            await line._connection.close()
            raise
        line._begin(line._watch())
        return line, answer

    async def listen(self) -> AsyncIterator[rtc.AudioFrame]:
        """The caller's audio: 16 kHz mono frames of 20 ms, from the first packet on."""
        while True:
            while self._frames:
                samples = self._frames.popleft()
                yield rtc.AudioFrame(samples.tobytes(), CALLER_RATE, 1, FRAME_SAMPLES)
            if self.ended.is_set():
                return
            self._news.clear()
            await self._news.wait()

    def tell(self, message: Mapping[str, Any]) -> None:
        """Sends one JSON message over the data channel, or keeps it until there is one."""
        text = json.dumps(message, ensure_ascii=False)
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(text)
        elif not self.ended.is_set():
            self._unsent.append(text)

    async def hang_up(self, reason: str) -> None:
        """Ends the call from this side; harmless when it has ended already."""
        if not self.ended.is_set():
            self.tell({"type": "bye", "reason": reason})
            self._over(reason)
            self._farewell = asyncio.create_task(self._let_farewell_leave())
        if self._farewell is not None:
            # Whoever hangs up second waits as long: closed sooner, the caller never learns why.
            await asyncio.wait([self._farewell])
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()

    # --- audio -------------------------------------------------------------------------------

    def _speak(self, count: int) -> Samples:
        samples = self.playout.pull(count)
        # Slots that the clock left out are silence to the caller, and to the echo.
        left_out = self._track.skipped - self._left_out
        self._left_out += left_out
        self._echo.played(np.concatenate([np.zeros(left_out * count, np.int16), samples]))
        return samples

    def _hear(self, samples: Samples) -> None:
        low, self._downsampler = downsample(samples, self._downsampler)
        line = np.concatenate([self._partial, low])
        whole = len(line) - len(line) % FRAME_SAMPLES
        self._partial = line[whole:]
        for frame in line[:whole].reshape(-1, FRAME_SAMPLES):
            self._keep(self._echo.clean(frame))

    def _keep(self, frame: Samples) -> None:
        self._frames.append(frame)
        self._news.set()
        if len(self._frames) <= MAX_WAITING_FRAMES:
            return
        self._frames.popleft()
        if not self.dropped_frames:
            log.warning("Nobody has listened to a caller for 30 s; the oldest audio is dropped.")
        self.dropped_frames += 1

    # --- connection --------------------------------------------------------------------------

    async def _negotiate(self, offer: str) -> str:
        self._transceiver.setCodecPreferences([OPUS])
        connection = self._connection
        try:
            await connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            for other in connection.getTransceivers():
                if other is not self._transceiver:
                    other.direction = "inactive"
            await connection.setLocalDescription()
        # What is wrong with an offer shows in many ways inside aiortc, none of them documented.
        except Exception as error:
            raise OfferRefused(f"The SDP offer cannot be answered: {error}.") from error
        return str(connection.localDescription.sdp)

    def _on_state(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self.connected.set()
        elif state == "failed":
            self._over("the connection was lost")
        elif state == "closed":
            self._over("the caller hung up")

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != CHANNEL:
            return
        self._channel = channel
        channel.on("message", self._on_message)
        while self._unsent:
            channel.send(self._unsent.popleft())
        self._channel_opened.set()

    def _on_message(self, message: str | bytes) -> None:
        try:
            kind = json.loads(message).get("type")
        except (ValueError, AttributeError):
            log.warning("The caller's side sent a message that is not a JSON object.")
            return
        if kind == "bye":
            self._over("the caller hung up")

    def _over(self, reason: str) -> None:
        if not self.ended.is_set():
            self.end_reason = reason
            self.ended.set()
            self._news.set()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def _watch(self) -> None:
        """Notices the callers who never say goodbye."""
        try:
            await asyncio.wait_for(self.connected.wait(), CONNECT_SECONDS)
        except TimeoutError:
            self._over("the caller never connected")
            return
        if self._transceiver.currentDirection == "recvonly":
            self._begin(self._speak_to_nobody())
        since = time.perf_counter()
        while time.perf_counter() - max(since, self._ear.heard_at) < SILENT_SECONDS:
            await asyncio.sleep(SILENT_SECONDS / 8)
        self._over("the caller is gone")

    async def _speak_to_nobody(self) -> None:
        """Keeps the clock going for a caller who only sends (WHIP), so that speech gets done."""
        while True:
            try:
                await self._track.recv()
            except MediaStreamError:
                return

    async def _let_farewell_leave(self) -> None:
        """Waits until the last message is on its way, if the caller takes messages at all."""
        if self._connection.sctp is None:
            return
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._channel_opened.wait()
                channel, left = self._channel, asyncio.Event()
                if channel is not None and channel.bufferedAmount:
                    channel.on("bufferedamountlow", left.set)
                    await left.wait()
        except TimeoutError:
            log.debug("The last message did not leave in time.")

"""The two ends of a call's audio: a track that speaks on a steady clock, an ear that decodes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from fractions import Fraction

import av
import numpy as np
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from agent.jitter import JitterBuffer, Packet
from agent.opus import CLOCK_RATE, FRAME_SECONDS, FRAME_TICKS, Decoder, Encoder

Samples = NDArray[np.int16]

log = logging.getLogger(__name__)

MAX_CATCH_UP = 3
"""Frames that may be sent late, one after the other; a receiver's buffer swallows 60 ms."""

MAX_CONCEALED = 6 * FRAME_TICKS
"""A longer gap goes on as silence: 120 ms is as far as Opus can guess."""

MAX_GAP = 10 * CLOCK_RATE
"""A longer jump in time is a stream that started anew, not a gap."""


class SpeechTrack(MediaStreamTrack):
    """Audio for aiortc to send, pulled from `source` every 20 ms of a monotonic clock and encoded.

    `source(count)` returns the next int16 samples at `rate`. The clock is a grid fixed at the
    first frame, so it cannot drift. A loop that was held up for up to 60 ms is caught up with; when
    it was longer, the slots are left out and the timestamps tell the receiver so: what follows is
    heard on time, with neither a burst nor a delay that stays. `source` is not asked for the slots
    left out, so no word is lost by it.
    """

    kind = "audio"

    def __init__(self, source: Callable[[int], Samples], rate: int) -> None:
        super().__init__()
        self.skipped = 0
        """20 ms slots left out because the loop was held up."""
        self._source = source
        self._encoder = Encoder(rate)
        self._start: float | None = None
        self._slot = 0

    async def recv(self) -> av.Packet[av.stream.Stream]:
        """The next packet, at its time.

        Raises:
            MediaStreamError: the track has been stopped.
        """
        await self._wait_for_slot()
        if self.readyState != "live":
            raise MediaStreamError
        packet: av.Packet[av.stream.Stream] = av.Packet(
            self._encoder.encode(self._source(self._encoder.frame_samples))
        )
        packet.pts = self._slot * FRAME_TICKS
        packet.time_base = Fraction(1, CLOCK_RATE)
        self._slot += 1
        return packet

    async def _wait_for_slot(self) -> None:
        now = time.perf_counter()
        if self._start is None:
            self._start = now
        ahead = self._start + self._slot * FRAME_SECONDS - now
        if ahead > 0:
            await asyncio.sleep(ahead)
        elif -ahead > MAX_CATCH_UP * FRAME_SECONDS:
            missed = int(-ahead / FRAME_SECONDS)
            self._slot += missed
            self.skipped += missed


class Ear:
    """One incoming stream: packets in whatever order, to 48 kHz mono that never skips time.

    `on_audio(samples)` is called with every packet's audio, int16, in multiples of 2.5 ms.
    """

    def __init__(self, on_audio: Callable[[Samples], None]) -> None:
        self.concealed = 0
        """48 kHz samples that were made up for lost packets."""
        self.heard_at = 0.0
        """time.perf_counter() of the latest packet; 0 before the first."""
        self._on_audio = on_audio
        self._buffer = JitterBuffer()
        self._decoder = Decoder()
        self._expected: int | None = None

    def push(self, packet: Packet) -> None:
        """Takes a packet as it arrives from the network."""
        self.heard_at = time.perf_counter()
        for ready in self._buffer.push(packet):
            self._fill_gap(ready.timestamp)
            self._hand_on(ready)

    def _fill_gap(self, timestamp: int) -> None:
        """Makes up for lost packets, and for those a sender left out because it was silent."""
        gap = 0 if self._expected is None else (timestamp - self._expected) & 0xFFFFFFFF
        if not 0 < gap <= MAX_GAP:
            return
        self.concealed += gap
        guessed = min(gap, MAX_CONCEALED)
        self._on_audio(self._decoder.conceal(guessed))
        if gap > guessed:
            self._on_audio(np.zeros(gap - guessed, np.int16))

    def _hand_on(self, packet: Packet) -> None:
        try:
            samples = self._decoder.decode(packet.payload)
        except ValueError as error:
            log.warning("A packet of the caller's audio was broken: %s.", error)
            samples = self._decoder.conceal(FRAME_TICKS)
        self._expected = (packet.timestamp + len(samples)) & 0xFFFFFFFF
        self._on_audio(samples)

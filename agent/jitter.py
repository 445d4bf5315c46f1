"""Putting RTP packets back in order without making the ordered ones wait.

A jitter buffer for ears that are machines: nothing has to be played smoothly, so a packet that is
next in line is handed on the moment it comes. Only a gap waits, and only for as many packets as
this network has shown to come late; then the gap is given up, and whoever decodes sees it in the
timestamps and conceals it.

aiortc's own buffer holds four packets (80 ms) however well they come. `divert` takes its place;
the private names of aiortc that Parley touches are in there and nowhere else.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from aiortc import RTCRtpReceiver
from aiortc.rtp import RtpPacket

MIN_PATIENCE = 2
"""Packets after a gap that are waited for at first: with 20 ms packets, 40 ms."""

MAX_PATIENCE = 8
"""The same on the worst network: 160 ms."""

CALM_PACKETS = 500
"""Packets in order, 10 s of them, after which patience shrinks by one."""

RESTART = 1000
"""A jump of more packets than this, forth or back, is a new stream."""


@dataclass(frozen=True)
class Packet:
    """What is needed of an RTP packet; `sequence` is 16 bits wide, `timestamp` 32 bits."""

    sequence: int
    timestamp: int
    payload: bytes


class JitterBuffer:
    """Restores the order of one stream: `push` what arrives, decode what it returns."""

    def __init__(self) -> None:
        self.patience = MIN_PATIENCE
        """Packets after a gap that are waited for at present."""
        self.lost = 0
        """Packets given up, whether they came after all or not."""
        self.late = 0
        """Packets that came after they had been given up."""
        self._next: int | None = None
        self._waiting: dict[int, Packet] = {}
        self._given_up: deque[int] = deque(maxlen=64)
        self._calm = 0

    def push(self, packet: Packet) -> list[Packet]:
        """Takes the packet that arrived; returns those whose turn has come, oldest first."""
        if self._next is None or abs(_distance(self._next, packet.sequence)) > RESTART:
            self._waiting.clear()
            self._next = packet.sequence
        ahead = _distance(self._next, packet.sequence)
        if ahead < 0:
            self._came_late(packet, -ahead)
            return []
        self._waiting[packet.sequence] = packet
        self._grow_calm(ahead == 0)
        ready = self._take_ready()
        while self._waiting and self._farthest() > self.patience:
            self._give_up()
            ready += self._take_ready()
        return ready

    def _came_late(self, packet: Packet, by: int) -> None:
        if packet.sequence not in self._given_up:
            return  # a duplicate says nothing about the order
        self._given_up.remove(packet.sequence)
        self.late += 1
        self._calm = 0
        self.patience = min(MAX_PATIENCE, max(self.patience, by + 1))

    def _grow_calm(self, in_order: bool) -> None:
        self._calm = self._calm + 1 if in_order else 0
        if self._calm >= CALM_PACKETS:
            self._calm = 0
            self.patience = max(MIN_PATIENCE, self.patience - 1)

    def _take_ready(self) -> list[Packet]:
        ready = []
        while self._next is not None and self._next in self._waiting:
            ready.append(self._waiting.pop(self._next))
            self._next = (self._next + 1) & 0xFFFF
        return ready

    def _farthest(self) -> int:
        return max(self._ahead(sequence) for sequence in self._waiting)

    def _give_up(self) -> None:
        """Goes on to the oldest packet that waits behind the gap."""
        oldest = min(self._waiting, key=self._ahead)
        missing = self._ahead(oldest)
        self._given_up.extend((oldest - back) & 0xFFFF for back in range(missing, 0, -1))
        self.lost += missing
        self._next = oldest

    def _ahead(self, sequence: int) -> int:
        return _distance(self._next or 0, sequence)


def _distance(start: int, end: int) -> int:
    """How far apart two 16-bit sequence numbers are, counting forth, the shorter way round."""
    return ((end - start + 0x8000) & 0xFFFF) - 0x8000


class _Diversion:
    """Stands where aiortc keeps its jitter buffer, and lets nothing through to its decoder."""

    def __init__(self, on_packet: Callable[[Packet], None]) -> None:
        self._on_packet = on_packet

    def add(self, packet: RtpPacket) -> tuple[bool, None]:
        if packet.payload:
            self._on_packet(Packet(packet.sequence_number, packet.timestamp, packet.payload))
        return False, None


def divert(receiver: RTCRtpReceiver, on_packet: Callable[[Packet], None]) -> None:
    """Hands a receiver's packets to `on_packet` as they arrive, in place of its own decoding.

    Call it before the connection is up. Statistics and RTCP reports go on as before.

    Raises:
        RuntimeError: this aiortc keeps its buffer elsewhere.
    """
    name = "_RTCRtpReceiver__jitter_buffer"
    if not hasattr(receiver, name):
        raise RuntimeError("this version of aiortc is not known: install the one that is locked")
    setattr(receiver, name, _Diversion(on_packet))

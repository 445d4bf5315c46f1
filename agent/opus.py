"""Opus as WebRTC carries it (RFC 6716, RFC 7587): mono, 20 ms frames, concealment of lost packets.

The codec resamples by itself: libopus takes 24 kHz speech as it is and its decoder puts out
48 kHz, so nothing else is needed between the agent's voice and the wire.
"""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

CLOCK_RATE = 48_000
"""Rate of Opus RTP timestamps and of what `Decoder` puts out, Hz, whatever was encoded."""

FRAME_SECONDS = 0.02
"""Length of one packet."""

FRAME_TICKS = 960
"""RTP timestamp ticks, and decoded samples, of one packet."""

_FRAME_COUNT_BITS = 0b11
_SECONDS_OF_CONFIG = (
    *((0.01, 0.02, 0.04, 0.06) * 3),
    *((0.01, 0.02) * 2),
    *((0.0025, 0.005, 0.01, 0.02) * 4),
)


class Encoder:
    """One outgoing stream: 20 ms frames of mono speech to Opus packets.

    `rate` is that of the samples, one of 8, 12, 16, 24 or 48 kHz. The bit rate is enough for
    full-band speech that cannot be told from its source.
    """

    def __init__(self, rate: int, bit_rate: int = 40_000) -> None:
        self.rate = rate
        self.frame_samples = round(rate * FRAME_SECONDS)
        self._codec = av.CodecContext.create("libopus", "w")
        self._codec.sample_rate = rate
        self._codec.layout = "mono"
        self._codec.format = "s16"
        self._codec.bit_rate = bit_rate
        self._codec.time_base = Fraction(1, rate)
        # Complexity 5 costs a third of the default 10 and is as good for clean speech.
        self._codec.options = {"application": "voip", "compression_level": "5"}
        self._position = 0

    def encode(self, samples: Samples) -> bytes:
        """The packet of one frame: int16 of shape (rate / 50,)."""
        frame = av.AudioFrame.from_ndarray(samples[np.newaxis], format="s16", layout="mono")
        frame.sample_rate = self.rate
        frame.time_base = Fraction(1, self.rate)
        frame.pts = self._position
        self._position += len(samples)
        return b"".join(bytes(packet) for packet in self._codec.encode(frame))


class Decoder:
    """One incoming stream: Opus packets to 48 kHz mono, with the gaps filled in."""

    def __init__(self) -> None:
        self._codec = av.CodecContext.create("libopus", "r")
        self._codec.sample_rate = CLOCK_RATE
        self._codec.layout = "mono"
        self._codec.format = "s16"
        self._last_toc = 0

    def decode(self, payload: bytes) -> Samples:
        """The audio of one packet, int16 of shape (n,) at 48 kHz.

        Raises:
            ValueError: the payload is not Opus.
        """
        try:
            frames = self._codec.decode(av.Packet(payload))
        except av.FFmpegError as error:
            raise ValueError(f"not an Opus packet: {error}") from error
        self._last_toc = payload[0]
        return np.concatenate([frame.to_ndarray()[0] for frame in frames])

    def conceal(self, ticks: int) -> Samples:
        """What the caller most likely said in `ticks` samples of lost audio, fading to silence."""
        frame = round(_SECONDS_OF_CONFIG[self._last_toc >> 3] * CLOCK_RATE)
        # A packet that is all header and no frame asks libopus to conceal one (RFC 6716, 3.2.1).
        empty = bytes([self._last_toc & ~_FRAME_COUNT_BITS])
        made = [self.decode(empty) for _ in range(-(-ticks // frame))]
        return np.concatenate(made)[:ticks] if made else np.zeros(0, np.int16)

"""Keeping the agent from hearing itself: echo cancellation on the server's side of a call.

Browsers cancel echo themselves, but not all of them well, and other clients not at all. WebRTC's
AEC3, as it comes with livekit, is told what the caller is being played and takes that out of what
the caller sends.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

import numpy as np
from livekit import rtc
from numpy.typing import NDArray

from agent.line import AGENT_RATE, CALLER_RATE

Samples = NDArray[np.int16]

_FAR = AGENT_RATE // 100
_NEAR = CALLER_RATE // 100

QUIET_BLOCKS = 100
"""10 ms blocks of silence from the agent after which there is no echo left to look for."""

LEAD_BLOCKS = 2
"""What was played is brought in so many blocks late, to be there when packets are not on time.

An echo takes longer than these 20 ms: a packet each way, and the caller's own buffer.
"""

MAX_LEAD_BLOCKS = 6
"""How far it may run ahead, at the least within a second, before it is brought back."""

MAX_MISSED_BLOCKS = 40
"""Blocks within a second that may come too late before the two are brought together."""

WATCHED_BLOCKS = 100
"""How often, in blocks, they are compared."""


LOUDEST_ECHO = 0.25
"""What is louder than this share (-12 dB) of the agent is no echo but the caller, talking over it.

AEC3 would swallow the first half second of that: measured over WebRTC, the agent fell silent after
868 ms (median) where it takes 259 without it.
"""

ECHO_MEMORY = 0.97
"""How the level that an echo may have fades, per 10 ms block: to a tenth in 0.75 s."""


class EchoControl(Protocol):
    """What stands between a line and who listens to it."""

    def played(self, samples: Samples) -> None:
        """Takes what has been sent to the caller, int16 at 24 kHz, as it is sent."""

    def clean(self, samples: Samples) -> Samples:
        """What the caller sent, int16 at 16 kHz in whole 10 ms blocks, without the agent in it."""
        ...


class NoEchoControl:
    """For callers whose own device does it, or who wear headphones: audio passes as it came."""

    def played(self, samples: Samples) -> None:
        """Nothing is remembered."""

    def clean(self, samples: Samples) -> Samples:
        """The same samples."""
        return samples


class EchoCanceller:
    """AEC3 on one call; costs 0.07 ms for 10 ms of audio, and nothing while the agent is silent.

    AEC3 learns the delay of the echo, so the two streams are held together block by block: every
    10 ms that the caller sent belong to a certain 10 ms that went out, however unevenly packets
    come and go. Only when clocks have drifted apart is the pairing changed.
    """

    def __init__(self) -> None:
        self._canceller = rtc.AudioProcessingModule(echo_cancellation=True)
        self._far: deque[Samples] = deque()
        self._far_part = np.zeros(0, np.int16)
        self._far_count = 0
        self._wanted: int | None = None
        self._least_lead = WATCHED_BLOCKS
        self._missed = self._watched = 0
        self._quiet = QUIET_BLOCKS
        self._far_level = 0.0

    def played(self, samples: Samples) -> None:
        """Takes what has been sent to the caller, int16 at 24 kHz, as it is sent."""
        line = np.concatenate([self._far_part, samples])
        whole = len(line) - len(line) % _FAR
        self._far.extend(line[:whole].reshape(-1, _FAR))
        self._far_count += whole // _FAR
        self._far_part = line[whole:]

    def clean(self, samples: Samples) -> Samples:
        """What the caller sent, int16 at 16 kHz in whole 10 ms blocks, without the agent in it."""
        return np.concatenate([self._clean_block(block) for block in samples.reshape(-1, _NEAR)])

    def _clean_block(self, near: Samples) -> Samples:
        far = self._far_for_next()
        self._quiet = 0 if far.any() else self._quiet + 1
        if self._quiet >= QUIET_BLOCKS:
            return near
        self._canceller.process_reverse_stream(_frame(far, AGENT_RATE))
        frame = _frame(near, CALLER_RATE)
        self._canceller.process_stream(frame)
        self._far_level = max(_rms(far), ECHO_MEMORY * self._far_level)
        caller_speaks = _rms(near) > LOUDEST_ECHO * self._far_level
        return near if caller_speaks else np.frombuffer(frame.data, np.int16)

    def _far_for_next(self) -> Samples:
        """What was played with the next block of the caller's; silence if it has not been yet."""
        wanted = self._hold_together()
        self._wanted = wanted + 1
        while self._far and self._far_count - len(self._far) < wanted:
            self._far.popleft()
        if self._far and self._far_count - len(self._far) == wanted:
            return self._far.popleft()
        self._missed += 1
        return np.zeros(_FAR, np.int16)

    def _hold_together(self) -> int:
        """The number of the block that is wanted, changed only when the clocks have drifted."""
        if self._wanted is None:
            return self._far_count - LEAD_BLOCKS
        self._least_lead = min(self._least_lead, self._far_count - self._wanted)
        self._watched += 1
        if self._watched < WATCHED_BLOCKS:
            return self._wanted
        least, missed = self._least_lead, self._missed
        self._least_lead, self._missed, self._watched = WATCHED_BLOCKS, 0, 0
        apart = least > MAX_LEAD_BLOCKS or missed > MAX_MISSED_BLOCKS
        return self._wanted + (least - LEAD_BLOCKS if apart else 0)


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float32))))


def _frame(samples: Samples, rate: int) -> rtc.AudioFrame:
    return rtc.AudioFrame(bytearray(samples.tobytes()), rate, 1, len(samples))

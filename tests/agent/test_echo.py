"""The agent does not hear itself: on streams that are made up, and over a real connection."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import soundfile
import soxr
from agents import running_agent, say
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from agent.echo import MAX_LEAD_BLOCKS, QUIET_BLOCKS, EchoCanceller, NoEchoControl
from agent.jitter import divert
from agent.line import AGENT_RATE, CALLER_RATE, Line
from agent.opus import CLOCK_RATE
from agent.server import CALLS, SDP
from agent.track import Ear, SpeechTrack

FAR, NEAR = AGENT_RATE // 50, CALLER_RATE // 50


def speech(shared: Path, name: str, rate: int) -> np.ndarray:
    samples, own = soundfile.read(shared / "speech" / name, dtype="float32")
    return (soxr.resample(samples, own, rate) * 32767).astype(np.int16)


def level(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean((samples / 32768.0) ** 2) + 1e-12))


def as_echo(samples: np.ndarray, delay: float, gain_db: float = -20.0) -> np.ndarray:
    """What comes back of the agent's voice, int16 at the caller's rate."""
    low = soxr.resample(samples.astype(np.float32), AGENT_RATE, CALLER_RATE)
    late = np.concatenate([np.zeros(round(delay * CALLER_RATE), np.float32), low])[: len(low)]
    return (late * 10 ** (gain_db / 20)).astype(np.int16)


def cleaned(far: np.ndarray, near: np.ndarray, together: int = 1) -> np.ndarray:
    """Both streams through a canceller, the near one arriving `together` packets at a time."""
    canceller, out = EchoCanceller(), []
    count = min(len(far) // FAR, len(near) // NEAR)
    for first in range(0, count - together + 1, together):
        for n in range(first, first + together):
            canceller.played(far[n * FAR : (n + 1) * FAR])
        for n in range(first, first + together):
            out.append(canceller.clean(near[n * NEAR : (n + 1) * NEAR]))
    return np.concatenate(out)


@pytest.mark.parametrize("delay", [0.04, 0.12, 0.3])
def test_the_agents_voice_at_minus_20_db_is_gone_from_the_first_second(
    shared: Path, delay: float
) -> None:
    far = speech(shared, "ljspeech/LJ001-0004.flac", AGENT_RATE)
    near = as_echo(far, delay)
    out = cleaned(far, near)
    assert_gone(near, out, range(4))


def test_packets_that_come_five_at_a_time_are_learned_within_a_second(shared: Path) -> None:
    far = speech(shared, "ljspeech/LJ001-0004.flac", AGENT_RATE)
    near = as_echo(far, 0.12)
    assert_gone(near, cleaned(far, near, together=5), range(2, 5))


def assert_gone(near: np.ndarray, out: np.ndarray, seconds: range) -> None:
    for second in seconds:
        part = slice(second * CALLER_RATE, (second + 1) * CALLER_RATE)
        assert level(near[part]) - level(out[part]) > 15
        assert level(out[part]) < -55


def test_a_caller_who_speaks_over_the_agent_is_still_heard(shared: Path) -> None:
    far = speech(shared, "ljspeech/LJ001-0004.flac", AGENT_RATE)
    caller = speech(shared, "ljspeech/LJ001-0002.flac", CALLER_RATE)
    near = as_echo(far, 0.12)
    start = 2 * CALLER_RATE
    caller = caller[: len(near) - start]
    mixed = near.copy()
    mixed[start : start + len(caller)] += caller
    out = cleaned(far, mixed)
    lost = level(caller) - level(out[start : start + len(caller)])
    assert lost < 6


def test_while_the_agent_is_silent_nothing_is_touched() -> None:
    canceller = EchoCanceller()
    rng = np.random.default_rng(2)
    for _ in range(2 * QUIET_BLOCKS):
        near = rng.integers(-3000, 3000, NEAR).astype(np.int16)
        canceller.played(np.zeros(FAR, np.int16))
        np.testing.assert_array_equal(canceller.clean(near), near)


def test_what_was_played_does_not_run_away_from_what_is_heard(shared: Path) -> None:
    """The caller's clock is slower than ours, by a packet every second here."""
    far = speech(shared, "ljspeech/LJ001-0004.flac", AGENT_RATE)
    canceller = EchoCanceller()
    for n in range(len(far) // FAR):
        canceller.played(far[n * FAR : (n + 1) * FAR])
        if n % 50:
            canceller.clean(np.zeros(NEAR, np.int16))
    assert len(canceller._far) <= MAX_LEAD_BLOCKS + 2


def test_without_a_canceller_audio_passes_as_it_came() -> None:
    near = np.arange(NEAR, dtype=np.int16)
    control = NoEchoControl()
    control.played(np.ones(FAR, np.int16))
    assert control.clean(near) is near


async def test_the_agent_hears_nothing_of_itself_over_a_real_connection(shared: Path) -> None:
    """A caller whose loudspeaker is heard in the microphone, 20 dB down and 200 ms late."""
    voice = speech(shared, "ljspeech/LJ001-0004.flac", AGENT_RATE)
    spoken, heard = asyncio.Event(), []

    async def converse(line: Line) -> None:
        line.playout.on_drained = spoken.set
        say(line, voice)
        async for frame in line.listen():
            heard.append(np.frombuffer(frame.data, np.int16))

    echo: deque[np.ndarray] = deque([np.zeros(960, np.int16)] * 10)

    def loudspeaker(samples: np.ndarray) -> None:
        echo.append((samples[:960] * 0.1).astype(np.int16))

    def microphone(count: int) -> np.ndarray:
        return echo.popleft() if echo else np.zeros(count, np.int16)

    async with running_agent(converse, echo_cancellation=True) as agent:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        transceiver = connection.addTransceiver(SpeechTrack(microphone, CLOCK_RATE))
        divert(transceiver.receiver, Ear(loudspeaker).push)
        await connection.setLocalDescription()
        offer, headers = connection.localDescription.sdp, {"Content-Type": SDP}
        async with (
            aiohttp.ClientSession() as http,
            http.post(agent.url + CALLS, data=offer, headers=headers) as response,
        ):
            answer = RTCSessionDescription(await response.text(), "answer")
        await connection.setRemoteDescription(answer)
        async with asyncio.timeout(15):
            await spoken.wait()
        await connection.close()
        await agent.calls.idle()
    samples = np.concatenate(heard)
    loudest = max(
        level(samples[start : start + CALLER_RATE // 10])
        for start in range(0, len(samples) - CALLER_RATE // 10, CALLER_RATE // 10)
    )
    assert len(samples) > 4 * CALLER_RATE
    assert loudest < -50, loudest  # the echo itself is at -40 dBFS and above

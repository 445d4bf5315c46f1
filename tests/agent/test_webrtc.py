"""Calls over a real WebRTC connection on this machine, from first packet to every kind of end."""

from __future__ import annotations

import asyncio
import json
import time

import aiohttp
import numpy as np
import pytest
from agents import listen_only, running_agent, say, tone
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

import agent.calls
import agent.webrtc
from agent.jitter import Packet
from agent.line import CALLER_RATE, Line
from agent.opus import CLOCK_RATE, FRAME_TICKS, Encoder
from agent.phone import SPEECH_RATE, CallFailed, dial
from agent.recording import Span
from agent.server import CALLS, SDP
from agent.track import SpeechTrack


def spectrum_peak(samples: np.ndarray, rate: int) -> float:
    windowed = samples * np.hanning(len(samples))
    return float(np.argmax(np.abs(np.fft.rfft(windowed))) * rate / len(samples))


def with_quiet(samples: np.ndarray, rate: int = SPEECH_RATE) -> np.ndarray:
    quiet = np.zeros(rate // 5, np.int16)
    return np.concatenate([quiet, samples, quiet])


async def test_caller_audio_comes_as_20_ms_frames_at_16_khz() -> None:
    frames: list[np.ndarray] = []

    async def converse(line: Line) -> None:
        async for frame in line.listen():
            assert (frame.sample_rate, frame.num_channels) == (CALLER_RATE, 1)
            assert frame.samples_per_channel == CALLER_RATE // 50
            frames.append(np.frombuffer(frame.data, np.int16))

    async with running_agent(converse) as agent:
        async with dial(agent.url) as phone:
            await phone.say(with_quiet(tone(0.6, SPEECH_RATE, 700)))
        await agent.idle()
    heard = np.concatenate(frames)
    loud = np.flatnonzero(np.abs(heard) > 3000)
    assert abs(len(heard[loud[0] : loud[-1]]) / CALLER_RATE - 0.6) < 0.04
    assert abs(spectrum_peak(heard[loud[0] : loud[-1]], CALLER_RATE) - 700) < 5


async def test_first_words_are_kept_until_somebody_listens() -> None:
    """What a caller says while the models load reaches the session that starts afterwards."""
    warm = asyncio.Event()
    frames: list[np.ndarray] = []

    async def converse(line: Line) -> None:
        await warm.wait()
        async for frame in line.listen():
            frames.append(np.frombuffer(frame.data, np.int16))

    async with running_agent(converse) as agent:
        async with dial(agent.url) as phone:
            await phone.say(with_quiet(tone(0.4, SPEECH_RATE)))
            said = len(phone.said) / SPEECH_RATE
            assert not frames
            warm.set()
        await agent.idle()
    heard = np.concatenate(frames)
    assert abs(len(heard) / CALLER_RATE - said) < 0.1
    assert (np.abs(heard) > 3000).sum() > 0.3 * CALLER_RATE / 2


async def test_what_nobody_hears_for_30_s_goes_oldest_first() -> None:
    connection = RTCPeerConnection()
    line = agent.webrtc.WebRTCLine(connection, agent.webrtc.NoEchoControl())
    encoder = Encoder(16_000)
    for number in range(agent.webrtc.MAX_WAITING_FRAMES + 50):
        level = 0 if number < 40 else 1000
        payload = encoder.encode(np.full(320, level, np.int16))
        line._ear.push(Packet(number, number * FRAME_TICKS, payload))
    assert line.dropped_frames == 50
    await line.hang_up("enough")
    assert len([frame async for frame in line.listen()]) == agent.webrtc.MAX_WAITING_FRAMES


async def test_the_agent_is_heard_without_gaps_or_clicks() -> None:
    async def converse(line: Line) -> None:
        say(line, tone(1.0))
        await listen_only(line)

    async with running_agent(converse) as agent, dial(agent.url) as phone:
        began = time.perf_counter()
        answer = await phone.answer_to(Span(0, began - 5), within=5)
        await phone.quiet(0.4)
        assert answer is not None
        (sound,) = phone.heard.sounds()
        heard = phone.heard.samples
    loud = np.flatnonzero(np.abs(heard) > 1000)
    inside = heard[loud[0] + 480 : loud[-1] - 480].astype(float)
    assert 0.9 < sound.end - sound.start < 1.15
    assert abs(spectrum_peak(inside, CLOCK_RATE) - 440) < 3
    steps = np.abs(np.diff(inside))
    assert steps.max() < 1.5 * np.quantile(steps, 0.99)


async def test_messages_from_before_the_channel_opened_arrive_in_order() -> None:
    told = [{"type": "notice", "text": f"number {n} äöü"} for n in range(5)]

    async def converse(line: Line) -> None:
        for message in told:
            line.tell(message)
        say(line, tone(0.1))

    async with running_agent(converse) as agent, dial(agent.url) as phone:
        async with asyncio.timeout(5):
            await phone.ended.wait()
        assert [m.body for m in phone.messages[:-1]] == told
        assert phone.messages[-1].body == {"type": "bye", "reason": "the conversation is over"}


async def test_a_call_that_is_ended_while_it_connects_learns_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(agent.webrtc, "FAREWELL_SECONDS", 10.0)
    heard: asyncio.Queue[str] = asyncio.Queue()
    async with running_agent(listen_only) as agent_:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.createDataChannel("parley").on("message", heard.put_nowait)
        connection.addTrack(SpeechTrack(lambda count: np.zeros(count, np.int16), 16_000))
        await place(agent_.url, connection)
        await agent_.calls.close("the agent is stopping")
        async with asyncio.timeout(5):
            farewell = json.loads(await heard.get())
        assert farewell == {"type": "bye", "reason": "the agent is stopping"}
        await connection.close()


async def test_a_caller_who_says_bye_on_the_channel_is_hung_up() -> None:
    gone = asyncio.Event()

    async def converse(line: Line) -> None:
        await listen_only(line)
        gone.set()

    async with running_agent(converse) as agent:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        channel = connection.createDataChannel("parley")
        channel.on("open", lambda: channel.send('{"type": "bye"}'))
        connection.addTrack(SpeechTrack(lambda count: np.zeros(count, np.int16), 16_000))
        await place(agent.url, connection)
        async with asyncio.timeout(5):
            await gone.wait()
        await agent.idle()
        await connection.close()


async def test_a_caller_who_closes_the_connection_is_gone_at_once() -> None:
    async with running_agent(listen_only) as agent:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.addTrack(SpeechTrack(lambda count: np.zeros(count, np.int16), 16_000))
        await place(agent.url, connection)
        await connected(connection)
        await connection.close()
        await agent.idle()


async def test_a_caller_who_vanishes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent.webrtc, "SILENT_SECONDS", 0.4)
    async with running_agent(listen_only) as agent_:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        track = SpeechTrack(lambda count: np.zeros(count, np.int16), 16_000)
        connection.addTrack(track)
        await place(agent_.url, connection)
        await connected(connection)
        track.stop()  # as when the network is gone: no packet, no goodbye
        await agent_.idle()
        await connection.close()


async def test_a_caller_who_never_connects_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent.webrtc, "CONNECT_SECONDS", 0.2)
    async with running_agent(listen_only) as agent_:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.addTransceiver("audio")
        await connection.setLocalDescription()
        offer = connection.localDescription.sdp
        await connection.close()
        async with aiohttp.ClientSession() as http:
            headers = {"Content-Type": SDP}
            async with http.post(agent_.url + CALLS, data=offer, headers=headers) as response:
                assert response.status == 201
        await agent_.idle()


async def test_a_conversation_that_fails_ends_its_call_and_no_other() -> None:
    async def converse(line: Line) -> None:
        if len(agent_.calls) == 1:
            await listen_only(line)
        else:
            raise RuntimeError("on purpose")

    async with running_agent(converse) as agent_, dial(agent_.url) as first:
        with pytest.raises(CallFailed):
            async with dial(agent_.url) as second:
                async with asyncio.timeout(5):
                    await second.ended.wait()
                raise CallFailed("hung up on")
        assert not first.ended.is_set()


async def test_a_conversation_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent.calls, "GRACE_SECONDS", 0.1)
    cancelled = asyncio.Event()

    async def converse(_: Line) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with running_agent(converse) as agent_:
        async with dial(agent_.url):
            pass
        await agent_.idle()
        assert cancelled.is_set()


async def test_a_caller_who_only_sends_lets_the_agent_finish_speaking() -> None:
    """A stock WHIP client publishes and does not listen; its agent must not wait for ever."""
    spoken = asyncio.Event()

    async def converse(line: Line) -> None:
        line.playout.on_drained = spoken.set
        say(line, tone(0.2))
        await listen_only(line)

    async with running_agent(converse) as agent_:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        track = SpeechTrack(lambda count: np.zeros(count, np.int16), 16_000)
        connection.addTransceiver(track, direction="sendonly")
        await place(agent_.url, connection)
        async with asyncio.timeout(5):
            await spoken.wait()
        await connection.close()
        await agent_.idle()


async def test_video_that_is_offered_too_is_declined() -> None:
    async with running_agent(listen_only) as agent_:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.addTrack(SpeechTrack(lambda count: np.zeros(count, np.int16), 16_000))
        connection.addTransceiver("video", direction="sendonly")
        await place(agent_.url, connection)
        video = connection.remoteDescription.sdp.split("m=video")[1]
        assert "a=inactive" in video
        await connection.close()


async def test_calls_leave_nothing_behind() -> None:
    async with running_agent(listen_only) as agent_:
        async with dial(agent_.url):
            pass
        await agent_.idle()
        before = call_tasks()
        for _ in range(5):
            async with dial(agent_.url):
                pass
        await agent_.idle()
        assert call_tasks() == before


def call_tasks() -> set[asyncio.Task[object]]:
    """Tasks but for those that the HTTP server keeps for its connections."""
    return {
        task
        for task in asyncio.all_tasks()
        if not getattr(task.get_coro(), "__qualname__", "").startswith("RequestHandler")
    }


async def place(url: str, connection: RTCPeerConnection) -> None:
    """Offers as any WHIP client does."""
    await connection.setLocalDescription()
    async with aiohttp.ClientSession() as http:
        offer, headers = connection.localDescription.sdp, {"Content-Type": SDP}
        async with http.post(url + CALLS, data=offer, headers=headers) as response:
            answer = await response.text()
            assert response.status == 201, answer
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))


async def connected(connection: RTCPeerConnection) -> None:
    up = asyncio.Event()

    @connection.on("connectionstatechange")
    def on_state() -> None:
        if connection.connectionState == "connected":
            up.set()

    on_state()
    async with asyncio.timeout(5):
        await up.wait()

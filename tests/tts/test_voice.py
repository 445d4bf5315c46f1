"""The voice as livekit-agents sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from livekit.agents import APIError, tts
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT

from tts.codec import SAMPLE_RATE
from tts.voice import Voice
from tts.weights import WeightsError


@pytest.fixture
async def voice(weights: Path) -> AsyncIterator[Voice]:
    voice = Voice(weights)
    await voice.ready()
    yield voice
    await voice.aclose()


async def speak(voice: Voice, *pieces: str) -> tuple[float, list[str], list[float]]:
    """Seconds of audio, words, and their starts, of one stream."""
    seconds, words, starts = 0.0, [], []
    async with voice.stream() as stream:
        for piece in pieces:
            stream.push_text(piece)
        stream.end_input()
        async for event in stream:
            assert event.frame.sample_rate == SAMPLE_RATE and event.frame.num_channels == 1
            seconds += event.frame.duration
            for timed in event.frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, []):
                words.append(str(timed))
                starts.append(timed.start_time)
    return seconds, words, starts


async def test_it_is_a_streaming_tts_with_word_times(voice: Voice) -> None:
    assert isinstance(voice, tts.TTS)
    assert voice.capabilities.streaming and voice.capabilities.aligned_transcript
    assert (voice.sample_rate, voice.num_channels) == (24_000, 1)
    seconds, words, starts = await speak(voice, "Sure, I can", " help you.")
    assert "".join(words).split() == ["Sure,", "I", "can", "help", "you."]
    assert starts == sorted(starts) and starts[0] >= 0 and starts[-1] < seconds


async def test_speech_comes_before_the_text_ends(voice: Voice) -> None:
    stream = voice.stream()
    stream.push_text("Sure, ")
    event = await asyncio.wait_for(stream.__anext__(), 10)
    assert event.frame.duration > 0
    await stream.aclose()


async def test_streams_speak_at_the_same_time(voice: Voice) -> None:
    alone = await speak(voice, "Good morning to you.")
    together = await asyncio.gather(
        speak(voice, "Good morning to you."), speak(voice, "Your order is ready now.")
    )
    # The emitter adds 10 ms of silence when it has nothing left to mark as the last frame.
    assert together[0][0] == pytest.approx(alone[0], abs=0.011)
    assert together[0][1:] == alone[1:]
    assert together[1][1][-1].strip() == "now."


async def test_closing_stops_the_engine(voice: Voice) -> None:
    stream = voice.stream()
    stream.push_text("This is a very long sentence, and nobody will hear the end of it. " * 20)
    await stream.__anext__()
    await stream.aclose()
    # What follows in the booth's order of work finds the speech gone.
    await speak(voice, "Hello.")
    assert not voice.booth.open_speeches


@pytest.mark.parametrize("text", ["\N{GRINNING FACE}", " ", "...", "\u4f60\u597d"])
async def test_text_without_speech_is_a_moment_of_silence(voice: Voice, text: str) -> None:
    seconds, words, _ = await speak(voice, text)
    assert seconds <= 0.1 and not words


async def test_no_text_at_all(voice: Voice) -> None:
    assert (await speak(voice))[1] == []


async def test_a_whole_text_at_once(voice: Voice) -> None:
    async with voice.synthesize("Good morning.") as stream:
        frame = await stream.collect()
    assert 0.4 < frame.duration < 2


async def test_missing_weights_are_said_so(tmp_path: Path) -> None:
    voice = Voice(tmp_path)
    with pytest.raises(WeightsError, match="No voice weights"):
        await voice.ready()


async def test_a_stream_has_a_rate_of_its_own(voice: Voice) -> None:
    async def seconds(rate: float | None) -> float:
        async with voice.stream(rate=rate) as stream:
            stream.push_text("Good morning to you.")
            stream.end_input()
            return sum([event.frame.duration async for event in stream])

    assert await seconds(0.7) > 1.2 * await seconds(None)


async def test_an_unknown_voice_breaks_off_one_stream_only(voice: Voice) -> None:
    stream = voice.stream(voice="bob")
    stream.push_text("Good morning.")
    with pytest.raises(APIError, match='There is no voice "bob"'):
        await asyncio.wait_for(stream.__anext__(), 10)
    await stream.aclose()
    seconds, _, _ = await speak(voice, "Good morning.")
    assert seconds > 0.5

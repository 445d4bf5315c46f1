"""Voxtral as livekit-agents sees it, on the toy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from livekit.agents import tts
from toy_checkpoint import Letters

from tts.voice import BoothVoice
from tts.voxtral.engine import VoxtralEngine
from tts.voxtral.errors import VoxtralError
from tts.voxtral.model import load_model
from tts.voxtral.settings import VoxtralSettings
from tts.voxtral.voice import VoxtralVoice


class ToyVoice(BoothVoice):
    """As `VoxtralVoice`, with a tokenizer that the toy's vocabulary has room for."""

    def __init__(self, folder: Path, settings: VoxtralSettings) -> None:
        super().__init__(
            lambda: VoxtralEngine(load_model(folder, settings, print, Letters()), settings),
            has_word_times=False,
        )


@pytest.fixture
async def voice(toy: Path, small: VoxtralSettings) -> AsyncIterator[ToyVoice]:
    voice = ToyVoice(toy, small)
    await voice.ready()
    yield voice
    await voice.aclose()


async def speak(voice: BoothVoice, *pieces: str) -> float:
    """Seconds of audio of one stream."""
    seconds = 0.0
    async with voice.stream() as stream:
        for piece in pieces:
            stream.push_text(piece)
        stream.end_input()
        async for event in stream:
            assert event.frame.sample_rate == 24_000 and event.frame.num_channels == 1
            seconds += event.frame.duration
    return seconds


async def test_it_streams_and_takes_turns(voice: ToyVoice) -> None:
    assert isinstance(voice, tts.TTS)
    assert voice.capabilities.streaming and not voice.capabilities.aligned_transcript
    alone = await speak(voice, "Good morning", " to you.")
    together = await asyncio.gather(
        speak(voice, "Good morning to you."), speak(voice, "Your order is ready now.")
    )
    # The emitter adds 10 ms of silence when it has nothing left to mark as the last frame.
    assert together[0] == pytest.approx(alone, abs=0.011)
    assert alone > 0


async def test_closing_stops_it(voice: ToyVoice) -> None:
    stream = voice.stream()
    stream.push_text("Nobody will hear the end of it, I am sure of that. " * 20)
    await stream.__anext__()
    await stream.aclose()
    await speak(voice, "Hello.")
    assert not voice.booth.open_speeches


async def test_missing_files_are_said_so(tmp_path: Path) -> None:
    voice = VoxtralVoice(tmp_path, VoxtralSettings(device="cpu"))
    with pytest.raises(VoxtralError, match=r"There is no .*params\.json"):
        await voice.ready()
    assert (voice.model, voice.provider) == ("voxtral-4b-tts-2603", "mistral")

"""End of turn by ear: the model's features, and one caller's turn as a stream."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from sounds import Clip

from agent.models import ModelStore
from asr.audio import RATE, Audio, Samples, as_float, frame_of
from asr.turn_end import PREROLL, SmartTurn, TurnEnd, TurnEndModelError, log_mel


@pytest.fixture(scope="module")
def smart_turn(models: ModelStore) -> SmartTurn:
    return SmartTurn(models.file("smart-turn-v3.2"))


@pytest.mark.parametrize("name", ["jfk.flac", "cards_004.flac"])
def test_features_are_those_of_the_model_s_training(clip: Clip, name: str) -> None:
    """Against faster-whisper's own log mel of the same padded and normalised 8 s."""
    from faster_whisper.feature_extractor import FeatureExtractor

    audio = as_float(clip(name))
    padded = np.zeros(8 * RATE, np.float32)
    last = audio[-8 * RATE :]
    padded[len(padded) - len(last) :] = last
    padded = (padded - padded.mean()) / np.sqrt(padded.var() + 1e-7)
    expected = FeatureExtractor(chunk_length=8)(padded, padding=0)
    features = log_mel(audio)
    assert features.shape == (80, 800)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, expected, atol=1e-4)


def test_the_end_of_a_sentence_sounds_over_and_its_middle_does_not(
    smart_turn: SmartTurn, clip: Clip
) -> None:
    question, speech = as_float(clip("dog_or_cat.flac")), as_float(clip("jfk.flac"))
    assert smart_turn.probability(question) > 0.5
    assert smart_turn.probability(speech) > 0.5
    assert smart_turn.probability(speech[: len(speech) * 3 // 4]) < 0.5


def test_a_broken_model_is_refused_in_a_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "model.onnx"
    broken.write_bytes(b"no model")
    with pytest.raises(TurnEndModelError, match="parley models fetch"):
        SmartTurn(broken)


class Ear:
    """Keeps what it was given to hear; answers when told to."""

    def __init__(self) -> None:
        self.heard: list[Audio] = []

    def probability(self, audio: Audio) -> float:
        self.heard.append(audio)
        return 0.75


def noise(seconds: float) -> Samples:
    return np.random.default_rng(3).integers(-9000, 9000, round(seconds * RATE)).astype(np.int16)


@pytest.mark.parametrize("step", [160, 320, 1601, 40_000])
async def test_the_turn_is_heard_whatever_frames_it_comes_in(step: int) -> None:
    samples, ear = noise(3), Ear()
    turn_end = TurnEnd(ear)  # type: ignore[arg-type]
    stream = turn_end.stream()
    half = len(samples) // 2
    for part in (samples[:half], samples[half:]):
        for start in range(0, len(part), step):
            stream.push_frame(frame_of(part[start : start + step]))
        stream.voice_started(speech=0.25)
    likelihood = await stream.likelihood()
    turn_end.close()
    assert likelihood is not None and likelihood.probability == 0.75
    np.testing.assert_array_equal(
        ear.heard[0], as_float(samples[half - round((0.25 + PREROLL) * RATE) :])
    )


async def test_no_more_than_eight_seconds_are_heard() -> None:
    ear = Ear()
    turn_end = TurnEnd(ear)  # type: ignore[arg-type]
    stream = turn_end.stream()
    stream.push_frame(frame_of(noise(1)))
    stream.voice_started(speech=0.1)
    samples = noise(11)
    stream.push_frame(frame_of(samples))
    await stream.likelihood()
    turn_end.close()
    np.testing.assert_array_equal(ear.heard[0], as_float(samples[-8 * RATE :]))


async def test_a_turn_begins_anew_when_the_last_is_over() -> None:
    ear = Ear()
    turn_end = TurnEnd(ear)  # type: ignore[arg-type]
    stream = turn_end.stream()
    stream.push_frame(frame_of(noise(4)))
    stream.voice_started(speech=3.0)
    stream.turn_over()
    assert await stream.likelihood() is None
    stream.push_frame(frame_of(noise(1)))
    stream.voice_started(speech=0.1)
    await stream.likelihood()
    turn_end.close()
    assert len(ear.heard[0]) == round((0.1 + PREROLL) * RATE)


async def test_a_likelihood_that_speech_overtook_is_not_told() -> None:
    turn_end = TurnEnd(Ear())  # type: ignore[arg-type]
    stream = turn_end.stream()
    stream.push_frame(frame_of(noise(1)))
    stream.voice_started(speech=0.5)
    asked = asyncio.create_task(stream.likelihood())
    await asyncio.sleep(0)
    stream.voice_started(speech=0.1)
    assert await asked is None
    turn_end.close()


async def test_other_rates_are_resampled() -> None:
    ear = Ear()
    turn_end = TurnEnd(ear)  # type: ignore[arg-type]
    stream = turn_end.stream()
    for _ in range(100):
        stream.push_frame(frame_of(noise(0.02)[:160], rate=8_000))
    stream.voice_started(speech=1.0)
    await stream.likelihood()
    turn_end.close()
    assert len(ear.heard[0]) == pytest.approx((1.0 + PREROLL) * RATE, abs=RATE // 50)

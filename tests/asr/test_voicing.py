"""Voice activity on real speech, silence and noise; the plugin's contract with LiveKit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from livekit.agents import vad
from sounds import Clip, chunks, noise, silence

from asr.audio import NO_SAMPLES, RATE, Samples, frame_of, samples_of, split
from asr.bench import load
from asr.settings import HearingSettings
from asr.vad import VoiceActivity
from asr.voicing import Activity, Change, Detector, Silero

SETTINGS = HearingSettings()


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(Silero(), SETTINGS)


def detect(detector: Detector, samples: Samples, chunk: int) -> list[Activity]:
    state, rest, found = detector.start(), NO_SAMPLES, []
    for piece in chunks(samples, chunk):
        rest, ready = split(rest, piece)
        for window in ready:
            state, activity = detector.step(state, window)
            found.append(activity)
    return found


def changes(found: list[Activity]) -> list[Change]:
    return [activity.change for activity in found if activity.change is not Change.NOTHING]


def test_streaming_equals_offline(detector: Detector, clip: Clip) -> None:
    samples = np.concatenate([silence(1), clip("LJ001-0004.flac"), silence(1)])
    whole = detect(detector, samples, len(samples))
    assert any(activity.speaking for activity in whole)
    for milliseconds in (10, 20, 30, 100):
        assert detect(detector, samples, RATE * milliseconds // 1000) == whole


def test_a_gate_that_opens_late_loses_no_speech(detector: Detector, clip: Clip) -> None:
    speech = clip("LJ001-0004.flac")
    begins = [
        next(a.end - a.run for a in detect(detector, samples, 320) if a.speaking) - lead
        for lead in (0, 5 * RATE)
        for samples in [np.concatenate([silence(lead / RATE), speech])]
    ]
    assert abs(begins[0] - begins[1]) <= 2 * 512


@pytest.mark.parametrize(
    "samples", [silence(60), noise(10, 0.001), noise(10, 0.05), noise(10, 0.3)]
)
def test_silence_and_noise_are_no_speech(detector: Detector, samples: Samples) -> None:
    assert changes(detect(detector, samples, 320)) == []


def test_recorded_noise_is_hardly_ever_speech(detector: Detector, shared: Path) -> None:
    paths = sorted((shared / "speech/noise").glob("*.flac"))
    found = [
        activity.speaking
        for path in paths
        if path.stem != "tau_people_talking"  # it is speech
        for activity in detect(detector, load(path), 320)
    ]
    assert np.mean(found) < 0.02


async def events_of(activity: VoiceActivity, samples: Samples, rate: int) -> list[vad.VADEvent]:
    stream = activity.stream()
    for piece in chunks(samples, rate // 50):
        stream.push_frame(frame_of(piece, rate))
    stream.end_input()
    events = [event async for event in stream]
    await stream.aclose()
    return events


async def test_the_plugin_reports_start_end_and_the_whole_utterance(clip: Clip) -> None:
    samples = np.concatenate([silence(1), clip("LJ001-0004.flac")[: 2 * RATE], silence(1)])
    events = await events_of(VoiceActivity(SETTINGS), samples, RATE)
    start, *_ = (e for e in events if e.type is vad.VADEventType.START_OF_SPEECH)
    *_, end = (e for e in events if e.type is vad.VADEventType.END_OF_SPEECH)
    assert start.samples_index < end.samples_index
    assert end.silence_duration == pytest.approx(0.096)
    assert end.frames[0].duration >= end.speech_duration + SETTINGS.preroll
    inferences = [e for e in events if e.type is vad.VADEventType.INFERENCE_DONE]
    assert len(inferences) == len(samples) // 512
    heard = np.concatenate([samples_of(event.frames[0]) for event in inferences])
    assert np.array_equal(heard, samples[: len(heard)])


async def test_the_plugin_resamples_what_livekit_does_not(clip: Clip) -> None:
    samples = np.concatenate([silence(1), clip("LJ001-0004.flac")[: 2 * RATE], silence(1)])
    events = await events_of(VoiceActivity(SETTINGS), np.repeat(samples, 3), 3 * RATE)
    kinds = [e.type for e in events if e.type is not vad.VADEventType.INFERENCE_DONE]
    assert kinds[0] is vad.VADEventType.START_OF_SPEECH
    assert kinds[-1] is vad.VADEventType.END_OF_SPEECH

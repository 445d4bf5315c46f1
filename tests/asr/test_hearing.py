"""The streaming plugin with the real model: whole words, once each, whatever the pieces."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import stt
from sounds import Clip, chunks, noise, silence

from asr.audio import RATE, Audio, Samples, as_float, frame_of, samples_of
from asr.bench import load, normalised, word_errors
from asr.decoding import Decoder
from asr.hearing import Hearing
from asr.hearing_stream import SOURCE_PROBABILITY
from asr.moonshine import Moonshine
from asr.recogniser import Look
from asr.settings import HearingSettings
from asr.tandem import Tandem
from asr.transcript import Transcript
from asr.voicing import Detector, Silero
from asr.whisper import Whisper

INTERIM, PREFLIGHT, FINAL = (
    stt.SpeechEventType.INTERIM_TRANSCRIPT,
    stt.SpeechEventType.PREFLIGHT_TRANSCRIPT,
    stt.SpeechEventType.FINAL_TRANSCRIPT,
)


@pytest.fixture
async def hearing(tandem: Tandem) -> AsyncIterator[Hearing]:
    hearing = Hearing(tandem)
    yield hearing
    await hearing.aclose()


def push(stream: stt.RecognizeStream, samples: Samples, milliseconds: int = 20) -> None:
    for piece in chunks(samples, RATE * milliseconds // 1000):
        stream.push_frame(frame_of(piece))


async def hear(hearing: Hearing, samples: Samples, milliseconds: int = 20) -> list[stt.SpeechEvent]:
    async with hearing.stream() as stream:
        push(stream, samples, milliseconds)
        stream.end_input()
        return [event async for event in stream]


def texts(events: Sequence[stt.SpeechEvent], kind: stt.SpeechEventType = FINAL) -> list[str]:
    return [event.alternatives[0].text for event in events if event.type is kind]


async def until(stream: stt.RecognizeStream, kind: stt.SpeechEventType) -> stt.SpeechEvent:
    async for event in stream:
        if event.type is kind:
            return event
    raise AssertionError(f"no {kind.value}")


async def test_any_chunks_give_the_words_of_the_whole(hearing: Hearing, clip: Clip) -> None:
    samples = np.concatenate([silence(0.5), clip("jfk.flac"), silence(1)])
    whole = texts(await hear(hearing, samples, 20_000))
    assert normalised(" ".join(whole))[-3:] == ["for", "your", "country"]
    for milliseconds in (10, 20, 30, 100):
        assert texts(await hear(hearing, samples, milliseconds)) == whole


async def test_a_final_is_the_preflight_of_its_pause(hearing: Hearing, clip: Clip) -> None:
    async with hearing.stream() as stream:
        push(stream, np.concatenate([clip("LJ001-0004.flac")[: 3 * RATE], silence(0.3)]))
        ready = await until(stream, PREFLIGHT)
        stream.flush()
        final = await until(stream, FINAL)
        assert final.alternatives[0].text == ready.alternatives[0].text
        assert not ready.alternatives[0].words and final.alternatives[0].words
        stream.flush()  # nothing is open any more
        stream.end_input()
        assert texts([event async for event in stream]) == []


async def test_words_that_are_sure_do_not_wait_for_their_times(
    moonshine: Moonshine, whisper: Whisper, clip: Clip
) -> None:
    hearing = Hearing(Tandem(moonshine, whisper))
    events = await hear(hearing, np.concatenate([clip("jfk.flac"), silence(2)]))
    await hearing.aclose()
    finals = [event.alternatives[0] for event in events if event.type is FINAL]
    assert not hearing.capabilities.aligned_transcript
    assert normalised(" ".join(final.text for final in finals))[-3:] == ["for", "your", "country"]
    assert not any(final.words for final in finals)


async def test_interims_grow_towards_the_words(hearing: Hearing, clip: Clip) -> None:
    async with hearing.stream() as stream:
        push(stream, clip("LJ001-0004.flac")[: 3 * RATE])
        assert (await until(stream, INTERIM)).alternatives[0].text


async def test_the_first_words_are_not_clipped(hearing: Hearing, clip: Clip) -> None:
    for lead in (0.0, 0.1, 3.0):
        samples = np.concatenate([silence(lead), clip("LJ001-0004.flac"), silence(1)])
        events = await hear(hearing, samples)
        assert normalised(" ".join(texts(events)))[:3] == ["produced", "the", "block"]
        first = next(event for event in events if event.type is FINAL).alternatives[0].words
        assert first is not None
        assert first[0].start_time == pytest.approx(lead, abs=0.2)


@pytest.mark.parametrize("sound", [silence(60), noise(5, 0.01), noise(5, 0.2)])
async def test_silence_and_noise_have_no_events(hearing: Hearing, sound: Samples) -> None:
    assert await hear(hearing, sound) == []


async def test_recorded_noise_has_no_words(hearing: Hearing, shared: Path) -> None:
    for path in sorted((shared / "speech/noise").glob("*.flac")):
        if path.stem != "tau_people_talking":  # it is speech
            assert texts(await hear(hearing, load(path))) == [], path.stem


async def test_two_minutes_without_a_pause(hearing: Hearing, tandem: Tandem, shared: Path) -> None:
    rows = [json.loads(row) for row in (shared / "speech/manifest.jsonl").open()]
    rows = [row for row in rows if row["path"].startswith("ljspeech/LJ001") and row["transcript"]]
    read = [(load(shared / "speech" / row["path"]), row["transcript"]) for row in rows] * 3
    samples = np.concatenate([without_pauses(speech) for speech, _ in read])
    expected = normalised(" ".join(transcript for _, transcript in read))
    assert len(samples) / RATE > 120
    events = await hear(hearing, samples)
    starts = [event.alternatives[0].start_time for event in events if event.type is FINAL]
    assert starts == sorted(starts)
    heard = normalised(" ".join(texts(events)))
    alone = [tandem.transcribe(as_float(without_pauses(speech))) for speech, _ in read]
    apart = normalised(" ".join(transcript.text for transcript in alone))
    # A cut within a word may cost it and both its neighbours; a lost segment would cost forty.
    cuts = len(texts(events)) - 1
    allowed = word_errors(expected, apart) + 3 * cuts
    assert word_errors(expected, heard) <= allowed


@pytest.mark.parametrize(("name", "code"), [("cheetah_test_de", "de"), ("cheetah_test_fr", "fr")])
async def test_doubted_words_of_another_language_say_which(
    hearing: Hearing, shared: Path, name: str, code: str
) -> None:
    path = shared / "speech" / "multilingual" / f"{name}.flac"
    events = await hear(hearing, np.concatenate([load(path), silence(2)]))
    final = next(event for event in events if event.type is FINAL).alternatives[0]
    assert final.language == "en" and final.source_languages == [code]
    assert final.metadata is not None and final.metadata[SOURCE_PROBABILITY] > 0.8


async def test_plain_words_name_no_other_language(hearing: Hearing, clip: Clip) -> None:
    events = await hear(hearing, np.concatenate([clip("jfk.flac"), silence(2)]))
    finals = [event.alternatives[0] for event in events if event.type is FINAL]
    assert finals and not any(final.source_languages for final in finals)


async def test_eight_kilohertz_stereo(hearing: Hearing, clip: Clip) -> None:
    wide = np.concatenate([clip("jfk.flac"), silence(1)])
    to_line = rtc.AudioResampler(RATE, 8000)
    frames = [*to_line.push(frame_of(wide)), *to_line.flush()]
    line = np.concatenate([samples_of(frame) for frame in frames])
    heard: list[list[str]] = []
    for channels in (1, 2):
        async with hearing.stream() as stream:
            for piece in chunks(line, 160):
                data = np.repeat(piece, channels).tobytes()
                stream.push_frame(rtc.AudioFrame(data, 8000, channels, len(piece)))
            stream.end_input()
            heard.append(normalised(" ".join(texts([event async for event in stream]))))
    mono, stereo = heard
    assert stereo == mono
    assert mono[-3:] == ["for", "your", "country"]
    # Over a phone line the detector is not sure of the first.
    assert mono.count("ask") == 2


class HeldUp(Tandem):
    """Does not look at anything before it is `free`."""

    def __init__(self, moonshine: Moonshine, whisper: Whisper) -> None:
        super().__init__(moonshine, whisper)
        self.free = threading.Event()

    def look(self, audio: Audio, *, language: str | None = None) -> Look:
        assert self.free.wait(60)
        return super().look(audio, language=language)


async def test_finals_come_in_the_order_of_speech(
    moonshine: Moonshine, whisper: Whisper, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    recogniser, queued = HeldUp(moonshine, whisper), Decoder.transcribe

    def transcribe(decoder: Decoder, audio: Audio) -> Future[Transcript]:
        words = queued(decoder, audio)
        recogniser.free.set()
        return words

    monkeypatch.setattr(Decoder, "transcribe", transcribe)
    hearing = Hearing(recogniser)
    speech = clip("LJ001-0004.flac")
    async with hearing.stream() as stream:
        push(stream, np.concatenate([speech[: 3 * RATE], silence(0.3)]))
        stream.flush()  # at a pause, whose words are looked at twice,
        push(stream, speech[: RATE * 5 // 2])
        stream.flush()  # and within speech, whose words are decoded at once
        stream.end_input()
        finals = [event.alternatives[0] async for event in stream if event.type is FINAL]
    await hearing.aclose()
    assert len(finals) == 2
    assert finals[0].start_time < 3 < finals[1].start_time


async def test_two_calls_are_heard_apart(hearing: Hearing, clip: Clip) -> None:
    one = np.concatenate([clip("LJ001-0004.flac"), silence(1)])
    other = np.concatenate([clip("cards_004.flac"), silence(1)])
    alone = [texts(await hear(hearing, samples)) for samples in (one, other)]
    together = await asyncio.gather(hear(hearing, one), hear(hearing, other))
    assert [texts(events) for events in together] == alone


async def test_recognize_takes_a_whole_recording(hearing: Hearing, clip: Clip) -> None:
    event = await hearing.recognize(frame_of(clip("LJ001-0004.flac")))
    assert normalised(event.alternatives[0].text)[0] == "produced"


async def test_a_stream_closed_in_the_middle_leaves_nothing_behind(
    hearing: Hearing, clip: Clip
) -> None:
    before = asyncio.all_tasks()
    stream = hearing.stream()
    push(stream, clip("LJ001-0004.flac"))
    await until(stream, INTERIM)
    await stream.aclose()
    assert asyncio.all_tasks() <= before


def without_pauses(speech: Samples) -> Samples:
    """The speech with all silence taken out that the detector finds in it."""
    detector = Detector(Silero(), HearingSettings())
    state, kept = detector.start(), []
    for window in chunks(speech, 512)[:-1]:
        state, activity = detector.step(state, window)
        if activity.speaking and activity.silence <= 2 * 512:
            kept.append(window)
    return np.concatenate(kept)

"""Hearing measured: word error and delay, streaming in real time against Whisper offline.

    python -m asr.bench SPEECH_FOLDER WHISPER MOONSHINE [--clips N]

SPEECH_FOLDER holds `manifest.jsonl` with a path, a transcript and tags for each recording; all
English recordings tagged `read` are taken. They are fed to one stream each as a call would feed
them, 20 ms every 20 ms; 400 ms after the end `flush()` asks for the final transcript.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from faster_whisper import WhisperModel
from livekit.agents import stt

from asr.audio import RATE, Samples, as_float, frame_of
from asr.hearing import Hearing
from asr.moonshine import Moonshine
from asr.tandem import Tandem
from asr.whisper import Whisper

_FRAME = RATE // 50
_ENDPOINTING = 0.4  # seconds of silence before the turn is taken to be over
_SPELLED = {
    "mr": "mister",
    "mrs": "missus",
    "dr": "doctor",
    "st": "saint",
    **{str(number): word for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )},
}  # fmt: skip


@dataclass(frozen=True)
class Clip:
    """A recording, 16 kHz mono, and what is said in it."""

    name: str
    samples: Samples
    transcript: str


@dataclass(frozen=True)
class Heard:
    """What a stream made of a clip; delays in seconds."""

    text: str
    words_after_end: list[float]
    """From each reported end of speech to its words, where speech did not go on before."""
    final_after_flush: float


def read_clips(folder: Path) -> list[Clip]:
    """The English read speech of a folder with a `manifest.jsonl`."""
    rows = map(json.loads, (folder / "manifest.jsonl").read_text().splitlines())
    return [
        Clip(row["path"], load(folder / row["path"]), row["transcript"])
        for row in rows
        if row["transcript"]
        and "read" in row["tags"]
        and not any(tag.startswith("lang:") for tag in row["tags"])
    ]


def load(path: Path) -> Samples:
    """An audio file as 16 kHz mono."""
    audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    audio = soxr.resample(audio.mean(axis=1), rate, RATE)
    samples: Samples = (np.clip(audio, -1, 1) * 32767).astype(np.int16)
    return samples


def normalised(text: str) -> list[str]:
    """The words of a text: lower case, no punctuation, small numbers and titles spelled out."""
    bare = re.sub(r"[^a-z0-9' ]+", " ", text.lower().replace("\u2019", "'"))
    return [_SPELLED.get(word, word) for word in bare.split()]


def word_errors(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(hypothesis) + 1))
    for place, expected in enumerate(reference, 1):
        diagonal, row[0] = row[0], place
        for column, found in enumerate(hypothesis, 1):
            best = min(row[column] + 1, row[column - 1] + 1, diagonal + (expected != found))
            diagonal, row[column] = row[column], best
    return row[-1]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Word error over all (reference, hypothesis) together."""
    words = [(normalised(reference), normalised(text)) for reference, text in pairs]
    errors = sum(word_errors(reference, text) for reference, text in words)
    return errors / sum(len(reference) for reference, _ in words)


async def hear(hearing: Hearing, clip: Clip) -> Heard:
    """Feeds a clip in real time to a stream of its own."""
    async with hearing.stream() as stream:
        feeding = asyncio.create_task(_feed(stream, clip.samples))
        texts: list[str] = []
        delays: list[float] = []
        ended = final = 0.0
        async for event in stream:
            now = time.perf_counter()
            if event.type is stt.SpeechEventType.END_OF_SPEECH:
                ended = now
            elif event.type is stt.SpeechEventType.PREFLIGHT_TRANSCRIPT:
                delays.append(now - ended)
            elif event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
                final = now
                texts.append(event.alternatives[0].text)
        return Heard(" ".join(texts), delays, max(0.0, final - await feeding))


async def _feed(stream: stt.RecognizeStream, samples: Samples) -> float:
    """Returns the time of the flush."""
    silence = np.zeros(round(_ENDPOINTING * RATE), np.int16)
    samples = np.concatenate([samples, silence])
    began = time.perf_counter()
    for start in range(0, len(samples), _FRAME):
        await asyncio.sleep(began + start / RATE - time.perf_counter())
        stream.push_frame(frame_of(samples[start : start + _FRAME]))
    stream.end_input()
    return time.perf_counter()


def offline(model: WhisperModel, clip: Clip) -> str:
    """What faster-whisper itself makes of a clip, padded to 30 s, greedy."""
    segments, _ = model.transcribe(as_float(clip.samples), language="en", beam_size=1)
    return " ".join(segment.text for segment in segments)


def _line(name: str, seconds: Sequence[float]) -> str:
    median, late = np.quantile(seconds, [0.5, 0.95]) * 1000
    return f"{name:<44} {median:7.0f} ms {late:7.0f} ms   n={len(seconds)}"


async def measure(clips: Sequence[Clip], model_dir: Path, quick_dir: Path) -> str:
    """The table, measured."""
    recogniser = Tandem(Moonshine(quick_dir), Whisper(model_dir))
    recogniser.warm()
    hearing = Hearing(recogniser)
    heard = [await hear(hearing, clip) for clip in clips]
    await hearing.aclose()
    model = WhisperModel(str(model_dir), device="cpu", compute_type="int8", cpu_threads=1)
    whole, alone = [], []
    for clip in clips:
        whole.append((clip.transcript, offline(model, clip)))
        began = time.perf_counter()
        recogniser.transcribe(as_float(clip.samples))
        alone.append(time.perf_counter() - began)
    streamed = [(clip.transcript, result.text) for clip, result in zip(clips, heard, strict=True)]
    minutes = sum(len(clip.samples) for clip in clips) / RATE / 60
    return "\n".join(
        [
            f"{len(clips)} clips, {minutes:.1f} minutes, {recogniser.name}",
            f"word error, streaming{word_error_rate(streamed):>33.4f}",
            f"word error, faster-whisper offline, beam 1{word_error_rate(whole):>12.4f}",
            f"{'':<44} {'median':>10} {'p95':>10}",
            _line("end of speech known -> words", [d for h in heard for d in h.words_after_end]),
            _line("flush -> final transcript", [result.final_after_flush for result in heard]),
            _line("one decode of a whole clip, with word times", alone),
        ]
    )


def main() -> None:
    """Reads the command line, measures, prints."""
    parser = argparse.ArgumentParser(prog="python -m asr.bench", description=__doc__)
    parser.add_argument("speech", type=Path, help="folder with manifest.jsonl")
    parser.add_argument("whisper", type=Path, help="folder of the Whisper model")
    parser.add_argument("moonshine", type=Path, help="folder of the Moonshine model")
    parser.add_argument("--clips", type=int, default=None, help="measure this many clips only")
    arguments = parser.parse_args()
    clips = read_clips(arguments.speech)[: arguments.clips]
    print(asyncio.run(measure(clips, arguments.whisper, arguments.moonshine)))


if __name__ == "__main__":
    main()

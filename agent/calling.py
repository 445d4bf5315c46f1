"""`parley call`: a call with recordings, and what came back: words, latencies, sound."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr

from agent.audio import read_audio
from agent.caller import CallReport, Utterance
from agent.caller import call as place
from agent.errors import ParleyError
from agent.line import CALLER_RATE
from asr.settings import HearingSettings
from asr.whisper import Whisper


async def call(
    url: str, files: Sequence[Path], output: Path | None, model: Path, settings: HearingSettings
) -> None:
    """Says one recording a turn to the agent at `url` and prints the conversation as heard here.

    Raises:
        ParleyError: a file is no audio, nobody answers, or the answer cannot be written.
    """
    utterances = [Utterance(file.name, read_audio(file, CALLER_RATE)) for file in files]
    report = await place(url, utterances)
    whisper = await asyncio.to_thread(Whisper, model, settings)
    print(f"connected in {report.connect_seconds:.2f} s")
    for number, turn in enumerate(report.turns):
        until = report.turns[number + 1].spoken.start if number + 1 < len(report.turns) else None
        print(f"caller  {turn.name}")
        if turn.voice_to_voice is None:
            print("agent   (no answer)")
            continue
        words = await asyncio.to_thread(_words, whisper, report, turn.answered, until)
        print(f"agent   {words}")
        print(f"        {1000 * turn.voice_to_voice:.0f} ms from voice to voice")
    if output is not None:
        _write(output, report)


def _words(whisper: Whisper, report: CallReport, start: float | None, end: float | None) -> str:
    heard = report.heard
    times = [heard.time_of(0), heard.time_of(len(heard) - 1)] if len(heard) else [0.0, 0.0]
    first = int(max(0.0, (start or times[0]) - times[0] - 0.1) * heard.rate)
    last = len(heard) if end is None else int((end - times[0]) * heard.rate)
    samples = heard.samples[first:last].astype(np.float32) / 32768
    return whisper.transcribe(soxr.resample(samples, heard.rate, CALLER_RATE)).text.strip()


def _write(path: Path, report: CallReport) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, report.heard.samples, report.heard.rate)
    except (OSError, soundfile.LibsndfileError) as error:
        raise ParleyError(f"{path} cannot be written: {error}.") from error

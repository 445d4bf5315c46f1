"""Requests in which callers correct themselves, spoken and heard, for the bench of their repair.

    python -m agent.spoken_requests REQUESTS.jsonl HEARD.jsonl [--part NAME] [--count N]

Every request is said by Parley's own voice and by one of its teacher's other voices, and heard by
the streaming hearing that calls use. HEARD gets a line for each: the request, with what the
recogniser wrote in `heard`. `python -m dialogue.disfluency.bench spoken` scores it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
import soxr
from livekit.agents import stt

from agent.audio import Samples, to_int16
from agent.config import Config
from agent.errors import ParleyError
from agent.line import AGENT_RATE, CALLER_RATE
from agent.listening import events, hearing_of
from agent.models import ModelStore
from agent.recognisers import RecogniserFiles
from agent.scenarios import acoustics
from agent.scenarios.acoustics import Audio
from agent.scenarios.kokoro import callers
from agent.speaking import speaker_of
from asr.hearing import Hearing
from asr.settings import HearingSettings
from dialogue.disfluency.bench import Request, read_requests

PART: Final = "held out 10"
COUNT: Final = 150
OTHERS: Final = ("am_michael", "bf_emma", "af_bella", "bm_george")
"""The teacher's voices that take turns: none is the one that ours learned from."""

Say = Callable[[int, str], Audio]
"""Speaks the n-th request: float32 mono at 16 kHz."""


def ours(config: Config, store: ModelStore) -> Say:
    """Parley's own voice. Raises `ParleyError` when its weights are broken."""
    engine = speaker_of(config, store)

    def say(_: int, text: str) -> Audio:
        speech = np.concatenate([chunk.samples for chunk in engine.speak([text])])
        return np.asarray(soxr.resample(speech, AGENT_RATE, CALLER_RATE), np.float32)

    return say


def teachers() -> Say:
    """The teacher's other voices, in turn."""
    speaker = callers()
    return lambda number, text: speaker.say(OTHERS[number % len(OTHERS)], text)


def on_the_line(audio: Audio) -> Samples:
    """Speech as loud as a caller's, int16."""
    return to_int16(acoustics.at_level(audio, acoustics.SPEECH_DBFS))


async def hear(hearing: Hearing, samples: Samples) -> str:
    """What the agent hears in 16 kHz samples, all its final words."""
    finals = [
        event.alternatives[0].text.strip()
        async for event in events(hearing, samples, interval=0.0)
        if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT
    ]
    return " ".join(finals)


async def write(
    requests: Sequence[Request], speakers: Mapping[str, Say], files: RecogniserFiles, out: Path
) -> None:
    """Let every speaker say the requests, hear them, and write them down as they were heard.

    Raises:
        ParleyError: a recogniser cannot be read.
    """
    hearing = await hearing_of(files, HearingSettings())
    with out.open("w", encoding="utf-8") as file:

        async def speak(name: str, say: Say) -> None:
            for number, request in enumerate(requests):
                speech = await asyncio.to_thread(say, number, request.raw)
                heard = await hear(hearing, on_the_line(speech))
                told = {**asdict(request), "part": f"spoken, {name}", "heard": heard}
                print(json.dumps(told, ensure_ascii=False), file=file, flush=True)
            print(f"{len(requests)} requests spoken by {name} and heard", file=sys.stderr)

        await asyncio.gather(*(speak(*speaker) for speaker in speakers.items()))
    await hearing.aclose()


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="Speak requests and write down what is heard.")
    parser.add_argument("requests", type=Path, help="requests with what was meant, JSON lines")
    parser.add_argument("heard", type=Path, help="file to write")
    parser.add_argument("--part", default=PART, help="part of the requests (%(default)s)")
    parser.add_argument("--count", type=int, default=COUNT, help="first requests of it")
    options = parser.parse_args()
    requests = [one for one in read_requests(options.requests, "raw") if one.part == options.part]
    if not requests:
        print(f"{options.requests} has no requests of a part {options.part!r}.", file=sys.stderr)
        return 2
    try:
        config = Config()
        store = ModelStore.at(config.models.folder)
        files = RecogniserFiles.of(config, store)
        speakers = {"our voice": ours(config, store), "the teacher's voices": teachers()}
        asyncio.run(write(requests[: options.count], speakers, files, options.heard))
    except ParleyError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

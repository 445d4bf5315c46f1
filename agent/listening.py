"""`parley listen`: a recording through the same streaming hearing that calls use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
from livekit import rtc
from livekit.agents import stt

from agent.audio import Samples
from agent.errors import ParleyError
from agent.line import CALLER_RATE
from agent.recognisers import RecogniserFiles
from asr.errors import ModelUnreadableError
from asr.hearing import Hearing
from asr.settings import HearingSettings

FRAME_SECONDS = 0.02
FRAME = round(CALLER_RATE * FRAME_SECONDS)
TAIL_SECONDS = 2


async def transcribe(
    samples: Samples, files: RecogniserFiles, settings: HearingSettings, *, interims: bool
) -> None:
    """Prints the words of 16 kHz mono `samples`, one line an event: start, end, words.

    With interims the recording is heard at its own pace, as in a call; without them as fast as it
    can be decoded.

    Raises:
        ParleyError: the model cannot be read.
    """
    hearing = await hearing_of(files, settings)
    heard = False
    async for event in events(hearing, samples, FRAME_SECONDS if interims else 0.0):
        final = event.type == stt.SpeechEventType.FINAL_TRANSCRIPT
        if not final and not (interims and event.type == stt.SpeechEventType.INTERIM_TRANSCRIPT):
            continue
        words = event.alternatives[0]
        heard = heard or final
        mark = " " if final else "~"
        print(
            f"{mark} {words.start_time:7.2f} {words.end_time:7.2f}  {words.text.strip()}",
            flush=True,
        )
    await hearing.aclose()
    if not heard:
        print("No words were heard.")


async def hearing_of(files: RecogniserFiles, settings: HearingSettings) -> Hearing:
    """Hearing with its models loaded. Raises `ParleyError` when they cannot be read."""
    try:
        recogniser = await asyncio.to_thread(files.load, settings)
    except ModelUnreadableError as error:
        raise ParleyError(str(error)) from error
    return Hearing(recogniser, settings)


async def events(
    hearing: Hearing, samples: Samples, interval: float
) -> AsyncIterator[stt.SpeechEvent]:
    """What hearing tells of 16 kHz mono `samples` that come 20 ms every `interval` seconds."""
    stream = hearing.stream()
    feeding = asyncio.create_task(_feed(stream, samples, interval))
    async for event in stream:
        yield event
    await feeding
    await stream.aclose()


async def _feed(stream: stt.RecognizeStream, samples: Samples, interval: float) -> None:
    """Pushes a frame every `interval` seconds, then the silence that lets the last words settle."""
    padded = np.concatenate([samples, np.zeros(TAIL_SECONDS * CALLER_RATE, np.int16)])
    clock = asyncio.get_running_loop()
    due = clock.time()
    for at in range(0, len(padded), FRAME):
        block = padded[at : at + FRAME]
        stream.push_frame(rtc.AudioFrame(block.tobytes(), CALLER_RATE, 1, len(block)))
        due += interval
        await asyncio.sleep(due - clock.time())
    stream.end_input()

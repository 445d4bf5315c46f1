"""`parley listen`: a recording through the same streaming hearing that calls use."""

from __future__ import annotations

import asyncio
from pathlib import Path

from livekit import rtc
from livekit.agents import stt

from agent.audio import Samples
from agent.errors import ParleyError
from agent.line import CALLER_RATE
from asr.hearing import Hearing
from asr.settings import HearingSettings
from asr.whisper import ModelUnreadableError, Whisper

FRAME = CALLER_RATE // 50
TAIL_SECONDS = 2


async def transcribe(
    samples: Samples, model: Path, settings: HearingSettings, *, interims: bool
) -> None:
    """Prints the words of 16 kHz mono `samples`, one line an event: start, end, words.

    Raises:
        ParleyError: the model cannot be read.
    """
    try:
        whisper = await asyncio.to_thread(Whisper, model, settings)
    except ModelUnreadableError as error:
        raise ParleyError(str(error)) from error
    hearing = Hearing(whisper, settings)
    stream = hearing.stream()
    feeding = asyncio.create_task(_feed(stream, samples))
    heard = False
    async for event in stream:
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
    await feeding
    await stream.aclose()
    await hearing.aclose()
    if not heard:
        print("No words were heard.")


async def _feed(stream: stt.RecognizeStream, samples: Samples) -> None:
    for at in range(0, len(samples), FRAME):
        block = samples[at : at + FRAME]
        stream.push_frame(rtc.AudioFrame(block.tobytes(), CALLER_RATE, 1, len(block)))
        # In real time's order but not at its pace: the decoder sets it.
        await asyncio.sleep(0)
    silence = bytes(2 * FRAME)
    for _ in range(TAIL_SECONDS * 50):
        stream.push_frame(rtc.AudioFrame(silence, CALLER_RATE, 1, FRAME))
    stream.end_input()

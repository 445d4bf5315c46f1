"""The whole agent on its real models: recorded speech in, spoken answers out."""

from __future__ import annotations

import asyncio
import base64
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from livekit import rtc
from livekit.agents import Agent, AgentSession, io, llm

from agent.audio import Samples, read_audio
from agent.bench import agent
from agent.caller import Patience, Utterance, call
from agent.line import AGENT_RATE, CALLER_RATE
from agent.models import ModelStore
from agent.turn_detector import LEAST_PAUSE, TurnDetector
from agent.voices import WEIGHTS
from asr.hearing import Hearing
from asr.settings import HearingSettings
from asr.turn_end import SmartTurn, TurnEnd
from asr.vad import VoiceActivity
from asr.whisper import Whisper
from tts.voice import Voice

CHROMIUM = shutil.which("chromium")
GREETING = "Hello, this is Parley. How can I help you?"
PATIENCE = Patience(greeting=20.0, answer=60.0)


@pytest.fixture(scope="module")
def whisper(models: ModelStore) -> Whisper:
    return Whisper(models.path("whisper-base"))


def words(text: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "'" else " " for c in text.lower()).split())


def transcribed(whisper: Whisper, samples: np.ndarray, rate: int) -> str:
    audio = samples.astype(np.float32) / 32768 if samples.dtype == np.int16 else samples
    return whisper.transcribe(soxr.resample(audio, rate, CALLER_RATE)).text


async def test_a_caller_is_greeted_heard_and_answered(
    models: ModelStore, whisper: Whisper, data: Path, tmp_path: Path
) -> None:
    question = Utterance("dog or cat", read_audio(data / "dog_or_cat.flac", CALLER_RATE))
    async with agent(tmp_path, 2, GREETING) as (url, _):
        report = await call(url, [question], PATIENCE)
    final = [m.body for m in report.messages if m.body.get("final")]
    asked = [m["text"] for m in final if m["who"] == "caller"]
    said = " ".join(m["text"] for m in final if m["who"] == "agent")
    assert {"dog", "cat"} <= words(asked[0])
    assert report.turns[0].answered is not None
    heard = words(transcribed(whisper, report.heard.samples, report.heard.rate))
    assert len(words(said) & heard) >= 0.7 * len(words(said))
    parts = next(m.body for m in report.messages if m.body["type"] == "latency")
    total = parts.pop("total")
    del parts["type"], parts["turn"]
    assert sum(parts.values()) == pytest.approx(total, abs=0.01)


@pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here: make setup installs it, or says how"
)
async def test_a_browser_speaks_and_hears_the_answer(
    models: ModelStore, whisper: Whisper, data: Path, tmp_path: Path
) -> None:
    microphone = tmp_path / "microphone.wav"
    question = read_audio(data / "dog_or_cat.flac", 48_000)
    lead, tail = np.zeros(48_000 * 8, np.int16), np.zeros(48_000 * 60, np.int16)
    soundfile.write(microphone, np.concatenate([lead, question, tail]), 48_000)
    async with agent(tmp_path, 2, GREETING) as (url, _), page_on(url, microphone) as page:
        await page.click("#call")
        await page.wait_for_function(CAPTIONED, timeout=120_000)
        captions = await page.inner_text("#captions")
        await page.wait_for_function("document.body.dataset.floor === 'listening'", timeout=60_000)
        raw, rate = await page.evaluate("window.heardSoFar()")
        await page.click("#call")
    assert {"dog", "cat"} <= words(captions)
    samples = np.frombuffer(base64.b64decode(raw), np.float32)
    heard = words(transcribed(whisper, samples, int(rate)))
    assert {"hello", "help"} <= heard
    spoken = words(captions) - {"agent", "caller", "you", "parley"}
    assert len(spoken & heard) >= 4


CAPTIONED = """() => {
  const text = document.querySelector('#captions').innerText.toLowerCase();
  return text.includes('cat') && document.querySelectorAll('#captions .strip').length > 0
    && document.body.dataset.floor === 'listening';
}"""

TAP = """
const Peer = window.RTCPeerConnection;
const heard = [];
let rate = 48000;
window.RTCPeerConnection = class extends Peer {
  constructor(...given) {
    super(...given);
    this.addEventListener('track', (event) => {
      const context = new AudioContext();
      rate = context.sampleRate;
      const source = context.createMediaStreamSource(new MediaStream([event.track]));
      const tap = context.createScriptProcessor(4096, 1, 1);
      tap.onaudioprocess = (e) => heard.push(new Float32Array(e.inputBuffer.getChannelData(0)));
      source.connect(tap);
      tap.connect(context.destination);
    });
  }
};
window.heardSoFar = () => {
  const all = new Float32Array(heard.reduce((n, part) => n + part.length, 0));
  heard.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  const bytes = new Uint8Array(all.buffer);
  let text = '';
  for (let i = 0; i < bytes.length; i += 32768)
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return [btoa(text), rate];
};
"""


@asynccontextmanager
async def page_on(url: str, microphone: Path) -> AsyncIterator:
    """The page in a real headless Chromium whose microphone plays a recording."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={microphone}%noloop",
                "--autoplay-policy=no-user-gesture-required",
                "--disable-background-networking",
            ],
        )
        try:
            page = await browser.new_page()
            await page.add_init_script(TAP)
            await page.goto(url)
            yield page
        finally:
            await browser.close()


class Recording(io.AudioInput):
    """A recording, then silence, at the pace of real time."""

    def __init__(self, samples: Samples) -> None:
        super().__init__(label="recording")
        self._samples = samples
        self._at = 0

    async def __anext__(self) -> rtc.AudioFrame:
        await asyncio.sleep(0.02)
        block = np.zeros(320, np.int16)
        part = self._samples[self._at : self._at + 320]
        block[: len(part)] = part
        self._at += 320
        return rtc.AudioFrame(block.tobytes(), CALLER_RATE, 1, 320)


class Loudspeaker(io.AudioOutput):
    """Plays at once and says so."""

    def __init__(self) -> None:
        capabilities = io.AudioOutputCapabilities(pause=False)
        super().__init__(label="loudspeaker", capabilities=capabilities, sample_rate=AGENT_RATE)
        self.heard: list[Samples] = []
        self.played = asyncio.Event()
        self._seconds = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self.heard.append(np.frombuffer(frame.data, np.int16))
        self._seconds += frame.duration

    def flush(self) -> None:
        super().flush()
        self._finish(interrupted=False)

    def clear_buffer(self) -> None:
        self._finish(interrupted=True)

    def _finish(self, *, interrupted: bool) -> None:
        if self._seconds:
            self.on_playback_finished(playback_position=self._seconds, interrupted=interrupted)
            self._seconds = 0.0
            self.played.set()


class Unasked(llm.LLM[Any]):
    """A session answers only where there is a model; the parrot below never asks it."""

    def chat(self, **_: Any) -> llm.LLMStream:
        raise AssertionError("the agent's own llm_node answers")


class Parrot(Agent):
    """Says what it heard."""

    async def llm_node(self, chat_ctx: llm.ChatContext, tools, model_settings):  # type: ignore[no-untyped-def, override]
        message = chat_ctx.items[-1]
        assert isinstance(message, llm.ChatMessage)
        yield f"You asked: {message.text_content}"


class Asked(TurnDetector):
    """Ours, and the likelihoods that the session has asked it for."""

    def __init__(self, turn_end: TurnEnd) -> None:
        super().__init__(turn_end)
        self.told: list[float] = []

    def stream(self, **options: Any) -> Any:
        stream = super().stream(**options)
        predict = stream.predict

        def asked() -> Any:
            future = predict()
            future.add_done_callback(
                lambda done: (
                    done.cancelled() or self.told.append(done.result().end_of_turn_probability)
                )
            )
            return future

        stream.predict = asked  # type: ignore[method-assign]
        return stream


async def test_our_hearing_voice_and_turn_detector_work_in_a_stock_agent_session(
    models: ModelStore, whisper: Whisper, data: Path
) -> None:
    hearing, voice = Hearing(whisper), Voice(WEIGHTS)
    turn_end = TurnEnd(SmartTurn(models.file("smart-turn-v3.2")))
    detector = Asked(turn_end)
    hearing, voice = Hearing(whisper), Voice(WEIGHTS)
    await voice.ready()
    session: AgentSession[None] = AgentSession(
        stt=hearing,
        tts=voice,
        vad=VoiceActivity(HearingSettings(pause=LEAST_PAUSE)),
        turn_handling={
            "turn_detection": detector,
            "endpointing": {"min_delay": 0.3, "max_delay": 1.2},
            "interruption": {"mode": "vad"},
        },
        aec_warmup_duration=None,
        session_close_transcript_timeout=0.2,
        llm=Unasked(),
    )
    loudspeaker = Loudspeaker()
    session.input.audio = Recording(read_audio(data / "dog_or_cat.flac", CALLER_RATE))
    session.output.audio = loudspeaker
    try:
        await session.start(Parrot(instructions=""), record=False)
        async with asyncio.timeout(60):
            await loudspeaker.played.wait()
    finally:
        await session.aclose()
        await hearing.aclose()
        await voice.aclose()
        turn_end.close()
    assert detector.told and 0 < detector.told[-1] <= 1
    heard = transcribed(whisper, np.concatenate(loudspeaker.heard), AGENT_RATE)
    assert {"asked", "dog", "cat"} <= words(heard)

"""Voice activity as a LiveKit `vad.VAD` plugin."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from livekit import rtc
from livekit.agents import vad

from asr.audio import NO_SAMPLES, RATE, WINDOW, Samples, frame_of, mono, samples_of, split
from asr.settings import HearingSettings
from asr.voicing import Activity, Change, Detector, Silero, windows


class VoiceActivity(vad.VAD):
    """Speech or not, every 32 ms: webrtcvad as the gate, Silero as the judge.

    END_OF_SPEECH comes early, after `settings.pause` of silence, and carries the time since the
    last voiced window in `silence_duration`: whoever takes turns waits out the rest itself. One
    object serves any number of streams.
    """

    def __init__(self, settings: HearingSettings | None = None) -> None:
        super().__init__(capabilities=vad.VADCapabilities(update_interval=WINDOW / RATE))
        self._settings = settings or HearingSettings()
        self._detector = Detector(Silero(), self._settings)
        # A thread of its own: the loop's default one may be busy with slow work of others.
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="voice-activity")

    @property
    def model(self) -> str:
        return "silero-v6"

    @property
    def provider(self) -> str:
        return "parley"

    @property
    def min_silence_duration(self) -> float:
        """Silence before END_OF_SPEECH, in seconds; a stock AgentSession reads it."""
        return windows(self._settings.pause) * WINDOW / RATE

    def stream(self) -> VoiceActivityStream:
        """Listens to one caller: int16 frames of any one rate, mono or stereo."""
        return VoiceActivityStream(self, self._detector, self._executor, self._settings.preroll)


class VoiceActivityStream(vad.VADStream):
    """One caller's voice activity; `flush()` forgets the speech under way."""

    def __init__(
        self,
        activity: VoiceActivity,
        detector: Detector,
        executor: ThreadPoolExecutor,
        preroll: float,
    ) -> None:
        super().__init__(activity)
        self._detector = detector
        self._executor = executor
        self._preroll = windows(preroll)
        self._resampler: rtc.AudioResampler | None = None

    def push_frame(self, frame: rtc.AudioFrame) -> None:
        """Takes the next frame. LiveKit's base class resamples for speech to text, not here."""
        frame = mono(frame)
        if frame.sample_rate == RATE:
            super().push_frame(frame)
            return
        if self._resampler is None:
            self._resampler = rtc.AudioResampler(frame.sample_rate, RATE)
        for piece in self._resampler.push(frame):
            super().push_frame(piece)

    async def _main_task(self) -> None:
        loop = asyncio.get_running_loop()
        state, rest, utterance = self._detector.start(), NO_SAMPLES, Utterance(self._preroll)
        async for item in self._input_ch:
            if isinstance(item, self._FlushSentinel):
                state = self._detector.start(state.activity.end)
                utterance = Utterance(self._preroll)
                continue
            rest, ready = split(rest, samples_of(item))
            for window in ready:
                began = time.perf_counter()
                state, activity = await loop.run_in_executor(
                    self._executor, self._detector.step, state, window
                )
                took = time.perf_counter() - began
                utterance.add(window, activity)
                self._report(vad.VADEventType.INFERENCE_DONE, activity, window, took)
                if activity.change is Change.SPEECH_STARTED:
                    kind = vad.VADEventType.START_OF_SPEECH
                    self._report(kind, activity, utterance.samples, took)
                elif activity.change is Change.SPEECH_ENDED:
                    kind = vad.VADEventType.END_OF_SPEECH
                    self._report(kind, activity, utterance.samples, took)

    def _report(
        self, kind: vad.VADEventType, activity: Activity, samples: Samples, took: float
    ) -> None:
        event = vad.VADEvent(
            type=kind,
            samples_index=activity.end,
            timestamp=activity.end / RATE,
            speech_duration=activity.speech / RATE,
            silence_duration=activity.silence / RATE,
            frames=[frame_of(samples)],
            probability=activity.probability,
            inference_duration=took,
            speaking=activity.speaking,
            raw_accumulated_silence=activity.silence / RATE,
            raw_accumulated_speech=activity.run / RATE,
        )
        self._event_ch.send_nowait(event)


class Utterance:
    """The audio of the speech under way with its pre-roll; while nobody speaks, the pre-roll."""

    def __init__(self, preroll: int) -> None:
        self._preroll = preroll
        self._windows: list[Samples] = []

    @property
    def samples(self) -> Samples:
        """All of it, in order."""
        return np.concatenate(self._windows)

    def add(self, window: Samples, activity: Activity) -> None:
        """Takes the next window and what was found in it."""
        self._windows.append(window)
        if not activity.speaking and activity.change is not Change.SPEECH_ENDED:
            del self._windows[: -(self._preroll + activity.run // WINDOW)]

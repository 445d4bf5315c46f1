"""Our end of turn by ear as the turn detector of a stock LiveKit `AgentSession`.

LiveKit Agents 1.8.9 has no public interface for one: whatever is private there is named here only.
"""

from __future__ import annotations

import asyncio
import time

from livekit import rtc
from livekit.agents import DEFAULT_API_CONNECT_OPTIONS, APIConnectOptions, LanguageCode
from livekit.agents.voice.turn import TurnDetectionEvent, _StreamingTurnDetectorStream

from asr.turn_end import TurnEnd, TurnEndStream

LEAST_PAUSE = 0.25
"""Seconds of silence that the session's voice activity must wait for (`hearing.pause`)."""

_UNLIKELY = 0.5  # the threshold that Smart Turn was trained for
_TIMEOUT = 1.0  # seconds


class TurnDetector:
    """`turn_handling={"turn_detection": TurnDetector(turn_end)}` beside any voice activity.

    The session waits its `min_delay` where the turn sounds over, and its `max_delay` elsewhere.
    """

    model = "smart-turn-v3.2"
    provider = "parley"

    def __init__(self, turn_end: TurnEnd) -> None:
        self._turn_end = turn_end

    def stream(
        self, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> _StreamingTurnDetectorStream:
        """Listens to one session."""
        return TurnDetectorStream(self._turn_end.stream())


class TurnDetectorStream:
    """One session's turn ends; the session says when there is a pause and when a turn is over."""

    model = TurnDetector.model
    provider = TurnDetector.provider
    is_fallback = False
    prediction_timeout = _TIMEOUT

    def __init__(self, ear: TurnEndStream) -> None:
        self._ear = ear
        self._asked: asyncio.Task[TurnDetectionEvent] | None = None
        self._ear.voice_started(0.0)

    async def unlikely_threshold(self, language: LanguageCode | None) -> float:
        """Probability below which the turn goes on."""
        return _UNLIKELY

    async def backchannel_threshold(self, language: LanguageCode | None) -> None:
        """None: it does not say where the agent could hum along."""

    async def supports_language(self, language: LanguageCode | None) -> bool:
        """Whether the turn can be judged in `language`: it goes by sound, so in any."""
        return True

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        """Takes the next frame of the caller's."""
        self._ear.push_frame(frame)

    def predict(self) -> asyncio.Future[TurnDetectionEvent]:
        """At a pause: the likelihood that the turn is over."""
        self.cancel_inference()
        self._asked = asyncio.create_task(self._predict(time.time()))
        return self._asked

    def cancel_inference(self, *, timed_out: bool = False) -> None:
        """Forgets what was asked last."""
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    def flush(self, reason: str | None = None) -> None:
        """The turn is over: the next one begins here."""
        self.cancel_inference()
        self._ear.turn_over()
        self._ear.voice_started(0.0)

    def end_input(self) -> None:
        """No more audio will come."""

    async def aclose(self) -> None:
        """Forgets the session."""
        self.cancel_inference()

    async def _predict(self, asked: float) -> TurnDetectionEvent:
        likelihood = await self._ear.likelihood()
        assert likelihood is not None, "a flush cancels what was asked before it"
        return TurnDetectionEvent(
            type="eot_prediction",
            end_of_turn_probability=likelihood.probability,
            last_speaking_time=asked,
            detection_delay=time.time() - asked,
            inference_duration=likelihood.seconds,
        )

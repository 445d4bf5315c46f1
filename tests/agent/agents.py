"""A whole agent but for its engines: server, calls and WebRTC, with a test's own conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from prometheus_client import CollectorRegistry

from agent.calls import CallMetrics, Calls
from agent.line import AGENT_RATE, Line
from agent.server import app, listening


@dataclass
class State:
    """Whether the agent says it is ready."""

    ready: bool = True
    reason: str = ""


@dataclass
class RunningAgent:
    """What a test needs of it."""

    url: str
    calls: Calls
    state: State = field(default_factory=State)

    async def idle(self) -> None:
        """Returns once no call is left."""
        async with asyncio.timeout(10):
            await self.calls.idle()


@asynccontextmanager
async def running_agent(
    converse: Callable[[Line], Awaitable[None]],
    *,
    capacity: int = 2,
    echo_cancellation: bool = False,
    origins: tuple[str, ...] = (),
) -> AsyncIterator[RunningAgent]:
    """An agent on a free port of this machine, for as long as the block runs."""
    registry = CollectorRegistry()
    calls = Calls(
        converse,
        capacity=capacity,
        metrics=CallMetrics(registry),
        echo_cancellation=echo_cancellation,
    )
    state = State()
    site = app(calls, state, origins=origins, registry=registry)
    async with listening(site, "127.0.0.1", 0) as url:
        try:
            yield RunningAgent(url, calls, state)
        finally:
            await calls.close("the test is over")


def tone(seconds: float, rate: int = AGENT_RATE, frequency: float = 440) -> np.ndarray:
    """A sine, int16."""
    at = np.arange(round(seconds * rate)) / rate
    return (8000 * np.sin(2 * np.pi * frequency * at)).astype(np.int16)


def say(line: Line, samples: np.ndarray) -> None:
    """Has the agent say something."""
    line.playout.begin()
    line.playout.write(samples)
    line.playout.finish()


async def listen_only(line: Line) -> None:
    """A conversation that hears the caller out and says nothing."""
    async for _ in line.listen():
        pass


async def answer_with_tone(line: Line) -> None:
    """A conversation that answers with a second of tone after 200 ms of silence, and yields."""
    quiet, spoken = 0, False
    async for frame in line.listen():
        loud = np.abs(np.frombuffer(frame.data, np.int16)).max() > 2000
        quiet = 0 if loud else quiet + 1
        if loud:
            spoken = True
            line.playout.stop()
        elif spoken and quiet == 10:
            spoken = False
            say(line, tone(1.0))

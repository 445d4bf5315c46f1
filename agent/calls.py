"""The calls under way: how many there may be, and that each of them comes to a clean end."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge

from agent.echo import EchoCanceller
from agent.line import Line
from agent.webrtc import WebRTCLine

log = logging.getLogger("parley.calls")

GRACE_SECONDS = 5.0
"""How long a session may take to finish once its caller is gone, before it is cancelled."""

RETRY_SECONDS = 5
"""What a caller is told to wait for a free line."""

Conversation = Callable[[Line], Awaitable[None]]
"""Holds one call's conversation; returns when the line has ended, or to end it."""


class LinesBusy(Exception):
    """As many calls as this agent takes are under way already."""


class CallMetrics:
    """Calls as Prometheus sees them."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.active = Gauge("parley_calls_active", "Calls under way.", registry=registry)
        self.placed = Counter("parley_calls", "Calls answered.", registry=registry)
        self.busy = Counter("parley_calls_busy", "Calls turned away, full.", registry=registry)
        self.failed = Counter(
            "parley_calls_failed", "Calls that ended because of a fault here.", registry=registry
        )


@dataclass(frozen=True)
class Call:
    """One call under way."""

    id: str
    line: WebRTCLine
    task: asyncio.Task[None]


class Calls:
    """Answers calls, up to `capacity` at once, each with a task of its own that outlives nothing.

    A call ends when its caller hangs up, vanishes or is hung up on, when its conversation is over
    or fails, or at `close`; whichever it is, its connection is closed and its task is done.
    """

    def __init__(
        self,
        converse: Conversation,
        *,
        capacity: int,
        metrics: CallMetrics,
        stun_and_turn: Sequence[str] = (),
        echo_cancellation: bool = True,
    ) -> None:
        self.capacity = capacity
        self.metrics = metrics
        self._converse = converse
        self._stun_and_turn = stun_and_turn
        self._echo_cancellation = echo_cancellation
        self._calls: dict[str, Call] = {}
        self._being_answered = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._calls)

    async def place(self, offer: str) -> tuple[str, str]:
        """Answers an SDP offer; returns the call's id and the SDP answer.

        Raises:
            LinesBusy: no line is free.
            OfferRefused: the offer cannot be answered.
        """
        if self._closed or len(self._calls) + self._being_answered >= self.capacity:
            self.metrics.busy.inc()
            raise LinesBusy
        self._being_answered += 1
        try:
            line, answer = await WebRTCLine.answer(
                offer,
                stun_and_turn=self._stun_and_turn,
                echo=EchoCanceller() if self._echo_cancellation else None,
            )
        finally:
            self._being_answered -= 1
        if self._closed:
            await line.hang_up("the server is stopping")
            raise LinesBusy
        call_id = secrets.token_urlsafe(12)
        task = asyncio.create_task(self._hold(call_id, line), name=f"parley-call-{call_id}")
        self._calls[call_id] = Call(call_id, line, task)
        self.metrics.placed.inc()
        self.metrics.active.set(len(self._calls))
        log.info("call %s: answered (%d of %d)", call_id, len(self._calls), self.capacity)
        return call_id, answer

    async def hang_up(self, call_id: str, reason: str) -> bool:
        """Ends a call and waits until it is over; False when there is no such call."""
        call = self._calls.get(call_id)
        if call is None:
            return False
        await call.line.hang_up(reason)
        await asyncio.wait([call.task])
        return True

    async def idle(self) -> None:
        """Returns once no call is under way."""
        while self._calls:
            await asyncio.wait([call.task for call in self._calls.values()])

    async def close(self, reason: str) -> None:
        """Takes no more calls and ends those under way."""
        self._closed = True
        await asyncio.gather(*(self.hang_up(call_id, reason) for call_id in list(self._calls)))

    async def _hold(self, call_id: str, line: WebRTCLine) -> None:
        talking = asyncio.ensure_future(self._converse(line))
        gone = asyncio.create_task(line.ended.wait())
        reason = "the conversation is over"
        try:
            await asyncio.wait({talking, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not talking.done():
                await asyncio.wait({talking}, timeout=GRACE_SECONDS)
            if talking.done():
                talking.result()
            else:
                log.warning("call %s: its session did not end by itself", call_id)
        except Exception:
            log.exception("call %s: failed", call_id)
            self.metrics.failed.inc()
            reason = "something went wrong here; please call again"
        finally:
            await _cancelled(talking, gone)
            await line.hang_up(reason)
            self._calls.pop(call_id, None)
            self.metrics.active.set(len(self._calls))
            log.info("call %s: %s", call_id, line.end_reason)


async def _cancelled(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

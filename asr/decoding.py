"""One thread of decoding, shared fairly by all calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Generic, TypeVar

from asr.audio import Audio
from asr.recogniser import Look, Recogniser
from asr.transcript import Transcript

T = TypeVar("T")


class Urgency(IntEnum):
    """How long the caller of a decode can wait; the lower, the sooner."""

    FINAL = 0
    PAUSE = 1
    INTERIM = 2


@dataclass(eq=False)
class _Job(Generic[T]):
    call: Hashable
    urgency: Urgency
    work: Callable[[], T]
    result: Future[T] = field(default_factory=Future)


class DecodingQueue:
    """Runs decodes one at a time: the most urgent first, and among equals calls take turns.

    One worker and not several: a recogniser on short audio is fastest on one core, and the others
    belong to the language model and the voice. A job whose future is cancelled while it waits is
    never run. All methods may be called from any thread.
    """

    def __init__(self) -> None:
        self._waiting: list[_Job[object]] = []
        self._served: dict[Hashable, int] = {}
        self._turn = 0
        self._closed = False
        self._changed = threading.Condition()
        self._worker = threading.Thread(target=self._work, name="decoding", daemon=True)
        self._worker.start()

    def submit(self, call: Hashable, urgency: Urgency, work: Callable[[], T]) -> Future[T]:
        """Queues `work` for `call`; raises RuntimeError once the queue is closed."""
        job = _Job(call, urgency, work)
        with self._changed:
            if self._closed:
                raise RuntimeError("the decoding queue is closed")
            self._waiting.append(job)  # type: ignore[arg-type]
            self._changed.notify()
        return job.result

    def hurry(self, result: Future[T], urgency: Urgency) -> None:
        """Raises the urgency of a job that may still be waiting, known by its future."""
        with self._changed:
            for job in self._waiting:
                if job.result is result:
                    job.urgency = min(job.urgency, urgency)

    def leave(self, call: Hashable) -> None:
        """Drops what still waits for `call`, which has ended."""
        with self._changed:
            gone = [job for job in self._waiting if job.call == call]
            self._waiting = [job for job in self._waiting if job.call != call]
            self._served.pop(call, None)
        for job in gone:
            job.result.cancel()

    def close(self) -> None:
        """Drops what waits and lets the job under way finish."""
        with self._changed:
            self._closed = True
            gone, self._waiting = self._waiting, []
            self._changed.notify()
        for job in gone:
            job.result.cancel()
        self._worker.join()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            if not job.result.set_running_or_notify_cancel():
                continue
            try:
                job.result.set_result(job.work())
            except BaseException as error:  # the thread must outlive a job that fails
                job.result.set_exception(error)

    def _next(self) -> _Job[object] | None:
        with self._changed:
            while not self._waiting:
                if self._closed:
                    return None
                self._changed.wait()
            job = min(self._waiting, key=lambda j: (j.urgency, self._served.get(j.call, 0)))
            self._waiting.remove(job)
            self._turn += 1
            self._served[job.call] = self._turn
            return job


class Decoder:
    """One call's way into the decoding that all calls share."""

    def __init__(self, queue: DecodingQueue, recogniser: Recogniser, language: str | None) -> None:
        self._queue = queue
        self._recogniser = recogniser
        self._language = language

    def look(self, audio: Audio, urgency: Urgency) -> Future[Look]:
        """Queues a first look at `audio`, up to 30 s."""
        work = partial(self._recogniser.look, audio, language=self._language)
        return self._queue.submit(self, urgency, work)

    def settle(self, look: Look, urgency: Urgency) -> Future[Transcript]:
        """Queues the second look at what a first one has seen."""
        return self._queue.submit(self, urgency, look.settle)

    def transcribe(self, audio: Audio) -> Future[Transcript]:
        """Queues the whole of `audio`, as urgent as final words are."""
        work = partial(self._recogniser.transcribe, audio, language=self._language)
        return self._queue.submit(self, Urgency.FINAL, work)

    def hurry(self, result: Future[T]) -> None:
        """Makes a decode final that was queued for a pause."""
        self._queue.hurry(result, Urgency.FINAL)

    def leave(self) -> None:
        """Drops all that is queued: the call is over."""
        self._queue.leave(self)

"""The decoding queue: urgent first, calls in turn, nothing stale, no failure contagious."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from asr.decoding import DecodingQueue, Urgency


class Held:
    """A queue whose worker is held by a first job until `release`, so that order can be set."""

    def __init__(self) -> None:
        self.queue = DecodingQueue()
        self.done: list[str] = []
        self._free = threading.Event()
        self._first = self.queue.submit("nobody", Urgency.FINAL, self._free.wait)
        while not self._first.running():
            pass

    def add(self, call: str, urgency: Urgency, name: str):  # type: ignore[no-untyped-def]
        return self.queue.submit(call, urgency, lambda: self.done.append(name))

    def release(self) -> list[str]:
        self._free.set()
        self.queue.submit("nobody", Urgency.INTERIM, lambda: None).result()
        return self.done


@pytest.fixture
def held() -> Iterator[Held]:
    held = Held()
    yield held
    held.release()
    held.queue.close()


def test_finals_go_before_pauses_before_interims(held: Held) -> None:
    held.add("a", Urgency.INTERIM, "interim")
    held.add("b", Urgency.PAUSE, "pause")
    held.add("c", Urgency.FINAL, "final")
    assert held.release() == ["final", "pause", "interim"]


def test_calls_take_turns(held: Held) -> None:
    for name in ("a1", "a2", "a3", "b1", "b2"):
        held.add(name[0], Urgency.PAUSE, name)
    assert held.release() == ["a1", "b1", "a2", "b2", "a3"]


def test_a_cancelled_job_is_never_run(held: Held) -> None:
    stale = held.add("a", Urgency.INTERIM, "stale")
    held.add("a", Urgency.INTERIM, "fresh")
    assert stale.cancel()
    assert held.release() == ["fresh"]


def test_a_pause_that_becomes_final_is_hurried(held: Held) -> None:
    held.add("a", Urgency.PAUSE, "earlier pause")
    pause = held.add("b", Urgency.PAUSE, "hurried")
    held.queue.hurry(pause, Urgency.FINAL)
    assert held.release() == ["hurried", "earlier pause"]


def test_a_call_that_left_has_nothing_decoded(held: Held) -> None:
    gone = held.add("a", Urgency.FINAL, "of the gone")
    held.add("b", Urgency.INTERIM, "of the others")
    held.queue.leave("a")
    assert held.release() == ["of the others"]
    assert gone.cancelled()


def test_a_job_that_fails_fails_alone(held: Held) -> None:
    broken = held.queue.submit("a", Urgency.FINAL, lambda: 1 // 0)
    held.add("b", Urgency.FINAL, "sound")
    assert held.release() == ["sound"]
    assert isinstance(broken.exception(), ZeroDivisionError)


def test_a_closed_queue_says_so() -> None:
    queue = DecodingQueue()
    queue.close()
    with pytest.raises(RuntimeError, match="closed"):
        queue.submit("a", Urgency.FINAL, lambda: None)

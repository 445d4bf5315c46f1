"""A logged call once more: what the turn machine decided, and what it would under other settings.

The events of a call are taken as they were. Those of a reply (heard, finished, its tools) keep
their distance from the moment it was released, so that a reply released later is heard later. What
the caller would have said to another agent nobody knows: the further two runs have parted, the
less the second one means.
"""

from __future__ import annotations

import difflib
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import count
from pathlib import Path
from typing import get_args

from agent.errors import ParleyError
from dialogue import turns
from dialogue.turns.events import ReplyEvent
from dialogue.turns.log import Entry, Log, parse

_REPLY_EVENTS = get_args(ReplyEvent)
_QUIET = (turns.TimePassed, turns.SpeechReached)


def read(path: Path) -> Log:
    """The log in a file; raises `ParleyError` where it is none."""
    try:
        return parse(path.read_text(encoding="utf-8").splitlines())
    except OSError as error:
        raise ParleyError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise ParleyError(f"{path} is no call log: {error}.") from error


def rerun(log: Log, policy: turns.Policy) -> tuple[Entry, ...]:
    """The call's events, decided on anew."""
    bound = _by_reply(log.entries)
    order = count()
    queue = [
        (entry.time, next(order), entry.event)
        for entry in log.entries
        if not isinstance(entry.event, (turns.TimePassed, *_REPLY_EVENTS))
    ]
    heapq.heapify(queue)
    state, released = turns.State(), 0
    entries: list[Entry] = []
    event: turns.Event
    while queue or turns.due(state) is not None:
        wake = turns.due(state)
        if wake is not None and (not queue or wake < queue[0][0]):
            if not queue and wake > _end(log) + 1:
                break
            event = turns.TimePassed()
            now = max(wake, entries[-1].time if entries else wake)
        else:
            now, _, event = heapq.heappop(queue)
        state, actions = turns.step(state, event, now, policy)
        entries.append(Entry(now, event, actions))
        for action in actions:
            if isinstance(action, turns.Speak):
                following = bound[released] if released < len(bound) else []
                released += 1
                for after, told in following:
                    moved = replace(told, reply=action.reply)
                    heapq.heappush(queue, (max(now, now + after), next(order), moved))
    return tuple(entries)


def timeline(entries: Sequence[Entry]) -> Iterator[str]:
    """One line for every event that says something new or led to a decision."""
    for entry in entries:
        if entry.actions or not isinstance(entry.event, _QUIET):
            decided = "; ".join(map(shown, entry.actions))
            yield f"{entry.time:9.3f}  {shown(entry.event):<58}  {decided}".rstrip()


def differences(before: Sequence[Entry], after: Sequence[Entry]) -> Iterator[str]:
    """The decisions of two runs against each other: "-" only in the first, "+" only in the second.

    Those in both are shown with both times.
    """
    old, new = _decisions(before), _decisions(after)
    matcher = difflib.SequenceMatcher(
        None, [text for _, text in old], [text for _, text in new], autojunk=False
    )
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            for (was, text), (is_, _) in zip(old[a:b], new[c:d], strict=True):
                yield f"  {was:9.3f} {is_:9.3f}  {text}"
        else:
            yield from (f"- {time:9.3f} {'':9}  {text}" for time, text in old[a:b])
            yield from (f"+ {'':9} {time:9.3f}  {text}" for time, text in new[c:d])


def shown(what: turns.Event | turns.Action) -> str:
    """An event or action in a line: its name and what it carries, times of words left out."""
    values = ((field.name, getattr(what, field.name)) for field in fields(what))
    said = [
        f"{name}={value:.3f}" if isinstance(value, float) else f"{name}={value!r}"
        for name, value in values
        if name != "times" and value is not None
    ]
    return " ".join([type(what).__name__, *said])


def _decisions(entries: Sequence[Entry]) -> list[tuple[float, str]]:
    """What was decided, without the numbers that count from run to run."""
    decided = []
    for entry in entries:
        for action in entry.actions:
            values = (
                f"{field.name}={getattr(action, field.name)!r}"
                for field in fields(action)
                if field.name not in ("reply", "turn_ended", "word", "turn")
            )
            decided.append((entry.time, " ".join([type(action).__name__, *values])))
    return decided


def _by_reply(entries: Sequence[Entry]) -> list[list[tuple[float, ReplyEvent]]]:
    """For every reply that was released, in order: its events, in seconds from the release."""
    released: dict[int, float] = {}
    for entry in entries:
        for action in entry.actions:
            if isinstance(action, turns.Speak):
                released[action.reply] = entry.time
    return [
        [
            (entry.time - since, entry.event)
            for entry in entries
            if isinstance(entry.event, _REPLY_EVENTS) and entry.event.reply == number
        ]
        for number, since in released.items()
    ]


def _end(log: Log) -> float:
    return log.entries[-1].time if log.entries else 0.0

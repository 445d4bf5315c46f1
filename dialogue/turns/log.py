"""The log of a call: what the turn machine was told and what it wanted done, as JSON lines.

The first line names the format and the settings of the call. Every other line is one event or one
action with its time in seconds since the call began. Words are in it, audio is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

from dialogue.turns import actions as act
from dialogue.turns import events as ev
from dialogue.turns.settings import TurnSettings

FORMAT = "parley call log 1"

_EVENTS = {kind.__name__: kind for kind in get_args(ev.Event)}
_ACTIONS = {kind.__name__: kind for kind in get_args(act.Action)}


@dataclass(frozen=True)
class Entry:
    """One event, the moment it was taken, and what the machine did about it."""

    time: float
    event: ev.Event
    actions: tuple[act.Action, ...]


@dataclass(frozen=True)
class Log:
    """One call."""

    settings: TurnSettings
    entries: tuple[Entry, ...]


def head(settings: TurnSettings) -> str:
    """The first line of a log."""
    return json.dumps({"log": FORMAT, "turns": settings.model_dump()})


def lines(entry: Entry) -> Iterator[str]:
    """The lines of one entry: the event and then its actions."""
    for key, what in (("event", entry.event), *(("action", action) for action in entry.actions)):
        fact = {"t": entry.time, key: type(what).__name__, **asdict(what)}
        yield json.dumps(fact, ensure_ascii=False)


def parse(text: Iterable[str]) -> Log:
    """Reads a log's lines; raises ValueError with a sentence that names the line."""
    settings: TurnSettings | None = None
    entries: list[Entry] = []
    for number, line in enumerate(text, 1):
        try:
            fact = json.loads(line)
            if settings is None:
                if fact.pop("log") != FORMAT:
                    raise ValueError
                settings = TurnSettings.model_validate(fact["turns"])
            elif "event" in fact:
                event = _made(_EVENTS[fact.pop("event")], fact)
                entries.append(Entry(fact["t"], event, ()))
            else:
                action = _made(_ACTIONS[fact.pop("action")], fact)
                last = entries.pop()
                entries.append(Entry(last.time, last.event, (*last.actions, action)))
        except (ValueError, LookupError, TypeError, AttributeError):
            what = f"line 1 should name the format, {FORMAT!r}" if settings is None else "it is cut"
            raise ValueError(f"line {number} is not of a Parley call log: {what}") from None
    if settings is None:
        raise ValueError("the file is empty: a call log has at least one line")
    return Log(settings, tuple(entries))


def _made(kind: type[Any], fact: Mapping[str, Any]) -> Any:
    values = {field.name: fact[field.name] for field in fields(kind)}
    if "times" in values:
        values["times"] = tuple((begin, end) for begin, end in values["times"])
    return kind(**values)

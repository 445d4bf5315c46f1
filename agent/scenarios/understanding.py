"""What the agent understood: words lost, slots, tool calls; all of it compared as spoken words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from agent.scenarios.script import ToolCall
from tts.spoken import tokens

FILLERS = frozenset("um uh er erm hm hmm mm mhm oh ah ha huh".split())
"""Whisper writes them or leaves them out; neither is a loss."""

ALIKE = {"ok": "okay", "alright": "right", "mister": "mr", "cannot": "can't", "gonna": "going"}


@dataclass(frozen=True)
class WordsLost:
    """Words the caller said in turns, and those that reached no turn of the agent's."""

    said: int
    lost: tuple[str, ...]


def spoken_words(text: str) -> list[str]:
    """A text as the words it is spoken as: "7:30" is seven thirty, "KX4" is k x four."""
    words = (word.lower() for token in tokens(text) for word in token.words)
    plain = (word.replace("-", " ").replace(".", " ") for word in words if word != ",")
    return [ALIKE.get(word, word) for several in plain for word in several.split()]


def words_lost(said: str, understood: str) -> WordsLost:
    """Words of `said` with no counterpart in `understood`, by the alignment of fewest edits.

    A word heard as another one is misheard, not lost: it was in the turn. Fillers do not count.
    """
    wanted = [word for word in spoken_words(said) if word not in FILLERS]
    got = [word for word in spoken_words(understood) if word not in FILLERS]
    return WordsLost(len(wanted), tuple(wanted[i] for i in _deleted(wanted, got)))


def _deleted(wanted: Sequence[str], got: Sequence[str]) -> list[int]:
    """Indices into `wanted` that the alignment leaves without a partner."""
    cost = np.zeros((len(wanted) + 1, len(got) + 1), int)
    cost[:, 0], cost[0, :] = range(len(wanted) + 1), range(len(got) + 1)
    for i, word in enumerate(wanted, 1):
        for j, other in enumerate(got, 1):
            pair = cost[i - 1, j - 1] + (word != other)
            cost[i, j] = min(pair, cost[i - 1, j] + 1, cost[i, j - 1] + 1)
    lost, i, j = [], len(wanted), len(got)
    while i:
        same = j and wanted[i - 1] == got[j - 1]
        if j and cost[i, j] == cost[i - 1, j - 1] + (not same):
            i, j = i - 1, j - 1
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            lost.append(i)
        else:
            j -= 1
    return lost[::-1]


@dataclass(frozen=True)
class Check:
    """One thing that had to be understood; `why` says what was wrong."""

    name: str
    right: bool
    why: str = ""


def slots(
    wanted: Mapping[str, str],
    never: Sequence[str],
    agent_text: str,
    calls: Sequence[ToolCall] | None,
) -> tuple[Check, ...]:
    """Whether each slot has its value, in the last tool call that names it or in the agent's words.

    What is in `never` may be in neither: a slot is wrong where a value taken back is confirmed.
    """
    checks = []
    arguments = _latest(calls or ())
    confirmed = agent_text if not arguments else " , ".join(map(str, arguments.values()))
    taken_back = [value for value in never if says(confirmed, value)]
    for name, value in wanted.items():
        given = str(arguments[name]) if name in arguments else agent_text
        if not says(given, value):
            found = f"{given!r}" if name in arguments else "not confirmed"
            checks.append(Check(name, False, f"{name} is {found}, not {value!r}"))
        elif taken_back:
            checks.append(Check(name, False, f"{name}: {taken_back[0]!r} was taken back"))
        else:
            checks.append(Check(name, True))
    return tuple(checks)


def says(text: str, value: str) -> bool:
    """Whether the spoken words of `value` stand in those of `text`, one after the other."""
    within, wanted = spoken_words(text), spoken_words(value)
    ends = range(len(wanted), len(within) + 1)
    return bool(wanted) and any(within[end - len(wanted) : end] == wanted for end in ends)


def tool_calls(wanted: Sequence[ToolCall], made: Sequence[ToolCall]) -> Check:
    """Right when the calls made are those wanted, in order, and none besides.

    An argument is right when it is spoken as the one that is wanted; others may be there too.
    """
    told = ", ".join(f"{call.name}({_listed(call.arguments)})" for call in made) or "none"
    right = len(wanted) == len(made) and all(map(_same, wanted, made))
    return Check("tool calls", right, "" if right else f"tool calls made: {told}")


def repeats(answer: str, before: str) -> bool:
    """Whether an answer says again at least half of the words of what was said before."""
    earlier, now = spoken_words(before), set(spoken_words(answer))
    return bool(earlier) and sum(word in now for word in earlier) >= len(earlier) / 2


def _same(wanted: ToolCall, made: ToolCall) -> bool:
    return wanted.name == made.name and all(
        name in made.arguments
        and spoken_words(str(value)) == spoken_words(str(made.arguments[name]))
        for name, value in wanted.arguments.items()
    )


def _latest(calls: Iterable[ToolCall]) -> dict[str, Any]:
    return {name: value for call in calls for name, value in call.arguments.items()}


def _listed(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())

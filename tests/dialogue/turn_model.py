"""The life of replies as a symbolic transition system: small enough to be proved without a bound.

A step of the turn machine is a run of rules: what happened, then each action, then "rest". Beside
what the machine knows, the model counts what was begun and what was ended.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from z3 import And, BoolVal, If, Implies, IntVal, Not, Or, simplify
from z3 import Bool as BoolTerm
from z3 import Int as IntTerm

NONE, PREPARED, RELEASED, SPEAKING = range(4)
FULL, DUCKED, HELD = range(3)


@dataclass(frozen=True)
class Model:
    """One state; every field is a term."""

    phase: Any
    level: Any
    acted: Any
    """A tool of the released reply has been started."""
    timed: Any
    """The reply is held and has a moment at which it goes on."""
    over: Any
    wanted: Any
    """In this step the caller was judged to want the floor."""
    owes: Any
    """In this step the held reply's moment has come."""
    begun: Any
    ended: Any
    lowered: Any
    raised: Any
    broken: Any
    """A heard reply was dropped, or one was stopped without an interruption."""

    def but(self, **changes: Any) -> Model:
        """The same state with some fields changed."""
        terms = {name: _term(value) for name, value in changes.items()}
        return replace(self, **terms)


def _term(value: Any) -> Any:
    if isinstance(value, bool):
        return BoolVal(value)
    return IntVal(value) if isinstance(value, int) else value


def start() -> Model:
    """Nothing has happened."""
    no, zero = BoolVal(False), IntVal(0)
    return Model(IntVal(NONE), IntVal(FULL), no, no, no, no, no, zero, zero, zero, zero, no)


def anything() -> Model:
    """A state of which nothing is known."""
    numbers = ("phase", "level", "begun", "ended", "lowered", "raised")
    kinds = {name: IntTerm if name in numbers else BoolTerm for name in Model.__dataclass_fields__}
    return Model(**{name: kind(name) for name, kind in kinds.items()})


@dataclass(frozen=True)
class Rule:
    """Where `may` holds, the state becomes `then`."""

    may: Callable[[Model], Any]
    then: Callable[[Model], Model]


def _begin(s: Model) -> Model:
    return s.but(phase=PREPARED, level=FULL, acted=False, begun=s.begun + 1)


def _end(s: Model) -> Model:
    """The reply is gone, and with it whatever lowered it."""
    raised = s.raised + _one(s.level != FULL)
    none = s.but(phase=NONE, level=FULL, acted=False, timed=False, owes=False)
    return replace(none, ended=s.ended + 1, raised=raised)


def _one(condition: Any) -> Any:
    return If(condition, IntVal(1), IntVal(0))


def _traced(s: Model) -> Any:
    return Or(s.phase == SPEAKING, s.acted)


RULES = {
    "speech started": Rule(
        lambda s: And(s.phase == RELEASED, s.level != HELD), lambda s: s.but(phase=SPEAKING)
    ),
    "tool started": Rule(lambda s: s.phase >= RELEASED, lambda s: s.but(acted=True)),
    "floor wanted": Rule(lambda s: Not(s.over), lambda s: s.but(wanted=True)),
    "moment came": Rule(lambda s: And(s.level == HELD, s.timed), lambda s: s.but(owes=True)),
    "begin": Rule(lambda s: And(s.phase == NONE, Not(s.over)), _begin),
    "speak": Rule(lambda s: s.phase == PREPARED, lambda s: s.but(phase=RELEASED)),
    "duck": Rule(
        lambda s: And(s.phase == SPEAKING, s.level == FULL),
        lambda s: s.but(level=DUCKED, lowered=s.lowered + 1),
    ),
    "pause": Rule(
        lambda s: And(s.phase >= RELEASED, s.level != HELD),
        lambda s: s.but(level=HELD, timed=True, lowered=s.lowered + _one(s.level == FULL)),
    ),
    "resume": Rule(
        lambda s: s.level != FULL,
        lambda s: s.but(level=FULL, timed=False, owes=False, raised=s.raised + 1),
    ),
    "drop": Rule(
        lambda s: And(s.phase != NONE, Not(_traced(s))),
        lambda s: _end(s.but(broken=Or(s.broken, _traced(s)))),
    ),
    "stop": Rule(
        lambda s: And(s.phase >= RELEASED, _traced(s), s.wanted),
        lambda s: _end(s.but(broken=Or(s.broken, Not(s.wanted)))),
    ),
    "close": Rule(lambda s: s.phase >= RELEASED, _end),
    "hang up": Rule(lambda s: And(s.phase == NONE, Not(s.over)), lambda s: s.but(over=True)),
    "rest": Rule(lambda s: Not(s.owes), lambda s: s.but(wanted=False)),
}


def invariant(s: Model) -> Any:
    """What holds always."""
    return And(
        s.phase >= NONE,
        s.phase <= SPEAKING,
        s.level >= FULL,
        s.level <= HELD,
        # Never two replies at once, and every reply that is begun ends once.
        s.begun - s.ended == _one(s.phase != NONE),
        # Every lowering ends in a resume or in the reply's end.
        s.lowered - s.raised == _one(s.level != FULL),
        Implies(s.level != FULL, s.phase >= RELEASED),
        Implies(s.level == DUCKED, s.phase == SPEAKING),
        # A paused reply has a moment at which it goes on, and no step ends with it missed.
        (s.level == HELD) == s.timed,
        Implies(s.owes, s.level == HELD),
        Implies(s.acted, s.phase >= RELEASED),
        Implies(s.over, s.phase == NONE),
        Not(s.broken),
    )


Known = tuple[int, int, bool, bool, bool]
"""Phase, level, acted, timed and over: what can be read off the machine between two steps."""


@cache
def follow(known: Known, labels: tuple[str, ...]) -> Known | str:
    """Where rules lead from there; the name of the first that is not allowed."""
    phase, level, acted, timed, over = known
    state = start().but(phase=phase, level=level, acted=acted, timed=timed, over=over)
    for label in (*labels, "rest"):
        if str(simplify(RULES[label].may(state))) != "True":
            return f"{label} after {known} {labels}"
        after = RULES[label].then(state)
        state = Model(**{name: simplify(term) for name, term in vars(after).items()})
    is_so = (str(term) == "True" for term in (state.acted, state.timed, state.over))
    return (state.phase.as_long(), state.level.as_long(), *is_so)  # type: ignore[return-value]

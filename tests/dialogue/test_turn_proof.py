"""What the machine promises about replies, proved for calls of any length (induction, by z3).

The proof is of a model; that the machine takes no step which the model does not allow is checked
on every step of the exhaustive search.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_turn_invariants import SEARCHES, explore
from turn_model import (
    DUCKED,
    FULL,
    HELD,
    NONE,
    PREPARED,
    RELEASED,
    RULES,
    SPEAKING,
    Known,
    Rule,
    anything,
    follow,
    invariant,
    start,
)
from turn_world import World, is_interruption
from z3 import And, BoolVal, Not, Solver, sat, unsat

from dialogue import turns
from dialogue.turns.state import Level, Phase

PHASES = {
    Phase.SPECULATIVE: PREPARED,
    Phase.RELEASED: RELEASED,
    Phase.SPEAKING: SPEAKING,
}
LEVELS = {Level.FULL: FULL, Level.DUCKED: DUCKED, Level.HELD: HELD}
LABELS = {
    turns.StartReply: "begin",
    turns.Say: "begin",
    turns.Repeat: "begin",
    turns.Speak: "speak",
    turns.DuckReply: "duck",
    turns.PauseReply: "pause",
    turns.ResumeReply: "resume",
    turns.DropReply: "drop",
    turns.StopReply: "stop",
    turns.CloseReply: "close",
    turns.HangUp: "hang up",
}


def counterexample(rule: Rule) -> object | None:
    """A state in which all is well and after the rule is not; None where there is none."""
    before, solver = anything(), Solver()
    solver.add(invariant(before), rule.may(before), Not(invariant(rule.then(before))))
    return solver.model() if solver.check() == sat else None


def test_at_the_start_all_is_well() -> None:
    solver = Solver()
    solver.add(Not(invariant(start())))
    assert solver.check() == unsat


@pytest.mark.parametrize("label", RULES)
def test_no_rule_breaks_a_promise(label: str) -> None:
    assert counterexample(RULES[label]) is None


@pytest.mark.parametrize("label", RULES)
def test_no_rule_is_proved_for_want_of_a_state(label: str) -> None:
    before, solver = anything(), Solver()
    solver.add(And(invariant(before), RULES[label].may(before)))
    assert solver.check() == sat


@pytest.mark.parametrize(
    ("label", "mistake"),
    [
        ("begin", replace(RULES["begin"], may=lambda s: Not(s.over))),
        ("pause", replace(RULES["pause"], then=lambda s: RULES["pause"].then(s).but(timed=False))),
        ("close", replace(RULES["close"], then=lambda s: s.but(phase=NONE, ended=s.ended + 1))),
        ("drop", replace(RULES["drop"], may=lambda s: s.phase != NONE)),
        ("stop", replace(RULES["stop"], may=lambda s: s.phase == SPEAKING)),
        ("speak", replace(RULES["speak"], may=lambda s: BoolVal(True))),
        ("duck", replace(RULES["duck"], may=lambda s: s.phase == SPEAKING)),
        ("hang up", replace(RULES["hang up"], may=lambda s: Not(s.over))),
    ],
)
def test_a_mistake_is_refuted(label: str, mistake: Rule) -> None:
    assert counterexample(RULES[label]) is None
    assert counterexample(mistake) is not None


def known(world: World) -> Known:
    """What the model sees of the machine."""
    state, reply = world.state, world.state.reply
    if reply is None:
        return (NONE, FULL, False, False, state.over)
    timed = state.overlap is not None and state.overlap.act_at is not None
    held = reply.level is Level.HELD
    phase, level = PHASES[reply.phase], LEVELS[reply.level]
    return (phase, level, reply.acted, held and timed, state.over)


def labels(world: World, event: turns.Event, now: float, policy: turns.Policy) -> tuple[str, ...]:
    """The step that the machine takes, as rules."""
    before = world.state
    reply, overlap = before.reply, before.overlap
    happened = []
    released = reply is not None and reply.phase is not Phase.SPECULATIVE
    if isinstance(event, turns.SpeechStarted):
        happened.append("speech started")
    if isinstance(event, turns.ToolStarted) and released:
        happened.append("tool started")
    if is_interruption(before, event, now, policy):
        happened.append("floor wanted")
    is_held = reply is not None and reply.level is Level.HELD
    act_at = None if overlap is None or not is_held else overlap.act_at
    if isinstance(event, turns.TimePassed) and act_at is not None and now >= act_at:
        happened.append("moment came")
    _, actions = turns.step(before, event, now, policy)
    return (*happened, *(LABELS[type(a)] for a in actions if type(a) in LABELS))


def test_the_machine_takes_no_step_that_the_model_does_not() -> None:
    taken: set[str] = set()
    for may in SEARCHES.values():
        for step in explore(may):
            rules = labels(step.before, step.event, step.now, may.policy)
            taken.update(rules)
            assert follow(known(step.before), rules) == known(step.after), step.event
    assert taken == set(RULES) - {"rest"}, "a rule that the machine never takes"


@pytest.mark.parametrize(
    ("state", "rules"),
    [
        ((SPEAKING, FULL, False, False, False), ("begin",)),
        ((SPEAKING, HELD, False, True, False), ("moment came",)),
        ((SPEAKING, FULL, False, False, False), ("stop",)),
        ((SPEAKING, FULL, False, False, False), ("floor wanted", "drop")),
        ((NONE, FULL, False, False, True), ("begin", "speak")),
    ],
)
def test_steps_that_the_model_does_not_allow(state: Known, rules: tuple[str, ...]) -> None:
    assert isinstance(follow(state, rules), str)

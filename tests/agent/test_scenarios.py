"""The scorer of the simulated caller: each measure on calls that are known, right and wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agent.phone import Message
from agent.recording import Span
from agent.scenarios.metrics import (
    Event,
    Heard,
    Measure,
    Quiet,
    Said,
    cut_ins_per_turn,
    events,
    joined,
    latencies,
    rate,
)
from agent.scenarios.play import Played
from agent.scenarios.report import line, table
from agent.scenarios.score import score
from agent.scenarios.script import Kind, Scenario, Speech, ToolCall
from agent.scenarios.understanding import repeats, slots, tool_calls, words_lost

TURN, MM_HM, TIC, OTHER = Kind.TURN, Kind.BACKCHANNEL, Kind.TIC, Kind.OTHER


def heard(
    said: Sequence[tuple[Kind | Quiet, float, float]],
    agent: Sequence[tuple[float, float]],
    answers: Sequence[float] | None = (),
    ended: float = 30.0,
) -> Heard:
    return Heard(
        tuple(Said(kind, "something", start, end) for kind, start, end in said),
        tuple(Span(start, end) for start, end in agent),
        None if answers is None else tuple(answers),
        ended,
    )


def verdicts(call: Heard) -> list[tuple[Measure, bool]]:
    return [(event.measure, event.right) for event in events(call)]


CALLS = [
    ("answered", heard([(TURN, 1, 2)], [(2.5, 5)]), [(Measure.RESPONSE, True)]),
    ("never answered", heard([(TURN, 1, 2)], []), [(Measure.RESPONSE, False)]),
    (
        "answered only after the caller spoke again",
        heard([(TURN, 1, 2), (TURN, 8, 9)], [(9.5, 11)]),
        [(Measure.RESPONSE, False), (Measure.RESPONSE, True)],
    ),
    (
        "a cough in between is no turn of the caller's",
        heard([(TURN, 1, 2), (TIC, 2.2, 2.5)], [(3, 5)]),
        [(Measure.RESPONSE, True)],
    ),
    (
        "cut in and gave way: the turn still waits for its answer",
        heard([(TURN, 1, 5)], [(2, 2.6), (5.5, 7)]),
        [(Measure.CUT_IN, False), (Measure.RESPONSE, True)],
    ),
    (
        "cut in and talked on to the end of the turn",
        heard([(TURN, 1, 3)], [(2, 4)]),
        [(Measure.CUT_IN, False)],
    ),
    (
        "yielded and answered",
        heard([(TURN, 2, 3)], [(0, 2.4), (3.5, 5)], [3.4]),
        [(Measure.YIELD, True), (Measure.RESPONSE, True)],
    ),
    (
        "yielded, then said nothing",
        heard([(TURN, 2, 3)], [(0, 2.4)]),
        [(Measure.YIELD, True), (Measure.RESPONSE, False)],
    ),
    ("talked on", heard([(TURN, 2, 3)], [(0, 6)]), [(Measure.YIELD, False)]),
    (
        "paused at once, then went on: that is no yield",
        heard([(TURN, 2, 2.5)], [(0, 2.2), (3.0, 6)], [7.0]),
        [(Measure.YIELD, False)],
    ),
    (
        "paused, went on, fell silent in time",
        heard([(TURN, 2, 4)], [(0, 2.2), (2.9, 3.6), (5, 7)], [4.9]),
        [(Measure.CUT_IN, False), (Measure.YIELD, True), (Measure.RESPONSE, True)],
    ),
    (
        "an agent that tells nothing: what comes after the caller is the answer",
        heard([(TURN, 2, 3)], [(0, 2.4), (3.5, 5)], None),
        [(Measure.YIELD, True), (Measure.RESPONSE, True)],
    ),
    ("talked through", heard([(MM_HM, 2, 2.4)], [(0, 6)]), [(Measure.BACKCHANNEL, True)]),
    (
        "a hole of 280 ms is none",
        heard([(MM_HM, 2, 2.4)], [(0, 2.3), (2.58, 6)]),
        [(Measure.BACKCHANNEL, True)],
    ),
    (
        "a hole of 350 ms is heard, however soon it goes on",
        heard([(MM_HM, 2, 2.4)], [(0, 2.3), (2.65, 6)]),
        [(Measure.BACKCHANNEL, False)],
    ),
    (
        "a hole that begins a second later is its own",
        heard([(MM_HM, 2, 2.4)], [(0, 3.1), (4, 6)]),
        [(Measure.BACKCHANNEL, True)],
    ),
    ("no agent to talk through", heard([(MM_HM, 2, 2.4)], []), []),
    ("tic over the agent", heard([(TIC, 2, 2.4)], [(0, 6)]), [(Measure.TIC, True)]),
    ("stopped for a cough", heard([(TIC, 2, 2.4)], [(0, 2.5)]), [(Measure.TIC, False)]),
    ("a cough in silence", heard([(TIC, 2, 2.4)], [(4.5, 6)]), [(Measure.TIC, True)]),
    ("answered a cough", heard([(TIC, 2, 2.4)], [(4.3, 6)]), [(Measure.TIC, False)]),
    ("a voice behind", heard([(OTHER, 2, 4.5)], [(0, 6)]), [(Measure.OTHER, True)]),
    (
        "stopped for a voice behind, late but within it",
        heard([(OTHER, 2, 4.5)], [(0, 4.2)]),
        [(Measure.OTHER, False)],
    ),
    ("answered a voice behind", heard([(OTHER, 2, 3)], [(3.5, 6)]), [(Measure.OTHER, False)]),
    ("asked again", heard([(Quiet.REPROMPT, 2, 9)], [(8, 9)]), [(Measure.REPROMPT, True)]),
    ("left alone", heard([(Quiet.REPROMPT, 2, 14)], []), [(Measure.REPROMPT, False)]),
    ("waited", heard([(Quiet.PATIENCE, 2, 6)], [(0, 1)]), [(Measure.PATIENCE, True)]),
    ("did not wait", heard([(Quiet.PATIENCE, 2, 6)], [(5, 7)]), [(Measure.PATIENCE, False)]),
]


@pytest.mark.parametrize(("call", "expected"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS])
def test_events(call: Heard, expected: list[tuple[Measure, bool]]) -> None:
    assert verdicts(call) == expected


@pytest.mark.parametrize("measure", Measure)
def test_every_measure_can_fail_and_all_but_cutting_in_can_go_right(measure: Measure) -> None:
    seen = {verdict for _, call, _ in CALLS for verdict in verdicts(call)}
    assert (measure, False) in seen
    assert ((measure, True) in seen) == (measure is not Measure.CUT_IN)


def test_latencies_are_those_of_what_went_right() -> None:
    call = heard(
        [(TURN, 1, 2), (TURN, 6, 7), (TURN, 20, 21)], [(2.5, 6.4), (7.7, 9), (19, 25)], [2.4, 7.6]
    )
    found = events(call)
    assert latencies(found, Measure.RESPONSE) == pytest.approx([0.5, 0.7])
    assert latencies(found, Measure.YIELD) == pytest.approx([0.4])
    assert rate(found, Measure.YIELD).share == 0.5
    assert str(rate(found, Measure.YIELD)) == "0.50 (1 of 2)"


def test_interruptions_by_the_agent_are_counted_per_turn() -> None:
    found = events(heard([(TURN, 1, 5), (TURN, 9, 10)], [(2, 2.5), (3, 3.5), (5.5, 7), (11, 12)]))
    assert cut_ins_per_turn(found) == 1.0
    assert cut_ins_per_turn(()) is None


def test_nothing_has_no_rate() -> None:
    assert rate((), Measure.YIELD).share is None


def test_sounds_are_joined_over_short_silences_only() -> None:
    parts = [Span(0, 1), Span(1.3, 2), Span(2.4, 3)]
    assert joined(parts, 0.31) == [Span(0, 2), Span(2.4, 3)]


@pytest.mark.parametrize(
    ("said", "understood", "lost"),
    [
        ("a table for two", "A table for 2.", ()),
        ("at half past seven", "at half past 7", ()),
        ("my number is 555 0142", "My number is 555-0142.", ()),
        ("um, a table, uh, for two", "A table for two.", ()),
        ("a table for, um, two", "Um, a table for two.", ()),
        ("the kitchen opens at noon", "The kitchen opens at", ("noon",)),
        ("I want the window", "", ("i", "want", "the", "window")),
        ("I want the window", "I want the widow.", ()),  # misheard, not lost
        ("no no no", "No, no.", ("no",)),
    ],
)
def test_words_lost(said: str, understood: str, lost: tuple[str, ...]) -> None:
    assert words_lost(said, understood).lost == lost


def booking(**arguments: object) -> ToolCall:
    return ToolCall(name="book_table", arguments=arguments)


@pytest.mark.parametrize(
    ("wanted", "never", "text", "calls", "right"),
    [
        ({"day": "Wednesday"}, ("Tuesday",), "A table on Wednesday.", None, True),
        ({"day": "Wednesday"}, ("Tuesday",), "A table on Tuesday.", None, False),
        ({"day": "Wednesday"}, ("Tuesday",), "Wednesday, not Tuesday.", None, False),
        ({"day": "Wednesday"}, (), "A table for you.", None, False),
        ({"people": "6"}, (), "A table for six people.", None, True),
        ({"people": "6"}, (), "A table for sixty people.", None, False),
        ({"order": "KX49B"}, (), "Order K X 4 9 B is on its way.", None, True),
        ({"people": "6"}, ("5",), "Booked, not for five.", [booking(people=6)], True),
        ({"people": "6"}, ("5",), "A table for six.", [booking(people=5)], False),
        ({"people": "3"}, (), "", [booking(people=2), booking(people=3)], True),
    ],
)
def test_slots(
    wanted: dict[str, str],
    never: tuple[str, ...],
    text: str,
    calls: list[ToolCall] | None,
    right: bool,
) -> None:
    (check,) = slots(wanted, never, text, calls)
    assert check.right is right
    assert bool(check.why) is not right


@pytest.mark.parametrize(
    ("made", "right"),
    [
        ([booking(people=2, day="Friday")], True),
        ([booking(people="two", day="friday", time="8 pm")], True),
        ([booking(people=2, day="Monday")], False),
        ([booking(people=2)], False),
        ([ToolCall(name="order_status", arguments={"people": 2, "day": "Friday"})], False),
        ([booking(people=2, day="Friday")] * 2, False),
        ([], False),
    ],
)
def test_tool_calls(made: list[ToolCall], right: bool) -> None:
    assert tool_calls([booking(people=2, day="Friday")], made).right is right


def test_no_tool_may_be_called_where_none_is_wanted() -> None:
    assert tool_calls([], []).right
    assert not tool_calls([], [booking(people=2)]).right


def test_repeating_is_saying_most_of_it_again() -> None:
    assert repeats("I said that we open at noon.", "We open at noon.")
    assert not repeats("What can I do for you?", "We open at noon.")
    assert not repeats("We open at noon.", "")


def caption(who: str, text: str, turn: int, at: float, final: bool = True) -> Message:
    body = {"type": "caption", "who": who, "text": text, "final": final, "turn": turn}
    return Message(at, body)


def a_call(*, answer: str, understood: str, sounds: tuple[Span, ...]) -> Played:
    latency = {"type": "latency", "turn": 1, "endpointing": 0.2, "total": 0.5}
    return Played(
        said=[Said(TURN, "a table on Friday", 1.0, 2.0)],
        sounds=sounds,
        messages=(
            caption("agent", "Hello.", 0, 0.5),
            caption("caller", understood, 1, 2.4),
            Message(2.4, latency),
            caption("agent", answer, 1, 3.0, final=False),
        ),
        began=0.0,
        ended=10.0,
    )


ASKED = Scenario(
    name="friday",
    steps=(Speech(say="a table on Friday", answer="booked|table"),),
    slots={"day": "Friday"},
    calls=(ToolCall(name="book_table", arguments={"day": "Friday"}),),
    group="made up",
)


def test_a_scenario_passes() -> None:
    played = a_call(
        answer="A table on Friday.", understood="A table on Friday.", sounds=(Span(2.5, 4.0),)
    )
    result = score(ASKED, played, [booking(day="Friday")])
    assert result.failures == []
    assert result.parts == {"endpointing": [0.2], "total": [0.5]}
    assert line(result).startswith("pass")
    without_tools = score(ASKED, played, None)
    assert without_tools.calls is None and without_tools.failures == []


def test_a_scenario_fails_for_every_reason_there_is() -> None:
    played = a_call(answer="Hello.", understood="A", sounds=())
    result = score(ASKED, played, [])
    assert [why.split(" ")[0] for why in result.failures] == [
        "no", "day", "the", "tool", "words"
    ]  # fmt: skip
    assert line(result).startswith("FAIL")


def test_what_could_not_be_said_over_the_agent_proves_nothing() -> None:
    played = a_call(
        answer="A table on Friday.", understood="A table on Friday.", sounds=(Span(2.5, 4.0),)
    )
    played.too_late.append("mm-hm")
    result = score(ASKED, played, [booking(day="Friday")])
    assert line(result).startswith("void")
    assert table([result])[-1].endswith("-, 1 void")


def test_the_table_has_every_measure() -> None:
    good = a_call(
        answer="A table on Friday.", understood="A table on Friday.", sounds=(Span(2.5, 4.0),)
    )
    bad = a_call(answer="Hello.", understood="", sounds=())
    text = "\n".join(table([score(ASKED, good, None), score(ASKED, bad, None)]))
    for told in (
        "response rate                    0.50 (1 of 2)",
        "response latency, ms             p50 500",
        "words lost                       0.50 (4 of 8)",
        "slots right                      0.50 (1 of 2)",
        "tool calls right                 - (no tools loaded)",
        "scenarios passed                 0.50 (1 of 2), 0 void",
    ):
        assert told in text


def test_events_tell_why_only_where_something_is_wrong() -> None:
    wrong: list[Event] = [e for _, call, _ in CALLS for e in events(call) if not e.right]
    assert all(event.why for event in wrong)

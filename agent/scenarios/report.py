"""What a run is told as: a line a scenario, and the table of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.bench import row
from agent.scenarios.metrics import (
    Measure,
    Rate,
    cut_ins_per_turn,
    latencies,
    percentile,
    rate,
)
from agent.scenarios.score import Result
from agent.scenarios.understanding import Check

_RATES = (
    ("response rate", Measure.RESPONSE),
    ("yield rate", Measure.YIELD),
    ("talk-through: backchannels", Measure.BACKCHANNEL),
    ("talk-through: vocal tics", Measure.TIC),
    ("talk-through: other speech", Measure.OTHER),
    ("asks again after a silence", Measure.REPROMPT),
    ("waits when asked to", Measure.PATIENCE),
)


def line(result: Result) -> str:
    """One scenario in one line: pass, FAIL or void, and why."""
    name = f"{result.scenario.group}: {result.scenario.name}"
    why = "; ".join(result.failures)
    verdict = "FAIL" if why else "pass"
    if not why and result.too_late:
        verdict, why = "void", f"the agent was silent before {', '.join(result.too_late)!r}"
    return f"{verdict}  {result.seconds:5.1f} s  {name}{'  --  ' + why if why else ''}"


def table(results: Sequence[Result]) -> list[str]:
    """The measures over all scenarios, a line each."""
    found = [event for result in results for event in result.events]
    lines = [f"{name:32} {rate(found, measure)}" for name, measure in _RATES]
    for name, measure in (("response", Measure.RESPONSE), ("yield", Measure.YIELD)):
        values = latencies(found, measure)
        lines.append(f"{name + ' latency, ms':32} {_milliseconds(values)}")
    cut_ins = cut_ins_per_turn(found)
    told = "-" if cut_ins is None else f"{cut_ins:.2f}"
    lines.append(f"{'agent interruptions per turn':32} {told}")
    said = sum(result.words.said for result in results)
    lost = sum(len(result.words.lost) for result in results)
    lines.append(f"{'words lost':32} {Rate(lost, said)}")
    lines.append(f"{'slots right':32} {_right(c for r in results for c in r.slots)}")
    calls = [result.calls for result in results if result.calls]
    lines.append(f"{'tool calls right':32} {_right(calls) if calls else '- (no tools loaded)'}")
    passed = sum(not result.failures and not result.too_late for result in results)
    void = sum(not result.failures and bool(result.too_late) for result in results)
    lines.append(f"{'scenarios passed':32} {Rate(passed, len(results) - void)}, {void} void")
    return lines


def show(results: Sequence[Result]) -> None:
    """Prints the table, the silence before answers, and what it is made of."""
    print()
    for told in table(results):
        print(told)
    found = [event for result in results for event in result.events]
    row("voice to voice, ms", latencies(found, Measure.RESPONSE))
    for part in dict.fromkeys(part for result in results for part in result.parts):
        values = [value for result in results for value in result.parts.get(part, ())]
        row(f"  of it at the agent: {part}", values)


def _milliseconds(values: Sequence[float]) -> str:
    middle, most = percentile(values, 50), percentile(values, 95)
    if middle is None or most is None:
        return "-"
    mean = sum(values) / len(values)
    return f"p50 {1000 * middle:.0f}   p95 {1000 * most:.0f}   mean {1000 * mean:.0f}"


def _right(checks: Iterable[Check]) -> Rate:
    right = [check.right for check in checks]
    return Rate(sum(right), len(right))

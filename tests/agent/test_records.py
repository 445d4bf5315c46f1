"""The parts of a turn's silence add up to what the caller heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from agent.records import Milestones, TurnMetrics, TurnRecord

moments = st.floats(0.0, 100.0)


@given(st.tuples(*[moments] * 7))
def test_parts_add_up_to_the_silence(times: tuple[float, ...]) -> None:
    record = TurnRecord.of(3, Milestones(*times))
    assert record.total == pytest.approx(max(times) - times[0])
    assert all(part >= 0 for part in record.parts.values())


def test_work_done_ahead_costs_nothing() -> None:
    record = TurnRecord.of(1, Milestones(1.0, 1.2, 1.5, 1.3, 1.4, 1.45, 1.52))
    assert record.parts == pytest.approx(
        {
            "transcript": 0.2,
            "endpointing": 0.3,
            "first_token": 0.0,
            "first_clause": 0.0,
            "first_audio": 0.0,
            "sent": 0.02,
        }
    )


def test_prometheus_sees_turns_and_replies() -> None:
    registry = CollectorRegistry()
    metrics = TurnMetrics(registry)
    metrics.turn(TurnRecord.of(1, Milestones(0.0, 0.1, 0.4, 0.5, 0.6, 0.7, 0.72)))
    metrics.reply_ended("heard")
    text = generate_latest(registry).decode()
    assert "parley_turn_silence_seconds_sum 0.72" in text
    assert 'parley_replies_total{end="heard"} 1.0' in text

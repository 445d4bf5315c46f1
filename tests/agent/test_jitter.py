"""Order without delay: packets in order pass at once, gaps wait, lost time is made up."""

from __future__ import annotations

import numpy as np
import pytest
from aiortc import RTCPeerConnection
from hypothesis import given
from hypothesis import strategies as st

from agent.jitter import CALM_PACKETS, MAX_PATIENCE, MIN_PATIENCE, JitterBuffer, Packet, divert
from agent.opus import CLOCK_RATE, FRAME_TICKS, Encoder
from agent.track import Ear


def packet(sequence: int, payload: bytes = b"x") -> Packet:
    return Packet(sequence & 0xFFFF, (sequence * FRAME_TICKS) & 0xFFFFFFFF, payload)


def received(arrivals: list[int]) -> list[int]:
    buffer = JitterBuffer()
    return [out.sequence for sequence in arrivals for out in buffer.push(packet(sequence))]


def test_packets_in_order_pass_at_once() -> None:
    buffer = JitterBuffer()
    for sequence in range(70_000):  # twice round the 16 bits
        out = buffer.push(packet(sequence))
        assert [p.sequence for p in out] == [sequence & 0xFFFF]
    assert buffer.lost == buffer.late == 0


def test_two_packets_that_changed_places_are_put_right() -> None:
    assert received([0, 1, 3, 2, 4]) == [0, 1, 2, 3, 4]


def test_order_is_restored_where_sequence_numbers_wrap() -> None:
    assert received([65534, 0, 65535, 1]) == [65534, 65535, 0, 1]


def test_a_duplicate_is_dropped_and_teaches_nothing() -> None:
    buffer = JitterBuffer()
    out = [p.sequence for s in (0, 1, 1, 0, 2) for p in buffer.push(packet(s))]
    assert out == [0, 1, 2]
    assert (buffer.lost, buffer.late, buffer.patience) == (0, 0, MIN_PATIENCE)


def test_a_lost_packet_holds_up_no_more_than_patience_allows() -> None:
    buffer = JitterBuffer()
    buffer.push(packet(0))
    held = [buffer.push(packet(s)) for s in range(2, 2 + MIN_PATIENCE)]
    assert held[:-1] == [[]] * (MIN_PATIENCE - 1)
    out = held[-1] + buffer.push(packet(2 + MIN_PATIENCE))
    assert [p.sequence for p in out] == list(range(2, 3 + MIN_PATIENCE))
    assert buffer.lost == 1


def test_patience_grows_with_packets_that_come_too_late_and_shrinks_in_calm() -> None:
    buffer = JitterBuffer()
    arrivals = [0, 2, 3, 4, 5, 1, 6]
    for sequence in arrivals:
        buffer.push(packet(sequence))
    assert buffer.late == 1
    assert MIN_PATIENCE < buffer.patience <= MAX_PATIENCE
    for sequence in range(7, 7 + MAX_PATIENCE * CALM_PACKETS):
        buffer.push(packet(sequence))
    assert buffer.patience == MIN_PATIENCE


def test_a_stream_that_starts_anew_is_followed() -> None:
    assert received([100, 101, 30_000, 30_001]) == [100, 101, 30_000, 30_001]


@given(st.randoms(use_true_random=False), st.floats(0, 0.4), st.integers(0, 6))
def test_whatever_the_network_does_packets_come_out_once_and_in_order(
    random: object, loss: float, scatter: int
) -> None:
    draw = np.random.default_rng(random.getrandbits(32))  # type: ignore[attr-defined]
    kept = [s for s in range(300) if s == 0 or draw.random() >= loss]
    arrivals = sorted(kept, key=lambda s: s + (draw.random() * scatter if s else 0))
    out = received(arrivals)
    assert out == sorted(set(out))
    assert set(out) <= set(kept)


def tone(seconds: float) -> np.ndarray:
    at = np.arange(round(seconds * CLOCK_RATE)) / CLOCK_RATE
    return (8000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)


def packets_of(samples: np.ndarray) -> list[Packet]:
    encoder = Encoder(CLOCK_RATE)
    frames = samples[: len(samples) // FRAME_TICKS * FRAME_TICKS].reshape(-1, FRAME_TICKS)
    return [packet(n, encoder.encode(frame)) for n, frame in enumerate(frames)]


def heard(packets: list[Packet]) -> tuple[np.ndarray, Ear]:
    pieces: list[np.ndarray] = []
    ear = Ear(pieces.append)
    for each in packets:
        ear.push(each)
    return np.concatenate(pieces), ear


def test_lost_packets_are_concealed_and_time_does_not_shrink() -> None:
    packets = packets_of(tone(1.0))
    whole, _ = heard(packets)
    some, ear = heard([p for n, p in enumerate(packets) if n not in (20, 30, 31)])
    assert len(some) == len(whole)
    assert ear.concealed == 3 * FRAME_TICKS
    lost = some[20 * FRAME_TICKS : 21 * FRAME_TICKS].astype(float)
    assert np.sqrt(np.mean(lost**2)) > 3000  # concealed as sound, not as a hole


def test_a_long_gap_keeps_its_time_as_silence() -> None:
    packets = packets_of(tone(2.0))
    gone = range(20, 80)
    some, _ = heard([p for n, p in enumerate(packets) if n not in gone])
    assert len(some) == len(packets) * FRAME_TICKS
    middle = some[40 * FRAME_TICKS : 70 * FRAME_TICKS]
    assert not middle.any()


def test_a_sender_that_falls_silent_keeps_its_time() -> None:
    """Discontinuous transmission: sequence numbers go on, timestamps jump."""
    first, second = packets_of(tone(0.2)), packets_of(tone(0.2))
    later = [Packet(10 + p.sequence, p.timestamp + 30 * FRAME_TICKS, p.payload) for p in second]
    some, _ = heard(first + later)
    assert len(some) == 40 * FRAME_TICKS


def test_a_broken_packet_costs_its_own_time_only() -> None:
    packets = packets_of(tone(0.4))
    packets[10] = Packet(10, packets[10].timestamp, b"\xff\xff\xff")
    some, _ = heard(packets)
    assert len(some) == len(packets) * FRAME_TICKS


def test_an_unknown_aiortc_is_refused_in_words() -> None:
    with pytest.raises(RuntimeError, match="aiortc"):
        divert(object(), lambda _: None)  # type: ignore[arg-type]


async def test_the_aiortc_that_is_installed_can_be_diverted() -> None:
    connection = RTCPeerConnection()
    divert(connection.addTransceiver("audio").receiver, lambda _: None)
    await connection.close()

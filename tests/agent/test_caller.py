"""The caller that measures: its measures on sound that is known, and whole calls."""

from __future__ import annotations

import socket

import numpy as np
import pytest
from agents import answer_with_tone, listen_only, running_agent, say, tone

from agent.caller import Patience, Utterance, call, turns_of
from agent.line import Line
from agent.phone import SPEECH_RATE, CallFailed, answer_among, dial
from agent.recording import Recording, Span, levels, sound_blocks, speech_span

HURRIED = Patience(greeting=0.1, answer=3.0, pause=0.4)


def clip(seconds: float = 0.4) -> np.ndarray:
    """Quiet noise, a tone, quiet noise, as a recording has them."""
    noise = np.random.default_rng(3).integers(-8, 9, SPEECH_RATE // 4).astype(np.int16)
    return np.concatenate([noise, tone(seconds, SPEECH_RATE, 300), noise])


def test_levels_are_dbfs_of_whole_blocks() -> None:
    samples = np.concatenate([np.full(160, 32767, np.int16), np.zeros(230, np.int16)])
    assert levels(samples, 16_000) == pytest.approx([0.0, -80.0], abs=0.01)


def test_speech_is_what_stands_out_of_the_noise_floor() -> None:
    rng = np.random.default_rng(5)
    noise = rng.integers(-300, 301, 16_000).astype(np.int16)  # about -45 dBFS
    samples = noise.copy()
    samples[4000:9600] += tone(0.35, 16_000)
    assert speech_span(samples, 16_000) == (4000, 9600)


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(16_000, np.int16)])
def test_nothing_has_no_speech(samples: np.ndarray) -> None:
    assert speech_span(samples, 16_000) is None


def test_sounds_begin_with_30_ms_and_end_before_200_ms_of_quiet() -> None:
    level = np.full(200, -70.0)
    level[10:12] = -20  # a click of 20 ms is none
    level[50:60] = -20
    level[75:80] = -20  # 150 ms later: the same sound
    level[120:123] = -44
    assert sound_blocks(level) == [(50, 80), (120, 123)]
    assert sound_blocks(np.full(2, -10.0)) == []


def test_a_recording_knows_when_each_sample_was_heard() -> None:
    recording = Recording(48_000)
    recording.add(np.zeros(960, np.int16), 10.0)
    recording.add(tone(0.1, 48_000), 11.0)  # after a hole in time
    recording.add(np.zeros(960, np.int16), 11.1)
    assert recording.time_of(0) == 10.0
    assert recording.time_of(959) == pytest.approx(10.02, abs=1e-4)
    assert recording.time_of(960) == 11.0
    (sound,) = recording.sounds()
    assert (sound.start, sound.end) == pytest.approx((11.0, 11.1), abs=1e-3)
    assert recording.sounds(after=11.2) == []


def test_pieces_of_any_length_measure_the_same() -> None:
    samples = np.concatenate([np.zeros(4800, np.int16), tone(0.2, 48_000)])
    whole, parts = Recording(48_000), Recording(48_000)
    whole.add(samples, 5.0)
    for start in range(0, len(samples), 331):
        parts.add(samples[start : start + 331], 5.0 + start / 48_000)
    (ours,), (theirs,) = parts.sounds(), whole.sounds()
    assert (ours.start, ours.end) == pytest.approx((theirs.start, theirs.end), abs=1e-6)
    np.testing.assert_array_equal(parts.samples, samples)


def test_an_answer_begins_after_the_caller_and_is_heard_after_the_caller() -> None:
    said = Span(10.0, 12.0)
    before, inside, late = Span(8.0, 10.5), Span(10.6, 11.5), Span(12.7, 14.0)
    assert answer_among([before, inside, late], said) == late
    assert answer_among([before, inside], said) is None


def test_turns_know_their_silence_and_who_was_spoken_over() -> None:
    spoken = [Span(1.0, 2.0), Span(3.5, 4.0), Span(9.0, 9.5)]
    sounds = [Span(2.6, 3.8), Span(4.9, 6.0)]
    first, second, third = turns_of(["a", "b", "c"], spoken, sounds)
    assert first.voice_to_voice == pytest.approx(0.6)
    assert first.barge_in is None
    assert second.barge_in == pytest.approx(0.3)
    assert second.voice_to_voice == pytest.approx(0.9)
    assert third.voice_to_voice is None


async def test_a_call_takes_turns_and_times_them() -> None:
    async with running_agent(answer_with_tone) as agent:
        report = await call(
            agent.url, [Utterance("one", clip()), Utterance("two", clip())], HURRIED
        )
    assert [turn.name for turn in report.turns] == ["one", "two"]
    for turn in report.turns:
        # The conversation waits for 200 ms of silence; the rest is the way there and back.
        assert turn.voice_to_voice is not None and turn.voice_to_voice > 0.2
    assert report.connect_seconds > 0
    assert not report.ended_by_agent


async def test_a_caller_can_speak_over_the_answer() -> None:
    async with running_agent(answer_with_tone) as agent:
        report = await call(
            agent.url,
            [Utterance("one", clip()), Utterance("over it", clip(), interrupt_after=0.2)],
            HURRIED,
        )
    second = report.turns[1]
    assert second.silenced is not None and second.answered is not None
    assert second.spoken.start < second.silenced < second.answered


async def test_a_greeting_is_heard_out_first() -> None:
    async def converse(line: Line) -> None:
        say(line, tone(0.3))
        await answer_with_tone(line)

    async with running_agent(converse) as agent:
        report = await call(agent.url, [Utterance("one", clip())], HURRIED)
    greeting, _ = report.heard.sounds()
    assert greeting.end < report.turns[0].spoken.start


async def test_an_agent_that_hangs_up_ends_the_call_and_keeps_its_turns() -> None:
    async def converse(line: Line) -> None:
        async for frame in line.listen():
            if np.abs(np.frombuffer(frame.data, np.int16)).max() > 2000:
                return

    async with running_agent(converse) as agent:
        report = await call(agent.url, [Utterance("one", clip(1.0))] * 2, HURRIED)
    assert report.ended_by_agent
    assert report.turns == ()
    assert report.messages[-1].body["type"] == "bye"


async def test_a_clip_that_is_equally_loud_throughout_is_speech_from_end_to_end() -> None:
    async with running_agent(listen_only) as agent, dial(agent.url) as phone:
        spoken = await phone.say(np.zeros(4800, np.int16))
        assert spoken.end - spoken.start > 0.29


async def test_nobody_there_is_one_sentence() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(CallFailed, match="No agent answers"):
        await call(url, [])


async def test_no_address_is_one_sentence() -> None:
    with pytest.raises(CallFailed, match="no address"):
        await call("parley", [])


async def test_a_busy_agent_is_heard_in_its_own_words() -> None:
    async with running_agent(listen_only, capacity=1) as agent, dial(agent.url):
        with pytest.raises(CallFailed, match="busy"):
            await call(agent.url, [])

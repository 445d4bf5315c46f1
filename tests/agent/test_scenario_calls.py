"""The simulated caller's scenarios, its sounds, and its calls with agents that are known."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from agents import answer_with_tone, listen_only, running_agent, say, tone

from agent.line import CALLER_RATE, Line
from agent.scenarios import acoustics, sounds
from agent.scenarios.clips import Clip, Studio
from agent.scenarios.kokoro import Callers
from agent.scenarios.metrics import Heard, Measure, events
from agent.scenarios.play import Played, play
from agent.scenarios.script import FOLDER, Kind, Scenario, ScenarioError, Silence, Speech, read


def test_the_scenarios_that_come_with_it_can_be_read_and_are_well_mixed() -> None:
    scenarios = read(sorted(FOLDER.glob("*.yaml")))
    assert len(scenarios) >= 60
    spoken = [step for s in scenarios for step in s.steps if isinstance(step, Speech)]
    over = [step for step in spoken if step.over is not None]
    for kind in Kind:
        assert sum(step.kind is kind for step in over) >= 4, kind
    assert sum(bool(step.play) for step in spoken) >= 15
    assert len({step.voice or s.voice for s in scenarios for step in s.steps if step in spoken}) > 4
    assert sum(s.room != "" for s in scenarios) >= 3
    assert sum(s.line == "phone" for s in scenarios) >= 3
    assert sum(bool(s.slots) for s in scenarios) >= 8


def test_every_recording_that_is_named_is_there(shared: Path) -> None:
    for scenario in read(sorted(FOLDER.glob("*.yaml"))):
        named = [s.play for s in scenario.steps if isinstance(s, Speech) and s.play]
        named += [scenario.room] if scenario.room else []
        named += [scenario.noise.file] if scenario.noise else []
        for name in named:
            assert (shared / "speech" / name).is_file(), name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {name: a, steps: [{say: Hello, ovr: 1}]}", "ovr"),
        ("- {name: a, steps: []}", "at least 1"),
        ("- [", "no YAML"),
        ("- {name: a, steps: [{say: Hi}]}\n- {name: a, steps: [{say: Hi}]}", "Two scenarios"),
    ],
)
def test_a_scenario_that_means_nothing_is_one_sentence(
    tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError, match=told):
        read([file])


def test_a_recording_is_brought_to_the_level_of_speech(data: Path, tmp_path: Path) -> None:
    studio = Studio(data, Callers(tmp_path, tmp_path))
    step = Speech(play="dog_or_cat.flac")
    loud = studio.clip(Scenario(name="a", steps=(step,)), step)
    quiet_step = step.model_copy(update={"level": -16.0})
    quiet = studio.clip(Scenario(name="b", steps=(quiet_step,)), quiet_step)
    first, last = loud.speech
    assert 0 <= first < last <= len(loud.samples)
    level = rms(loud.samples[first:last])
    assert level - rms(quiet.samples[first:last]) == pytest.approx(16, abs=0.2)
    assert -30 < level < -20


def rms(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean((samples / 32768.0) ** 2)) + 1e-9))


def test_a_room_adds_its_decay_and_no_delay() -> None:
    click = np.zeros(1600, np.float32)
    click[400] = 0.5
    impulse = np.concatenate([np.zeros(80), np.exp(-np.arange(800) / 200.0)]).astype(np.float32)
    wet = acoustics.in_room(click, impulse)
    assert int(np.abs(wet).argmax()) == 400
    assert len(wet) == 1600 + 800 - 1
    assert np.abs(wet[:390]).max() < 1e-4


def test_a_telephone_passes_300_to_3400_hz_only() -> None:
    time = np.arange(16_000) / 16_000
    for frequency, kept in ((100, False), (1000, True), (3000, True), (5000, False)):
        tone = (0.3 * np.sin(2 * np.pi * frequency * time)).astype(np.float32)
        passed = acoustics.by_phone(tone)[2000:-2000]
        assert bool(np.sqrt(np.mean(passed**2)) > 0.15) is kept, frequency


def test_mu_law_errs_by_a_share_of_the_sample() -> None:
    samples = np.array([0, 40, 400, 4000, 30000, -30000], np.int16)
    coded = acoustics.mu_law(samples)
    assert np.abs(coded - samples.astype(int)).max() < 0.06 * 30000
    assert coded[0] == 0 and abs(int(coded[3]) - 4000) < 200


def test_surroundings_go_on_between_blocks_and_over_their_end() -> None:
    noise = (np.arange(100) / 1000).astype(np.float32)
    add = acoustics.surroundings(noise, phone=False)
    out = np.concatenate([add(np.zeros(30, np.int16)) for _ in range(5)])
    whole = acoustics.surroundings(noise, phone=False)(np.zeros(150, np.int16))
    np.testing.assert_array_equal(out, whole)
    np.testing.assert_array_equal(out[:50], out[100:])


@pytest.mark.parametrize("name", sounds.SOUNDS)
def test_sounds_are_short_audible_and_the_same_each_time(name: str) -> None:
    made = sounds.made(name, "am_michael")
    assert 0.3 < len(made) / 16_000 < 1.2
    assert np.isfinite(made).all() and np.abs(made).max() == pytest.approx(0.5)
    np.testing.assert_array_equal(made, sounds.made(name, "am_michael"))
    assert not np.array_equal(made, sounds.made(name, "af_bella")) or name == "cough"


def clip(seconds: float = 0.3) -> Clip:
    """A loud tone: speech from end to end."""
    samples = tone(seconds, CALLER_RATE, 300)
    return Clip(samples, (0, len(samples)))


async def played(agent_url: str, *steps: Speech | Silence, greeting: str = "none") -> Played:
    scenario = Scenario.model_validate({"name": "a", "steps": steps, "greeting": greeting})
    clips = {step: clip() for step in steps if isinstance(step, Speech)}
    quiet = acoustics.surroundings(np.zeros(100, np.float32), phone=False)
    return await play(agent_url, scenario, clips, quiet)


def verdicts(call: Played) -> list[tuple[Measure, bool]]:
    heard = Heard(tuple(call.said), call.sounds, None, call.ended)
    return [(event.measure, event.right) for event in events(heard)]


async def talks_through(line: Line) -> None:
    """Says seven seconds of tone, whatever it hears."""
    say(line, tone(7.0))
    await listen_only(line)


async def stops_for_anything(line: Line) -> None:
    """Says seven seconds of tone, and stops at the first loud sound."""
    say(line, tone(7.0))
    async for frame in line.listen():
        if np.abs(np.frombuffer(frame.data, np.int16)).max() > 2000:
            line.playout.stop()


TURN = Speech(say="one")


async def test_a_turn_is_answered() -> None:
    async with running_agent(answer_with_tone) as agent:
        call = await played(agent.url, TURN, Speech(say="two"))
    assert verdicts(call) == [(Measure.RESPONSE, True)] * 2
    assert [said.text for said in call.said] == ["one", "two"]


async def test_a_turn_is_not_answered() -> None:
    async with running_agent(listen_only) as agent:
        call = await played(agent.url, Speech(say="one", tolerance=0.5))
    assert verdicts(call) == [(Measure.RESPONSE, False)]


@pytest.mark.parametrize(
    ("agent_of_a_kind", "right"), [(talks_through, True), (stops_for_anything, False)]
)
async def test_a_backchannel_is_said_over_the_agent(agent_of_a_kind, right: bool) -> None:  # type: ignore[no-untyped-def]
    step = Speech(sound="mm-hm", kind=Kind.BACKCHANNEL, over=0.5)
    async with running_agent(agent_of_a_kind) as agent:
        call = await played(agent.url, step, greeting="announcement")
    assert verdicts(call) == [(Measure.BACKCHANNEL, right)]
    (said,) = call.said
    assert call.sounds[0].start + 0.5 <= said.start < call.sounds[-1].end


@pytest.mark.parametrize(
    ("agent_of_a_kind", "right"), [(talks_through, False), (stops_for_anything, True)]
)
async def test_an_interruption_is_said_over_the_agent(agent_of_a_kind, right: bool) -> None:  # type: ignore[no-untyped-def]
    async with running_agent(agent_of_a_kind) as agent:
        step = Speech(say="wait", over=0.5, tolerance=0.5)
        call = await played(agent.url, step, greeting="announcement")
    assert verdicts(call)[0] == (Measure.YIELD, right)


async def test_nothing_is_said_over_an_agent_that_is_silent_by_then() -> None:
    step = Speech(say="yeah", kind=Kind.BACKCHANNEL, over=1.5)
    async with running_agent(answer_with_tone) as agent:
        call = await played(agent.url, TURN, step)
    assert call.too_late == ["yeah"]
    assert len(call.said) == 1


async def test_silence_lasts_until_the_agent_speaks() -> None:
    async def asks_again(line: Line) -> None:
        talk = asyncio.get_running_loop().call_later(1.5, say, line, tone(0.5))
        await listen_only(line)
        talk.cancel()

    async with running_agent(asks_again) as agent:
        call = await played(agent.url, Silence(silence=8.0, expect="reprompt"))
    assert verdicts(call) == [(Measure.REPROMPT, True)]
    assert call.said[0].end - call.said[0].start < 8.0


async def test_an_agent_that_hangs_up_ends_the_scenario() -> None:
    async def hangs_up(line: Line) -> None:
        async for frame in line.listen():
            if np.abs(np.frombuffer(frame.data, np.int16)).max() > 2000:
                return

    async with running_agent(hangs_up) as agent:
        call = await played(agent.url, TURN, Speech(say="two"))
    assert call.hung_up
    assert len(call.said) <= 1

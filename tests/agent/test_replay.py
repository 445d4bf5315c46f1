"""A logged call decided on again: the same under its own settings, otherwise under others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.cli import main
from agent.replay import read, rerun
from dialogue.turns import (
    CallStarted,
    Event,
    FinalWords,
    InterimWords,
    PauseWords,
    Policy,
    SpeechFinished,
    SpeechReached,
    SpeechStarted,
    State,
    StopReply,
    TimePassed,
    TurnSettings,
    VoiceStarted,
    VoiceStopped,
    due,
    step,
)
from dialogue.turns.log import Entry, Log, head, lines, parse

WORDS = TurnSettings(end_of_turn="words", complete_wait=0.4)

CALL: tuple[tuple[float, Event], ...] = (
    (0.0, CallStarted("Hello?")),
    (0.2, SpeechStarted(1)),
    (0.6, SpeechReached(1, 1, True, "Hello?")),
    (0.7, SpeechFinished(1)),
    (1.1, VoiceStarted(1.0, -30.0)),
    (2.15, VoiceStopped(2.0, -30.0)),
    (2.3, PauseWords("What time is it?")),
    (2.5, FinalWords("What time is it?", ((1.0, 1.3), (1.3, 1.6), (1.6, 1.8), (1.8, 2.0)))),
    (2.6, SpeechStarted(2)),
    (3.0, SpeechReached(2, 1, False, "Nearly")),
    (3.12, VoiceStarted(3.0, -30.0)),
    (3.44, VoiceStopped(3.3, -30.0)),
    (3.6, PauseWords("Mm-hm.")),
    (3.65, FinalWords("Mm-hm.", ((3.0, 3.3),))),
    (4.0, SpeechReached(2, 2, False, "noon,")),
    (5.12, VoiceStarted(5.0, -30.0)),
    (5.6, InterimWords("No, wait")),
    (6.0, VoiceStopped(5.9, -30.0)),
    (6.2, PauseWords("No, wait a minute.")),
    (6.5, FinalWords("No, wait a minute.")),
)


def logged(settings: TurnSettings, events: Sequence[tuple[float, Event]] = CALL) -> Log:
    """The log that a session would write of these events."""
    policy, state, entries = Policy.of(settings), State(), []
    for time, event in events:
        while (wake := due(state)) is not None and wake <= time:
            state, actions = step(state, TimePassed(), wake, policy)
            entries.append(Entry(wake, TimePassed(), actions))
        state, actions = step(state, event, time, policy)
        entries.append(Entry(time, event, actions))
    return Log(settings, tuple(entries))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    log = logged(WORDS)
    path = tmp_path / "call.jsonl"
    text = [head(log.settings), *(line for entry in log.entries for line in lines(entry))]
    path.write_text("\n".join(text) + "\n")
    return path


def test_a_log_says_all_that_was_told_and_decided(file: Path) -> None:
    assert read(file) == logged(WORDS)


def test_the_same_settings_decide_the_same() -> None:
    log = logged(WORDS)
    again = rerun(log, Policy.of(log.settings))
    decided = [(e.time, a) for e in log.entries for a in e.actions]
    assert [(e.time, a) for e in again for a in e.actions][: len(decided)] == decided


def test_a_more_patient_agent_answers_later_and_its_speech_moves_with_it() -> None:
    log = logged(WORDS)
    again = rerun(log, Policy.of(WORDS.model_copy(update={"complete_wait": 0.9})))
    heard = [e.time for e in again if isinstance(e.event, SpeechStarted)]
    assert heard[0] == pytest.approx(0.2) and heard[1] > 2.9


def test_the_timeline_is_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(file)]) == 0
    out = capsys.readouterr().out.splitlines()
    ducked = next(line for line in out if "DuckReply" in line)
    assert ducked.split()[:2] == ["3.120", "VoiceStarted"]


def test_other_settings_show_where_they_part(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rude = '[turns]\nend_of_turn = "words"\ncomplete_wait = 0.4\ninterruption = "voice"\n'
    (tmp_path / "rude.toml").write_text(rude)
    assert main(["replay", str(file), "--config", str(tmp_path / "rude.toml")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert any(line.startswith("-") and "Acknowledge text='Mm-hm.'" in line for line in out)
    assert any(line.startswith("+") and "StopReply" in line for line in out)
    yields = [e for e in read(file).entries if any(isinstance(a, StopReply) for a in e.actions)]
    assert [entry.time for entry in yields] == [5.6]


def test_the_picture_is_drawn(file: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the picture extra is not installed")
    picture = tmp_path / "call.png"
    assert main(["replay", str(file), "--picture", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("{}\n", "line 1 is not"),
        ("no json\n", "line 1 is not"),
        (head(WORDS) + '\n{"t": 1.0, "event": "Nothing"}\n', "line 2 is not"),
        (head(WORDS) + '\n{"t": 1.0, "action": "HangUp"}\n', "line 2 is not"),
    ],
)
def test_what_is_no_log_is_refused_in_a_sentence(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "call.jsonl"
    path.write_text(text)
    assert main(["replay", str(path)]) == 1
    err = capsys.readouterr().err
    assert err.startswith("parley: ") and said in err and len(err.splitlines()) == 1


def test_every_event_and_action_survives_the_log() -> None:
    log = logged(WORDS)
    text = [head(log.settings), *(line for entry in log.entries for line in lines(entry))]
    assert parse(text) == log

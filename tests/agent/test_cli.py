"""The command line as a person meets it: help, results, refusals, Ctrl-C."""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

from agent.audio import read_audio
from agent.cli import COMMANDS, main
from agent.models import ModelStore

PARLEY = [sys.executable, "-m", "agent.cli"]


@pytest.fixture(autouse=True)
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a config.toml, and no settings from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("PARLEY_CONFIG", "PARLEY_MODELS", "PARLEY_DEBUG"):
        monkeypatch.delenv(name, raising=False)


def refusal(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> str:
    """Runs a command that is refused; returns the one sentence it prints."""
    assert main(words) == code
    out = capsys.readouterr()
    assert out.err.startswith("parley: ")
    assert len(out.err.splitlines()) == 1
    return out.err.removeprefix("parley: ")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main([*command.split(), "--help"])
    assert done.value.code == 0
    assert f"\n  parley {command}" in capsys.readouterr().out.partition("examples:")[2]


def test_light_commands_import_nothing_heavy(models: ModelStore) -> None:
    check = (
        "import sys; from agent.cli import main; assert main(['models', 'list']) == 0; "
        "heavy = {'torch', 'livekit', 'numpy', 'httpx', 'aiohttp'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", check], check=True, stdout=subprocess.DEVNULL)


def test_unknown_command_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as done:
        main(["sing"])
    assert done.value.code == 2
    assert "invalid choice: 'sing'" in capsys.readouterr().err


def test_config_tells_where_a_setting_came_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_MODELS", str(tmp_path))
    (tmp_path / "config.toml").write_text("[server]\nport = 9000\n")
    assert main(["config"]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert "port = 9000 # file" in lines
    assert 'host = "127.0.0.1" # default' in lines
    assert f'folder = "{tmp_path}" # PARLEY_MODELS' in lines


def test_config_defaults_can_be_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--defaults"]) == 0
    (tmp_path / "mine.toml").write_text(capsys.readouterr().out)
    assert main(["config", "--check", "mine.toml"]) == 0
    assert "mine.toml is right" in capsys.readouterr().out


def test_bad_configuration_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.toml").write_text("[server]\nport = true\n")
    for words in (["config", "--check", "bad.toml"], ["serve", "--config", "bad.toml"]):
        assert "server.port is true" in refusal(capsys, *words, code=2)
    assert "no configuration file" in refusal(capsys, "serve", "--config", "none", code=2)
    assert "server.port is 99999" in refusal(capsys, "serve", "--port", "99999", code=2)


def test_models_are_listed_found_and_fetched_already(
    models: ModelStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_MODELS", str(models.folder))
    assert main(["models", "list"]) == 0
    assert "whisper-base         hearing    147.9 MB  MIT         ready" in capsys.readouterr().out
    assert main(["models", "fetch"]) == 0
    assert "Models ready in" in capsys.readouterr().out
    assert main(["models", "path", "whisper-base"]) == 0
    assert capsys.readouterr().out.strip() == str(models.path("whisper-base"))


def test_models_that_are_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_MODELS", str(tmp_path / "models"))
    assert "run `parley models fetch`" in refusal(capsys, "models", "verify")
    for words in (["serve"], ["models", "path", "whisper-base"]):
        assert "The model whisper-base is missing" in refusal(capsys, *words)
    assert "The model kokoro-82m is missing" in refusal(capsys, "voice", "evaluate")
    assert "no model 'gpt'" in refusal(capsys, "models", "fetch", "gpt")
    assert "is not a folder" in refusal(capsys, "models", "fetch", "--from", "nowhere")


def test_model_file_cut_short_is_told_by_serve_and_verify(
    models: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(models.path("whisper-base"), tmp_path / "models" / "whisper-base")
    os.truncate(tmp_path / "models" / "whisper-base" / "model.bin", 1000)
    monkeypatch.setenv("PARLEY_MODELS", str(tmp_path / "models"))
    assert "whisper-base/model.bin is cut short" in refusal(capsys, "serve")
    assert main(["models", "verify"]) == 1
    out = capsys.readouterr()
    assert "whisper-base/model.bin: cut short" in out.out
    assert "parley models fetch whisper-base" in out.err


def test_port_in_use_is_told_by_serve(models: ModelStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [*PARLEY, "serve", "--port", port],
            capture_output=True,
            text=True,
            env={**os.environ, "PARLEY_MODELS": str(models.folder)},
        )
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is in use already" in done.stderr
    assert "Traceback" not in done.stderr


def test_interrupt_is_clean(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (tmp_path / "config.toml").write_text(
            f'[models]\nfolder = "models"\nhub = "http://127.0.0.1:{silent.getsockname()[1]}"\n'
        )
        fetching = subprocess.Popen(
            [*PARLEY, "models", "fetch"],
            stderr=subprocess.PIPE,
            text=True,
            # A suite that runs in the background ignores the signal, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        connection, _ = silent.accept()
        with connection:
            fetching.send_signal(signal.SIGINT)
            _, errors = fetching.communicate(timeout=30)
    assert fetching.returncode == 130
    assert errors == ""
    assert not list((tmp_path / "models" / ".partial").iterdir())


def test_unexpected_error_is_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.config.find", lambda _: 1 / 0)
    sentence = refusal(capsys, "config")
    assert "ZeroDivisionError" in sentence
    assert "PARLEY_DEBUG=1" in sentence
    monkeypatch.setenv("PARLEY_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["config"])


def test_say_and_listen_refuse_what_they_cannot_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" \n"))
    assert "nothing to say" in refusal(capsys, "say", "-o", "a.wav")
    assert "nothing to say" in refusal(capsys, "say", " ", "-o", "a.wav")
    assert "end it in .wav" in refusal(capsys, "say", "Hello.", "-o", "a.mp4")
    assert "add -o FOLDER" in refusal(capsys, "say", "--lines", "lines.txt")
    assert "lines.txt" in refusal(capsys, "say", "--lines", "lines.txt", "-o", "out")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "No player was found" in refusal(capsys, "say", "Hello.")
    (tmp_path / "text.wav").write_text("not sound")
    assert "not an audio file" in refusal(capsys, "listen", "text.wav")


def test_what_is_said_is_heard(
    models: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARLEY_MODELS", str(models.folder))
    (tmp_path / "lines.txt").write_text("Thank you for calling.\n\nHow can I help you today?\n")
    assert main(["say", "--lines", "lines.txt", "-o", "spoken"]) == 0
    assert sorted(os.listdir("spoken")) == ["000.wav", "001.wav"]
    capsys.readouterr()
    assert main(["listen", "--finals", "spoken/001.wav"]) == 0
    assert "help you" in capsys.readouterr().out.lower()


def test_listen_prints_interims_and_finals_of_8_khz_stereo(
    models: ModelStore,
    data: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PARLEY_MODELS", str(models.folder))
    speech = read_audio(data / "jfk.flac", 8000)[: 8000 * 3]
    soundfile.write(tmp_path / "a.wav", [(sample, sample) for sample in speech], 8000, "PCM_16")
    assert main(["listen", "a.wav"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("~") for line in lines)
    # At this bandwidth an "s" before a pause is silence as often as not.
    assert "my fellow america" in lines[-1].lower()


def test_an_unknown_voice_is_told_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    told = refusal(capsys, "say", "--voice", "bob", "Hello.", "-o", "hello.wav")
    assert 'There is no voice "bob": choose one of heart' in told


def test_voice_tells_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "There is no file voice.toml" in refusal(capsys, "voice", "train", "voice.toml")
    told = refusal(capsys, "voice", "adapt", str(tmp_path), "--name", "anna")
    assert "put NAME.txt beside each NAME.wav" in told


def test_every_part_of_an_evaluation_can_be_asked_for_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    figures = pytest.importorskip("tts.evaluation.figures")
    with pytest.raises(SystemExit):
        main(["voice", "evaluate", "--help"])
    assert f"{{{','.join(figures.PARTS)}}}" in capsys.readouterr().out

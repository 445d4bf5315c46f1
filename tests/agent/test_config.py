"""config.toml: every setting is there, and what is wrong is told in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.config import Config, ConfigError, default_text, find, read

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARLEY_CONFIG", raising=False)
    monkeypatch.delenv("PARLEY_MODELS", raising=False)


def complaint(file: Path, text: str) -> str:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read(file)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence.removeprefix(f"{file}: ").removeprefix(f"{file} ")


def test_committed_file_holds_every_setting_and_its_default() -> None:
    assert (ROOT / "config.toml").read_text() == default_text(), (
        "a setting has changed: parley config --defaults > config.toml"
    )
    assert read(ROOT / "config.toml") == Config() == read(None)


def test_every_setting_is_explained() -> None:
    comments = default_text().split("\n\n")
    for comment in comments:
        assert comment.startswith(("#", "[")), comment
    assert "\n# Allowed: a whole number from 0 to 65535\nport = 8080" in default_text()


def test_what_a_file_leaves_out_is_the_default(file: Path) -> None:
    file.write_text("[server]\nport = 9000\n[hearing]\nsegment_silence = 1\n")
    config = read(file)
    assert config.server.port == 9000
    assert config.server.host == Config().server.host
    assert config.hearing.segment_silence == 1.0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "[server]\nprot = 1",
            "server.prot = 1 is no setting; did you mean server.port "
            "(a whole number from 0 to 65535)?",
        ),
        (
            "[hearing]\ncomplete_wait = 1",
            "hearing.complete_wait = 1 is no setting; did you mean turns.complete_wait "
            "(a number from 0.1 to 5)?",
        ),
        ("[sever]\nport = 1", "there is no table [sever]; did you mean [server]?"),
        ("server = 5", "server is 5; it must be a table, [server]."),
        (
            "[server]\nport = 99999",
            "server.port is 99999; it must be a whole number from 0 to 65535.",
        ),
        (
            '[server]\nport = "80"',
            'server.port is "80"; it must be a whole number from 0 to 65535.',
        ),
        (
            "[hearing]\npause = nan",
            "hearing.pause is nan; it must be a number above 0 and at most 1.",
        ),
        (
            '[server]\nlog_level = "loud"',
            'server.log_level is "loud"; it must be one of "debug", "info", "warning", "error".',
        ),
        ('[server]\nhost = ""', 'server.host is ""; it must be text, not empty.'),
        ("[speaking]\nint8 = 1", "speaking.int8 is 1; it must be true or false."),
        (
            "[hearing]\npause = 0.9\nsegment_silence = 0.8",
            "[hearing]: pause (0.9 s) must be at most segment_silence (0.8 s).",
        ),
        ("[server", "is not valid TOML: Expected ']' at the end of a table declaration"),
    ],
)
def test_bad_settings_are_named(file: Path, text: str, sentence: str) -> None:
    assert complaint(file, text).startswith(sentence)


def test_several_mistakes_are_a_line_each(file: Path) -> None:
    file.write_text("[server]\nport = -1\ncalls = 0\n")
    with pytest.raises(ConfigError) as caught:
        read(file)
    assert [line.split()[1] for line in str(caught.value).splitlines()] == [
        "server.port",
        "server.calls",
    ]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no configuration file"):
        read(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        read(tmp_path)
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        read(tmp_path / "binary")


def test_environment_and_command_line_override(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[models]\nfolder = "mine"\n[server]\nport = 1\n')
    monkeypatch.setenv("PARLEY_MODELS", "theirs")
    config = read(file, {"server": {"port": 2}})
    assert (config.models.folder, config.server.port) == ("theirs", 2)


def test_which_file_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(file.parent)
    assert find() is None
    file.touch()
    assert find() == Path("config.toml")
    monkeypatch.setenv("PARLEY_CONFIG", "other.toml")
    assert find() == Path("other.toml")
    assert find(Path("named.toml")) == Path("named.toml")


def test_an_endpoint_of_ones_own_needs_no_embedded_model(file: Path) -> None:
    file.write_text('[thinking]\nendpoint = "http://localhost:8000/v1"\n')
    assert read(file).models_used() == (
        "whisper-base",
        "moonshine-tiny-en",
        "smart-turn-v3.2",
        "minilm-l6-v2",
    )
    assert Config().models_used() == (
        "whisper-base",
        "moonshine-tiny-en",
        "smart-turn-v3.2",
        "minilm-l6-v2",
        "qwen2.5-coder-0.5b",
    )

"""Requests that are spoken and heard before their repair is measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.config import Config
from agent.models import ModelStore
from agent.recognisers import RecogniserFiles
from agent.spoken_requests import main, ours, write
from dialogue.disfluency.bench import Request

REQUEST: dict[str, Any] = {
    "part": "held out",
    "raw": "A table for two on Tuesday, no, Wednesday.",
    "repaired": "A table for two on Wednesday.",
    "slots": {"day": "Wednesday"},
}


async def test_a_request_is_spoken_by_our_voice_and_heard(
    tmp_path: Path, models: ModelStore
) -> None:
    speakers = {"our voice": ours(Config(), models)}
    files = RecogniserFiles.of(Config(), models)
    await write([Request(**REQUEST)], speakers, files, out := tmp_path / "heard.jsonl")
    (row,) = map(json.loads, out.read_text().splitlines())
    heard = row.pop("heard").lower()
    assert row == {**REQUEST, "part": "spoken, our voice"}
    assert heard.index("tuesday") < heard.index("wednesday")


def test_a_part_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text(json.dumps(REQUEST) + "\n")
    command = ["spoken_requests", str(requests), str(tmp_path / "out"), "--part", "held out 9"]
    monkeypatch.setattr("sys.argv", command)
    assert main() == 2
    assert "no requests of a part 'held out 9'" in capsys.readouterr().err

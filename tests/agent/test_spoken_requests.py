"""Requests that are spoken and heard before their repair is measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.spoken_requests import main, ours, write

REQUEST = {
    "part": "held out",
    "raw": "A table for two on Tuesday, no, Wednesday.",
    "repaired": "A table for two on Wednesday.",
    "slots": {"day": "Wednesday"},
}


@pytest.mark.usefixtures("models")
async def test_a_request_is_spoken_by_our_voice_and_heard(tmp_path: Path) -> None:
    await write([REQUEST], {"our voice": ours()}, out := tmp_path / "heard.jsonl")
    (row,) = map(json.loads, out.read_text().splitlines())
    heard = row.pop("heard").lower()
    assert row == {**REQUEST, "part": "spoken, our voice"}
    assert heard.index("tuesday") < heard.index("wednesday")


def test_a_part_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text(json.dumps(REQUEST) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        command = ["spoken_requests", str(requests), str(tmp_path / "out"), "--part", "held out 9"]
        patch.setattr("sys.argv", command)
        assert main() == 2
    assert "no requests of a part 'held out 9'" in capsys.readouterr().err

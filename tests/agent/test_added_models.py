"""Adding a model from the hub: its licence first, then its files, each checked."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_models import WEIGHTS, HubServer, sha256

from agent.cli import main
from agent.models import ModelError, ModelStore
from agent.models.store import State

REPOSITORY = "mistralai/Voxtral-4B-TTS-2603"
FILES = {
    "params.json": b'{"dim": 3072}',
    "consolidated.safetensors": WEIGHTS,
    "tekken.json": b"{}",
    "voice_embedding/casual_male.pt": b"a voice",
}
LARGE = ("consolidated.safetensors", "voice_embedding/casual_male.pt")


def listing() -> dict[str, object]:
    """The repository as the hub lists it, with a file that is of no use here."""
    siblings: list[dict[str, object]] = [{"rfilename": "README.md", "size": 3, "blobId": "0"}]
    for name, data in FILES.items():
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        entry: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": blob}
        if name in LARGE:
            entry["lfs"] = {"sha256": sha256(data), "size": len(data), "pointerSize": 130}
        siblings.append(entry)
    return {"sha": "0123abc", "siblings": siblings}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub with the model, and a folder and a configuration that name it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PARLEY_CONFIG", raising=False)
    monkeypatch.setenv("PARLEY_MODELS", str(tmp_path / "models"))
    server = HubServer(
        files={f"/{REPOSITORY}/resolve/0123abc/{name}": data for name, data in FILES.items()}
    )
    relist(server, listing())
    with server.running():
        (tmp_path / "config.toml").write_text(f'[models]\nhub = "{server.address}"\n')
        yield server


def relist(server: HubServer, document: dict[str, object]) -> None:
    address = f"/api/models/{REPOSITORY}?blobs=true"
    server.files[address] = json.dumps(document).encode()


def refusal(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["models", "add", "voxtral", *words]) == 1
    return capsys.readouterr().err


def test_it_is_added_verified_and_listed(
    hub: HubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "add", "voxtral", "--accept-licence"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Voxtral-4B-TTS-2603, by Mistral AI is under CC BY-NC 4.0.")
    assert "not for commercial purposes" in out and 'speaking = "voxtral"' in out
    store = ModelStore.at(str(tmp_path / "models"))
    folder = store.path("voxtral")
    for name, data in FILES.items():
        assert (folder / name).read_bytes() == data
    assert not (folder / "README.md").exists()
    assert main(["models", "list"]) == 0
    line = next(li for li in capsys.readouterr().out.splitlines() if li.startswith("voxtral"))
    assert "speaking" in line and "CC BY-NC 4.0" in line and line.endswith("ready")
    (folder / "tekken.json").write_bytes(b"[]")
    assert store.state(store.model("voxtral").files[2]) is State.DAMAGED
    with pytest.raises(ModelError, match=r"voxtral/tekken\.json is damaged"):
        store.path("voxtral")


def test_nothing_comes_without_the_licence(
    hub: HubServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.files.clear()
    assert "--accept-licence" in refusal(capsys)

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    assert "was not accepted: nothing was fetched" in refusal(capsys)
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    assert "answered 404" in refusal(capsys)


def test_a_hub_that_is_away_or_lacks_files(
    hub: HubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    short = listing()
    short["siblings"] = short["siblings"][:-2]  # type: ignore[index]
    relist(hub, short)
    assert "lacks tekken.json" in refusal(capsys, "--accept-licence")
    relist(hub, {"id": REPOSITORY})
    assert "in no known form" in refusal(capsys, "--accept-licence")
    (tmp_path / "config.toml").write_text('[models]\nhub = "http://127.0.0.1:1"\n')
    assert "name a folder of its files" in refusal(capsys, "--accept-licence")
    (tmp_path / "config.toml").write_text('[models]\nhub = ""\n')
    assert "comes from the hub" in refusal(capsys, "--accept-licence")


def test_small_files_are_checked_by_gits_own_sum(
    hub: HubServer, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.files[f"/{REPOSITORY}/resolve/0123abc/params.json"] = b'{"dim": 666}'
    assert "is not the file that the hub lists" in refusal(capsys, "--accept-licence")


def test_a_chosen_model_that_was_not_added_is_told(
    hub: HubServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.toml").write_text('[models]\nspeaking = "voxtral"\n')
    assert main(["say", "Hello.", "-o", "a.wav"]) == 1
    assert "run `parley models add voxtral`" in capsys.readouterr().err

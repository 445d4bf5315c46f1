"""The model hub: plain HTTP, resumed where it broke off (RFC 9110, section 14, range requests)."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import httpx

from agent.models.lock import ModelFile
from agent.models.progress import Progress
from agent.models.source import Source, SourceError

_REACH = 4.0
"""Seconds that the hub has to answer at all, name look-up included."""

_TIMEOUT = httpx.Timeout(20.0, connect=_REACH)
_TRIES = 3
_BLOCK = 1 << 18


class Hub(Source):
    """A hub that serves `repository/resolve/revision/name`; given up for good once unreachable."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self._reachable: bool | None = None

    def bring(self, file: ModelFile, into: Path, progress: Progress) -> None:
        if not file.address:
            raise SourceError(f"{self.address} does not have it")
        if self._reachable is None:
            self._reachable = self._answers()
        if not self._reachable:
            raise SourceError(f"{self.address} cannot be reached")
        problem = ""
        with httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
            for _ in range(_TRIES):
                try:
                    self._resume(client, file, into, progress)
                    return
                except httpx.TransportError as error:
                    problem = str(error) or type(error).__name__
        self._reachable = False
        raise SourceError(f"{self.address} broke off ({problem})")

    def _resume(
        self, client: httpx.Client, file: ModelFile, into: Path, progress: Progress
    ) -> None:
        have = into.stat().st_size if into.exists() else 0
        if have >= file.size:
            into.unlink()
            have = 0
        headers = {"Range": f"bytes={have}-", "Accept-Encoding": "identity"}
        with client.stream("GET", f"{self.address}/{file.address}", headers=headers) as reply:
            if reply.status_code == httpx.codes.OK:
                have = 0
            elif reply.status_code != httpx.codes.PARTIAL_CONTENT:
                raise SourceError(f"{self.address} answered {reply.status_code} for {file}")
            length = int(reply.headers.get("Content-Length", file.size - have))
            if have + length != file.size:
                raise SourceError(
                    f"{self.address} offers {have + length} bytes for {file}, not {file.size}"
                )
            progress.begin(str(file), file.size, have)
            with into.open("ab" if have else "wb") as out:
                for block in reply.iter_raw(_BLOCK):
                    out.write(block)
                    progress.advance(len(block))
        if into.stat().st_size < file.size:
            raise httpx.RemoteProtocolError("the connection closed early")

    def _answers(self) -> bool:
        """Whether the hub answers in time. A name look-up knows no time-out, hence the thread."""
        verdict: queue.Queue[bool] = queue.Queue()

        def ask() -> None:
            try:
                httpx.head(self.address, timeout=_REACH)
            except (httpx.HTTPError, httpx.InvalidURL, OSError):
                verdict.put(False)
            else:
                verdict.put(True)

        threading.Thread(target=ask, daemon=True).start()
        try:
            return verdict.get(timeout=_REACH)
        except queue.Empty:
            return False

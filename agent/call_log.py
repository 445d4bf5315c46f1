"""A call's log on disk, written as the call goes on."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

from agent.errors import ParleyError
from dialogue.turns import Action, Event, TurnSettings, log


class CallLog:
    """Writes one call's events and decisions to a new file; `close` it at the end.

    Raises:
        ParleyError: the folder cannot be written.
    """

    def __init__(self, folder: Path, settings: TurnSettings) -> None:
        name = time.strftime("%Y%m%d-%H%M%S-") + secrets.token_hex(3)
        self.path = folder / f"{name}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("x", encoding="utf-8", buffering=1)
        except OSError as error:
            raise ParleyError(
                f"The call log cannot be written to {folder}: {error.strerror}; "
                'correct server.call_log, or set it to "" to keep none.'
            ) from error
        print(log.head(settings), file=self._file)

    def write(self, now: float, event: Event, actions: tuple[Action, ...]) -> None:
        """Adds what happened at `now`, in seconds since the call began."""
        for line in log.lines(log.Entry(now, event, actions)):
            print(line, file=self._file)

    def close(self) -> None:
        """Ends the file."""
        self._file.close()

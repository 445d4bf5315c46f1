"""Server-sent events: bytes in, payloads out.

Follows the WHATWG HTML standard, section 9.2.6 "Interpreting an event stream", as far as chat
endpoints use it: `data` lines joined per event; comments, other fields and a byte order mark
ignored; lines ended by LF, CRLF or CR.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class EventStream:
    """What is left over between two chunks: an unfinished line and an unfinished event."""

    line: bytes = b""
    data: tuple[str, ...] = ()
    begun: bool = False


def feed(stream: EventStream, chunk: bytes) -> tuple[EventStream, tuple[str, ...]]:
    """Take in `chunk`; return the new state and the payloads of the events it completed."""
    pending = stream.line + chunk
    begun = stream.begun
    if not begun:
        if len(pending) < len(_BYTE_ORDER_MARK) and _BYTE_ORDER_MARK.startswith(pending):
            return EventStream(line=pending), ()
        pending = pending.removeprefix(_BYTE_ORDER_MARK)
        begun = True
    # A CR at the very end may be half of a CRLF: it waits for the byte that decides.
    held = pending[-1:] if pending.endswith(b"\r") else b""
    *lines, rest = _LINE_END.split(pending.removesuffix(b"\r"))
    data = stream.data
    payloads: list[str] = []
    for line in lines:
        field, _, value = line.partition(b":")
        if not line and data:
            payloads.append("\n".join(data))
            data = ()
        elif field == b"data":
            data = (*data, value.removeprefix(b" ").decode(errors="replace"))
    return EventStream(rest + held, data, begun), tuple(payloads)

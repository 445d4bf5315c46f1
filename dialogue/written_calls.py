"""Tool calls that a model writes out as text.

Small models often answer with the call's JSON, bare, fenced or tagged, where the server expects
the special tokens of its chat template; nobody wants to hear that read aloud.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from uuid import uuid4

from dialogue.completion import Event, Finished, TextDelta, ToolCall

_OPENINGS = ("{", "[{", "```", "<tool_call>")
_DECODER = json.JSONDecoder()


async def understood(
    events: AsyncGenerator[Event, None], tools: Mapping[str, object] | None = None
) -> AsyncGenerator[Event, None]:
    """`events` with written calls as `ToolCall`s; other text passes as soon as it is seen to be.

    Raises what `events` raises; closing this closes it.
    """
    held: str | None = ""
    async with aclosing(events):
        async for event in events:
            match event:
                case TextDelta(text) if held is not None and _may_be_call(held + text):
                    held += text
                    continue
                case Finished() if held and (calls := written_calls(held)):
                    held = None
                    for call in calls:
                        yield call
            if held:
                yield TextDelta(held)
            held = None
            yield event
    if held:
        yield TextDelta(held)


def written_calls(text: str) -> tuple[ToolCall, ...]:
    """The calls written in `text`: JSON objects with a `name` and `arguments`; () if none are."""
    calls: list[ToolCall] = []
    at = text.find("{")
    while at >= 0:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except ValueError:
            break
        if isinstance(value.get("name"), str) and isinstance(value.get("arguments"), dict):
            arguments = json.dumps(value["arguments"])
            calls.append(ToolCall(f"call_{uuid4().hex}", value["name"], arguments))
        at = text.find("{", end)
    return tuple(calls)


def _may_be_call(text: str) -> bool:
    """Whether a text that begins like this can still turn out to be a call."""
    start = text.lstrip()
    return any(start.startswith(opening) or opening.startswith(start) for opening in _OPENINGS)

"""Tool calls that a model writes out as text.

Small models often answer with the call's JSON, bare, fenced or tagged, where the server expects
the special tokens of its chat template; nobody wants to hear that read aloud.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from uuid import uuid4

from dialogue.completion import CallBegun, Event, Finished, TextDelta, ToolCall

_OPENINGS = ('{"name"', '[{"name"', "```", "<tool_call>")
_BEGINNING = re.compile(r"[{\[`<]")
_DECODER = json.JSONDecoder()


async def understood(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """`events` with written calls as `ToolCall`s; other text passes as soon as it is seen to be.

    What begins like a call and never becomes one, for want of tokens, is left out: nobody can use
    half of its JSON. Raises what `events` raises; closing this closes it.
    """
    held, calling = "", False
    async with aclosing(events):
        async for event in events:
            match event:
                case TextDelta(text):
                    said, held = _split(held + text)
                    if said:
                        yield TextDelta(said)
                    if not calling and _is_half_a_call(held):
                        calling = True
                        yield CallBegun()
                    continue
                case Finished():
                    calls = written_calls(held)
                    for call in calls:
                        yield call
                    if held and not calls and not _is_half_a_call(held):
                        yield TextDelta(held)
                    held = ""
            yield event
    if held:
        yield TextDelta(held)


def _split(text: str) -> tuple[str, str]:
    """What is said of `text`, and its end from where it may be a call."""
    at = 0
    while beginning := _BEGINNING.search(text, at):
        start = beginning.start()
        if _may_be_call(text[start:]):
            # White space before a call is not waited with: it says nothing.
            return text[:start].rstrip() if not text[:start].strip() else text[:start], text[start:]
        at = beginning.end()
    if not text.strip():
        return "", text
    return text, ""


def written_calls(text: str) -> tuple[ToolCall, ...]:
    """The calls written in `text`; () if none are.

    They are JSON objects with a `name` and `arguments`, or `parameters` as Llama has it.
    """
    calls: list[ToolCall] = []
    at = text.find("{")
    while at >= 0:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except ValueError:
            break
        arguments = value.get("arguments", value.get("parameters"))
        if isinstance(value.get("name"), str) and isinstance(arguments, dict):
            call = ToolCall(f"call_{uuid4().hex}", value["name"], json.dumps(arguments))
            calls.append(call)
        at = text.find("{", end)
    return tuple(calls)


def _may_be_call(text: str) -> bool:
    """Whether a text that begins like this can still turn out to be a call."""
    start = "".join(text.split())
    return any(start.startswith(opening) or opening.startswith(start) for opening in _OPENINGS)


def _is_half_a_call(text: str) -> bool:
    start = "".join(text.split())
    return start.startswith(('{"name"', '[{"name"', "<tool_call>"))

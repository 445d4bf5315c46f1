"""The streamed chat completion: `chat.completion.chunk` objects in, what the model did out.

The format is that of OpenAI's `/v1/chat/completions` with `stream: true`, as llama.cpp, vLLM,
Ollama and the hosted services send it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from dialogue.errors import ChatError, CutShort, GarbledReply, RateLimited, ServerFailed


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply's text, as generated."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A whole tool call; `arguments` is the JSON text that the model wrote."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class CallBegun:
    """The model has begun to write a call of a tool."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a reply and what it cost, in tokens (0 where the endpoint does not count).

    `prompt_tokens - cached_tokens` is what the endpoint had to read anew.
    """

    reason: str
    prompt_tokens: int = 0
    cached_tokens: int = 0
    reply_tokens: int = 0


Event = TextDelta | CallBegun | ToolCall | Finished

DONE = "[DONE]"


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply so far: the tool calls being assembled, by index, and how it ended."""

    calls: tuple[tuple[int, ToolCall], ...] = ()
    finished: Finished | None = None


def take(state: Completion, payload: str) -> tuple[Completion, tuple[TextDelta, ...]]:
    """Take in one payload of the stream.

    Raises:
        GarbledReply: the payload is no completion chunk.
        ServerFailed, RateLimited: it is the error the endpoint reports in mid-stream.
    """
    try:
        chunk = json.loads(payload)
        if error := chunk.get("error"):
            raise _reported(error)
        finished = _with_usage(state.finished, chunk.get("usage") or {})
        state = replace(state, finished=finished)
        if not (choices := chunk.get("choices")):
            return state, ()
        delta = choices[0].get("delta") or {}
        for fragment in delta.get("tool_calls") or ():
            state = replace(state, calls=_joined(state.calls, fragment))
        if reason := choices[0].get("finish_reason"):
            state = replace(state, finished=replace(finished or Finished(""), reason=str(reason)))
        text = delta.get("content")
        return state, (TextDelta(str(text)),) if text else ()
    except (ValueError, AttributeError, TypeError, KeyError, IndexError) as error:
        raise GarbledReply(
            "The language model's endpoint sent something that is no chat completion "
            f"({payload[:80]!r}); check the endpoint's address."
        ) from error


def conclude(state: Completion, *, done: bool) -> tuple[ToolCall | Finished, ...]:
    """The tool calls and the end of a reply whose stream is over; `done`: it said `[DONE]`.

    Raises:
        CutShort: the stream ended before the model had finished.
    """
    finished = state.finished or Finished("")
    if not finished.reason and not done:
        raise CutShort("The language model's endpoint broke off in the middle of its reply.")
    return (*(call for _, call in state.calls), finished)


def _joined(
    calls: tuple[tuple[int, ToolCall], ...], fragment: dict[str, Any]
) -> tuple[tuple[int, ToolCall], ...]:
    """`calls` with one more fragment: the first of an index names the tool, more add arguments."""
    index = int(fragment.get("index", len(calls)))
    function = fragment.get("function") or {}
    so_far = dict(calls)
    call = so_far.get(index, ToolCall("", "", ""))
    so_far[index] = ToolCall(
        id=call.id or fragment.get("id") or f"call_{index}",
        name=call.name or function.get("name") or "",
        arguments=call.arguments + (function.get("arguments") or ""),
    )
    return tuple(sorted(so_far.items()))


def _with_usage(finished: Finished | None, usage: dict[str, Any]) -> Finished | None:
    if not usage:
        return finished
    details = usage.get("prompt_tokens_details") or {}
    return replace(
        finished or Finished(""),
        prompt_tokens=int(usage.get("prompt_tokens") or 0),
        cached_tokens=int(details.get("cached_tokens") or 0),
        reply_tokens=int(usage.get("completion_tokens") or 0),
    )


def _reported(error: object) -> ChatError:
    known = error if isinstance(error, dict) else {"message": error}
    message = " ".join(str(known.get("message", "")).split())[:200]
    if known.get("code") == 429:
        return RateLimited("The language model's endpoint is overloaded; try again later.")
    return ServerFailed(f"The language model's endpoint failed while it replied: {message}")

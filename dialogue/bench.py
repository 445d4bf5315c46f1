"""How fast the embedded model answers: `python -m dialogue.bench MODEL.gguf [CONVERSATIONS]`.

Times are those of the caller's wait, through the same `Replier` that serves a call.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import psutil

from dialogue.conversation import Conversation
from dialogue.llama import LlamaServer
from dialogue.models import EmbeddedModel
from dialogue.packing import packed
from dialogue.replier import Replier
from dialogue.settings import ThinkingSettings

_CALLER = (
    "Hi, I ordered a blue jacket last week and it still has not arrived.",
    "The order number is four seven one two.",
    "Can you tell me when it will come?",
    "Okay, and what if I want to send it back?",
    "How long does a refund take?",
    "Thanks, that is all. Goodbye.",
)

_IDLE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Timing:
    """One reply: seconds to its first and fifth word-piece and its end; tokens read and made."""

    first: float
    fifth: float
    whole: float
    read: int
    made: int


async def timed(replier: Replier, conversation: Conversation, asked: str) -> Timing:
    """Hold one turn of `conversation` and time it."""
    conversation.heard_caller(asked)
    reply = replier.reply(conversation.context)
    began, stamps, text = perf_counter(), [], ""
    async for word in reply:
        stamps.append(perf_counter() - began)
        text += word
    whole = perf_counter() - began
    if reply.usage is None:
        raise SystemExit(f"The model did not answer: {reply.error}")
    conversation.heard_agent(text)
    usage = reply.usage
    return Timing(
        first=stamps[0],
        fifth=stamps[min(4, len(stamps) - 1)],
        whole=whole,
        read=usage.prompt_tokens - usage.cached_tokens,
        made=usage.reply_tokens,
    )


async def bench(gguf: Path, conversations: int) -> None:
    """Hold the conversation some times over, and print what each turn took."""
    settings = ThinkingSettings(slow_after=30.0)
    began = perf_counter()
    async with LlamaServer(gguf, settings, slots=2) as server:
        print(f"loaded in {perf_counter() - began:.1f} s")
        replier = Replier(EmbeddedModel(settings, server), settings)
        began = perf_counter()
        await replier.warm_up()
        print(f"system prompt read in {perf_counter() - began:.2f} s")
        turns: list[list[Timing]] = [[] for _ in _CALLER]
        for _ in range(conversations):
            conversation = Conversation(settings)
            for turn, asked in zip(turns, _CALLER, strict=True):
                turn.append(await timed(replier, conversation, asked))
        _report(turns)
        child = psutil.Process(server.pid)
        before = child.cpu_times()
        await asyncio.sleep(_IDLE_SECONDS)
        after = child.cpu_times()
        used = after.user + after.system - before.user - before.system
        print(
            f"idle: {used / _IDLE_SECONDS:.1%} of one core; "
            f"memory {child.memory_info().rss / 2**20:.0f} MiB"
        )


def _report(turns: list[list[Timing]]) -> None:
    print("turn   first token ms   5th token ms    whole reply ms   tokens read   made")
    print("          p50    p95     p50    p95      p50    p95            p50    p50")
    for name, timings in [*enumerate(turns, 1), ("all", [t for turn in turns for t in turn])]:
        cells = [
            np.percentile([getattr(timing, part) for timing in timings], q) * 1000
            for part in ("first", "fifth", "whole")
            for q in (50, 95)
        ]
        tokens = [np.median([getattr(t, part) for t in timings]) for part in ("read", "made")]
        print(
            f"{name!s:>4}  {cells[0]:7.0f}{cells[1]:7.0f} {cells[2]:7.0f}{cells[3]:7.0f}  "
            f"{cells[4]:7.0f}{cells[5]:7.0f}  {tokens[0]:13.0f}{tokens[1]:7.0f}"
        )


def main() -> None:
    """Read the command line and run the bench."""
    match sys.argv[1:]:
        case [gguf]:
            asyncio.run(bench(packed(Path(gguf)), 3))
        case [gguf, conversations] if conversations.isdigit() and int(conversations) > 0:
            asyncio.run(bench(packed(Path(gguf)), int(conversations)))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()

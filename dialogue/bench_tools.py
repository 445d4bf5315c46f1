"""How often the embedded model calls a simple tool rightly.

    python -m dialogue.bench_tools GGUF ENCODER

One caller's turn each, through the same `Replier` that serves a call: requests that need the tool,
with every argument said, and others that must be answered without it.
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from dialogue.conversation import Conversation
from dialogue.llama import LlamaServer
from dialogue.models import EmbeddedModel
from dialogue.packing import packed
from dialogue.replier import Replier
from dialogue.settings import ThinkingSettings
from dialogue.tools import Tool
from dialogue.understanding import Understanding

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8}
_REQUESTS = (
    "Can I book a table for {n} on {day} at {time}?",
    "I'd like a table for {n} people on {day} at {time}, please.",
    "Please reserve a table for {n} for {day} at {time}.",
    "Hi, we are {n} people and want to come on {day} at {time}. Book us a table.",
    "Book {day} at {time} for {n} of us.",
    "Could you get us a table at {time} on {day}? There will be {n} of us.",
)
_WHEN = (
    ("Friday", "7 pm", "7|19"),
    ("Saturday", "half past six", "6:30|18:30"),
    ("Monday", "noon", "noon|12"),
    ("Tuesday", "8:15 pm", "8:15|20:15"),
    ("Wednesday", "one o'clock", "1|13"),
    ("Sunday", "6 in the evening", "6|18"),
)
_OTHER = (
    "Hello, how are you?",
    "What is the capital of France?",
    "Thank you very much.",
    "Do you have vegetarian food?",
    "What time do you open?",
    "Goodbye.",
    "Who are you?",
    "How do I boil an egg?",
    "That sounds good.",
    "Can you repeat that?",
    "Is it going to rain?",
    "What is seven times six?",
)


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller says, and the arguments that it gives: a pattern for the time."""

    text: str
    people: int
    day: str
    time: str


def requests() -> list[Request]:
    """Every wording with every time; the number of people goes round."""
    found = []
    for i, wording in enumerate(_REQUESTS):
        for j, (day, time, pattern) in enumerate(_WHEN):
            name, people = list(_NUMBERS.items())[(i + j) % len(_NUMBERS)]
            found.append(Request(wording.format(n=name, day=day, time=time), people, day, pattern))
    return found


async def bench(gguf: Path, encoder: Path) -> None:
    """Ask everything once, and print what came of it."""
    # Right or wrong is asked for here, not how fast: no reply may fail for want of time.
    settings = ThinkingSettings(
        slow_after=30.0,
        temperature=0.0,
        first_token_timeout=300.0,
        read_timeout=300.0,
        total_timeout=600.0,
    )
    booked: list[tuple[int, str, str]] = []

    def book_table(people: int, day: str, time: str) -> str:
        """Book a table at the restaurant.

        Args:
            people: How many people will come.
            day: The day of the week.
            time: The time of day.
        """
        booked.append((people, day, time))
        return f"Booked for {people} people on {day} at {time}. The booking number is 4712."

    tools = [Tool(book_table)]
    understanding = Understanding.load(encoder)
    conversation = Conversation(settings, understanding)
    called = right = told = quiet = 0
    async with LlamaServer(gguf, settings, slots=1) as server:
        replier = Replier(EmbeddedModel(settings, server, reader=understanding.reader), settings)
        for request in requests():
            said = await _answer(replier, conversation, request.text, tools)
            correct = [call for call in booked if _fits(request, *call)]
            called += bool(booked)
            right += len(booked) == 1 and bool(correct)
            told += bool(re.search("4712|4 7 1 2|book|reserv", said, re.IGNORECASE))
            mark = "ok   " if correct else "WRONG"
            print(f"{mark} {request.text} -> {booked} -> {said}", flush=True)
            booked.clear()
        for text in _OTHER:
            said = await _answer(replier, conversation, text, tools)
            quiet += not booked
            print(f"{'WRONG' if booked else 'ok   '} {text} -> {booked} -> {said}", flush=True)
            booked.clear()
    asked = len(requests())
    print(f"tool called {called}/{asked}, once and with the right arguments {right}/{asked},")
    print(f"booking told {told}/{asked}; no call where none was asked for {quiet}/{len(_OTHER)}")


async def _answer(
    replier: Replier, conversation: Conversation, text: str, tools: list[Tool]
) -> str:
    context = conversation.asked(text)
    return "".join([word async for word in replier.reply(context, tools)])


def _fits(request: Request, people: int, day: str, time: str) -> bool:
    at = re.search(rf"(?<!\d)0?({request.time})(?![\d])", time, re.IGNORECASE)
    return people == request.people and request.day.lower() in day.lower() and at is not None


def main() -> None:
    """Read the command line and run the bench."""
    match sys.argv[1:]:
        case [gguf, encoder]:
            asyncio.run(bench(packed(Path(gguf)), Path(encoder)))
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main()

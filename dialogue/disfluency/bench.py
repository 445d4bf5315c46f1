"""What repairing disfluent speech is worth.

    python -m dialogue.disfluency.bench PART TEXTS REQUESTS.jsonl MODEL.gguf ENCODER

PART is `questions` (the stage alone, no model), `requests`, `spoken` or `alone` (the model alone).

TEXTS holds `disfl_qa_test.json`. REQUESTS are spoken-style requests: what was said, what was
meant, and slots; for `spoken`, with what a recogniser made of it in `heard`, as
`agent.spoken_requests` writes them. Slots are read by the embedded model, the same way from every
form of a text.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dialogue.chat import ChatClient, Message
from dialogue.disfluency.extraction import answer, extract, is_right, normal
from dialogue.disfluency.words import cores, split
from dialogue.frames import Reader
from dialogue.llama import LlamaServer
from dialogue.packing import packed
from dialogue.settings import ThinkingSettings
from dialogue.understanding import Understanding

_FUNCTION_WORDS = frozenset(
    """a an the of in on at to for from by with and or is are was were be been do does did has have
    had that this these those it its as than there can could would will what who whom whose which
    when where why how many much""".split()
)
_REWRITE = (
    "The speaker corrects himself. Write the question that he meant in the end, and nothing else."
)
_REWRITTEN = (
    (
        "What is the division of integers no actually um what is the most elemental way to test "
        "the primality of any division?",
        "What is the most elemental way to test the primality of any division?",
    ),
    (
        "Where did Friedrich Ratzel no Halford Mackinder work?",
        "Where did Halford Mackinder work?",
    ),
    (
        "When did the building oops university open?",
        "When did the university open?",
    ),
)


@dataclass(frozen=True)
class Request:
    """A request as it was said and as it was meant."""

    part: str
    raw: str
    repaired: str
    slots: dict[str, str]


@dataclass(frozen=True)
class Score:
    """Texts right to the word, and content words right, over how many."""

    exact: float
    content: float
    count: int

    def __str__(self) -> str:
        return f"exact {self.exact:.3f}  content words {self.content:.3f}  of {self.count}"


def score(pairs: Iterable[tuple[str, str]]) -> Score:
    """How well texts match what was meant; case and punctuation do not count.

    Content words are right where both texts have them; the share is of the longer of the two, so
    that a word too many is as wrong as one missing.
    """
    exact, shares = [], []
    for text, meant in pairs:
        ours, gold = cores(split(text)), cores(split(meant))
        exact.append(ours == gold)
        said, due = (Counter(w for w in x if w not in _FUNCTION_WORDS) for x in (ours, gold))
        most = max(said.total(), due.total())
        shares.append((said & due).total() / most if most else 1.0)
    return Score(float(np.mean(exact)), float(np.mean(shares)), len(exact))


def read_requests(path: Path, said: str) -> list[Request]:
    """Requests of a file; `said` names the field that holds what the stage gets."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [Request(row["part"], row[said], row["repaired"], row["slots"]) for row in rows]


@dataclass
class Slots:
    """Slots read rightly, of how many; requests that left the model a choice, of how many."""

    right: int = 0
    total: int = 0
    asked: int = 0
    requests: int = 0

    def __str__(self) -> str:
        return (
            f"{self.right / self.total:.3f} of {self.total}  "
            f"(the model asked in {self.asked} of {self.requests})"
        )


async def slots_right(
    client: ChatClient,
    requests: Sequence[Request],
    form: Callable[[Request], str],
    reader: Reader | None,
) -> Slots:
    """How the slots are read from a form of `requests`."""
    slots = Slots()
    for request in requests:
        meant = frozenset(normal(request.repaired))
        taken_back = frozenset(normal(request.raw)) - meant
        reading = await extract(client, form(request), list(request.slots), reader)
        slots.requests += 1
        slots.asked += reading.asked
        slots.total += len(request.slots)
        slots.right += sum(
            is_right(reading.values.get(slot, ""), gold, taken_back, slot)
            for slot, gold in request.slots.items()
        )
    return slots


async def rewritten(client: ChatClient, question: str) -> str:
    """The question as the language model alone repairs it."""
    messages: list[Message] = [{"role": "system", "content": _REWRITE}]
    for said, meant in _REWRITTEN:
        messages.append({"role": "user", "content": said})
        messages.append({"role": "assistant", "content": meant})
    messages.append({"role": "user", "content": question})
    return (await answer(client, messages, {"temperature": 0.0, "max_tokens": 80})).strip()


def questions(texts: Path) -> list[tuple[str, str]]:
    """The disfluent and the fluent questions of Disfl-QA's test split."""
    rows = json.loads((texts / "disfl_qa_test.json").read_text()).values()
    return [(row["disfluent"], row["original"]) for row in rows]


def bench_questions(texts: Path, understanding: Understanding) -> None:
    """Disfl-QA's test split without and with the stage."""
    pairs = questions(texts)
    print("Disfl-QA test, not repaired:   ", score(pairs))
    seconds, ours = [], []
    for said, meant in pairs:
        began = time.perf_counter()
        ours.append((understanding.repair(said).text, meant))
        seconds.append(time.perf_counter() - began)
    print("Disfl-QA test, the stage:      ", score(ours))
    touched = sum(understanding.repair(meant).text != meant for _, meant in pairs) / len(pairs)
    print(f"fluent questions changed:       {touched:.3f}")
    p50, p95 = np.percentile(seconds, (50, 95)) * 1000
    print(f"time a question:                p50 {p50:.2f} ms  p95 {p95:.2f} ms")


async def bench_requests(
    client: ChatClient, rows: Sequence[Request], understanding: Understanding
) -> None:
    """Words and slots of the requests, as they were said and as they are shown to the model."""
    parts = sorted({request.part for request in rows}, reverse=True)
    groups = [(part, [r for r in rows if r.part == part]) for part in parts]
    for name, group in groups:
        exact = score((understanding.repair(r.raw).text, r.repaired) for r in group)
        print(f"requests, {name}:", exact, flush=True)
        forms: dict[str, Callable[[Request], str]] = {
            "as shown": lambda r: understanding.repair(r.raw).shown
        }
        if name.startswith("develop"):
            # A third of what the rules were made on will do.
            group = group[::3]
        else:
            forms["as said"] = lambda r: r.raw
        for form, text in forms.items():
            right = await slots_right(client, group, text, understanding.reader)
            print(f"  slots right {form}:", right, flush=True)


async def bench_alone(
    client: ChatClient, texts: Path, count: int, understanding: Understanding
) -> None:
    """Disfl-QA's test split as the model alone repairs it, and the stage on the same questions."""
    pairs = questions(texts)
    sample = pairs[:: max(1, len(pairs) // count)][:count]
    alone = [(await rewritten(client, said), meant) for said, meant in sample]
    print("Disfl-QA test, the model alone:", score(alone))
    print(
        "  the stage on the same:       ",
        score((understanding.repair(s).text, m) for s, m in sample),
    )


async def bench(a: argparse.Namespace) -> None:
    """Print the figures of one part."""
    understanding = Understanding.load(a.encoder)
    if a.part == "questions":
        return bench_questions(a.texts, understanding)
    settings = ThinkingSettings(
        first_token_timeout=300.0, read_timeout=300.0, total_timeout=600.0, connect_timeout=60.0
    )
    async with LlamaServer(packed(a.gguf), settings, slots=1) as server:
        client = ChatClient(server.endpoint, settings)
        if a.part == "alone":
            await bench_alone(client, a.texts, a.alone, understanding)
        else:
            said = "heard" if a.part == "spoken" else "raw"
            await bench_requests(client, read_requests(a.requests, said), understanding)
        await client.aclose()
    return None


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Measure the repair of disfluent speech.")
    parser.add_argument("part", choices=("questions", "requests", "spoken", "alone"))
    parser.add_argument("texts", type=Path, help="folder of disfl_qa_test.json")
    parser.add_argument("requests", type=Path, help="requests with what was meant")
    parser.add_argument("gguf", type=Path, help="the embedded language model")
    parser.add_argument("encoder", type=Path, help="folder of the encoder")
    parser.add_argument("--alone", type=int, default=300, help="questions for the model alone")
    asyncio.run(bench(parser.parse_args()))


if __name__ == "__main__":
    main()

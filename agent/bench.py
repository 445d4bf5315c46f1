"""Calls to a running agent with recorded speech, timed at the caller's end of real WebRTC.

    python -m agent.bench [SPEECH_FOLDER] [--soak CALLS]

End of speech is the last 10 ms of the clip above its noise floor + 10 dB; first audible is the
first 30 ms of the answer above -45 dBFS as received.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np
import psutil

from agent.audio import read_audio
from agent.caller import CallReport, Patience, Utterance, call
from agent.errors import ParleyError
from agent.line import CALLER_RATE
from agent.phone import dial
from agent.recording import Span

CLIPS = (
    "librispeech_test_other/1688-142285-0002.flac",
    "turn_misc/unmute_dog-or-cat-3-nowait.flac",
    "turn_misc/weather_question.flac",
    "turn_misc/unmute_seine.flac",
)
READ_SPEECH = "librispeech_test_other"
SHORT_SECONDS = (1.5, 6.0)
TURNS = 24
TURNS_A_CALL = 6
GREETING = (
    "Hello, this is Parley. Before we begin, let me tell you a little about myself, so that you "
    "know what I can do, what I cannot do, and how you may stop me whenever you like."
)


def clips_of(folder: Path) -> list[Utterance]:
    """The recordings that are said: those named above, then short read speech, in order."""
    names = [name for name in CLIPS if (folder / name).is_file()]
    for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        short = SHORT_SECONDS[0] <= row["dur"] <= SHORT_SECONDS[1]
        if row["path"].startswith(READ_SPEECH) and short and row["path"] not in names:
            names.append(row["path"])
    return [Utterance(name, read_audio(folder / name, CALLER_RATE)) for name in names[:TURNS]]


@asynccontextmanager
async def agent(
    folder: Path, calls: int, greeting: str, settings: str = "", call_log: Path | None = None
) -> AsyncIterator[tuple[str, int]]:
    """A whole agent in a process of its own; yields its address and its process.

    `settings` are further tables of its config.toml; call logs go to the folder `call_log`.

    Raises:
        ParleyError: it ended before it was ready.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = folder / "bench.toml"
    config.write_text(
        f"[server]\nport = {port}\ncalls = {calls}\ngreeting = {json.dumps(greeting)}\n"
        f"call_log = {json.dumps(str(call_log.resolve()) if call_log else '')}\n{settings}"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "agent.cli", "serve", "--config", str(config),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        await _ready(url, process)
        yield url, process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(url: str, process: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as http:
        while True:
            if process.returncode is not None:
                raise ParleyError(
                    "The agent ended before it was ready: see what `parley serve` says."
                )
            try:
                if (await http.get(f"{url}/ready")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def voice_to_voice(url: str, clips: Sequence[Utterance], at_once: int) -> list[CallReport]:
    """All clips, a few turns a call, with `at_once` calls under way at any time."""
    groups = [clips[i : i + TURNS_A_CALL] for i in range(0, len(clips), TURNS_A_CALL)]
    reports = []
    for i in range(0, len(groups), at_once):
        calls = (call(url, group, Patience(greeting=0.5)) for group in groups[i : i + at_once])
        reports += await asyncio.gather(*calls)
    return reports


async def barge_ins(url: str, clips: Iterable[Utterance]) -> list[float]:
    """How long the greeting was heard after the caller began to speak over it, seconds."""
    delays = []
    for clip in clips:
        async with dial(url) as phone:
            now = time.perf_counter()
            greeting = await phone.answer_to(Span(now, now), 10.0)
            assert greeting is not None, "the agent did not greet"
            await phone.until(greeting.start + random.uniform(2.5, 5.0))
            spoken = await phone.say(clip.samples)
            await phone.quiet(0.5)
            over = [s.end for s in phone.heard.sounds() if s.start < spoken.start < s.end]
            # Who begins in one of the greeting's own pauses has interrupted nothing.
            delays += [over[0] - spoken.start] if over else []
    return delays


async def soak(url: str, pid: int, clips: Sequence[Utterance], calls: int) -> None:
    """Many calls in a row, every third hung up in the middle; prints what is left of them."""
    agent_process = psutil.Process(pid)
    base: tuple[float, int, int] | None = None
    for number in range(1, calls + 1):
        async with dial(url) as phone:
            samples = clips[number % len(clips)].samples[: 2 * CALLER_RATE]
            spoken = await phone.say(samples)
            if number % 3:
                await phone.answer_to(spoken, 5.0)
        if number == 10:
            base = footprint(agent_process)
    await asyncio.sleep(2.0)
    last = footprint(agent_process)
    assert base is not None
    for name, before, after in zip(("memory MB", "files", "processes"), base, last, strict=True):
        print(f"soak: {name:10} after call 10: {before:8.0f}   after call {calls}: {after:8.0f}")


def footprint(process: psutil.Process) -> tuple[float, int, int]:
    """Resident memory in MB, open files and processes of an agent with all its children."""
    family = [process, *process.children(recursive=True)]
    memory = sum(member.memory_info().rss for member in family) / 1e6
    return memory, sum(member.num_fds() for member in family), len(family)


def row(name: str, values: Sequence[float]) -> None:
    """Prints one line of the table, milliseconds."""
    if not values:
        print(f"{name:34} no answer at all")
        return
    p50, p95 = np.percentile(values, [50, 95])
    print(f"{name:34} p50 {1000 * p50:6.0f}   p95 {1000 * p95:6.0f}   n {len(values)}")


def show(name: str, reports: Sequence[CallReport]) -> None:
    """Prints what the caller measured, and the agent's own account of it."""
    turns = [turn for report in reports for turn in report.turns]
    heard = [turn.voice_to_voice for turn in turns if turn.voice_to_voice is not None]
    row(f"{name}: voice to voice, ms", heard)
    print(f"{name}: answered {len(heard)} of {len(turns)}")
    parts: dict[str, list[float]] = {}
    for report in reports:
        for message in report.messages:
            if message.body.get("type") == "latency":
                for part, value in message.body.items():
                    if part not in ("type", "turn"):
                        parts.setdefault(part, []).append(float(value))
    for part, values in parts.items():
        row(f"  of it at the agent: {part}", values)


async def main() -> None:
    """Runs every part and prints the table."""
    parser = argparse.ArgumentParser(description="Time calls to the agent at the caller's end.")
    parser.add_argument("speech", type=Path, nargs="?", default=Path("../shared/speech"))
    parser.add_argument("--soak", type=int, default=0, metavar="CALLS")
    arguments = parser.parse_args()
    if not (arguments.speech / "manifest.jsonl").is_file():
        sys.exit(f"There is no speech at {arguments.speech}: name its folder.")
    clips = clips_of(arguments.speech)
    print(f"{os.cpu_count()} cores; clips: {', '.join(clip.name for clip in clips)}")
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    began = time.perf_counter()
    async with agent(folder, 2, "") as (url, pid):
        print(f"ready {time.perf_counter() - began:.1f} s after the start")
        show("one call", await voice_to_voice(url, clips, 1))
        print(f"memory of the whole agent: {footprint(psutil.Process(pid))[0]:.0f} MB")
        show("two calls at once", await voice_to_voice(url, clips[: 2 * TURNS_A_CALL], 2))
        if arguments.soak:
            await soak(url, pid, clips, arguments.soak)
    async with agent(folder, 2, GREETING) as (url, _):
        row("barge-in: silent after, ms", await barge_ins(url, clips[:16]))


if __name__ == "__main__":
    asyncio.run(main())

"""Plays scenarios with a simulated caller over real WebRTC and scores the agent.

    python -m agent.scenarios [FILES] [--only NAME] [--keep FOLDER] [--list]

One line a scenario, then the measures of tau-voice over all of them (`agent/scenarios/metrics.py`
defines them). The exit code tells of errors only, not of scenarios that failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from agent.bench import agent
from agent.config import Config
from agent.errors import ParleyError
from agent.scenarios import tools
from agent.scenarios.clips import Studio
from agent.scenarios.kokoro import callers
from agent.scenarios.play import play
from agent.scenarios.report import line, show
from agent.scenarios.score import Result, score
from agent.scenarios.script import FOLDER, Scenario, Speech, ToolCall, read

SECONDS = 90.0
"""A scenario that takes longer is an error."""

SYSTEM_PROMPT = (
    "You answer the telephone of Harbour House, a restaurant by the bay. Answer in one or two "
    "short spoken sentences. When the caller gives details, such as a day, a time, a number of "
    "people, a name, a code or a telephone number, say them back."
)


def main() -> int:
    """Plays what was asked for; 1 when a scenario could not be played."""
    options = _options()
    try:
        scenarios = _chosen(read(options.files or sorted(FOLDER.glob("*.yaml"))), options.only)
        if options.list:
            for scenario in scenarios:
                print(f"{scenario.group}: {scenario.name}")
            return 0
        # Whoever ends the bench ends the agent that it started.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        return asyncio.run(_run(scenarios, options.speech, options.keep))
    except ParleyError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m agent.scenarios", description="Score the agent with a simulated caller."
    )
    parser.add_argument("files", type=Path, nargs="*", help="scenarios; all of Parley's by default")
    parser.add_argument("--only", metavar="NAME", help="those whose file or name contains it")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="write what happened in each call, and the agent's call logs",
    )
    parser.add_argument("--list", action="store_true", help="print their names only")
    parser.add_argument(
        "--speech", type=Path, default=Path("../shared/speech"), help="folder of recordings"
    )
    return parser.parse_args()


def _chosen(scenarios: Sequence[Scenario], only: str | None) -> list[Scenario]:
    wanted = [s for s in scenarios if not only or only in f"{s.group}: {s.name}"]
    if not wanted:
        raise ParleyError(f"No scenario is called {only!r}: see --list.")
    return sorted(wanted, key=lambda scenario: scenario.greeting.value)


async def _run(scenarios: Sequence[Scenario], speech: Path, keep: Path | None) -> int:
    if not speech.is_dir():
        raise ParleyError(f"There is no speech at {speech}: name its folder with --speech.")
    studio = Studio(speech, await asyncio.to_thread(callers))
    began = time.perf_counter()
    for scenario in scenarios:  # makes and keeps every clip, so that no call waits for one
        for step in scenario.steps:
            if isinstance(step, Speech):
                studio.clip(scenario, step)
    print(f"{len(scenarios)} scenarios; clips ready in {time.perf_counter() - began:.0f} s")
    results: list[Result] = []
    errors = 0
    with tempfile.TemporaryDirectory(prefix="parley-scenarios-") as scratch:
        os.environ[tools.NOTES] = str(Path(scratch) / "calls.jsonl")
        for greeting, group in groupby(scenarios, key=lambda scenario: scenario.greeting):
            async with agent(Path(scratch), 1, greeting.text, _settings(), keep) as (url, _):
                for scenario in group:
                    result = await _one(url, scenario, studio, keep)
                    errors += result is None
                    results += [result] if result else []
    show(results)
    print(f"{len(scenarios)} scenarios in {time.perf_counter() - began:.0f} s, {errors} errors")
    return int(errors > 0)


async def _one(url: str, scenario: Scenario, studio: Studio, keep: Path | None) -> Result | None:
    """Plays and scores one scenario and prints its line; None when it could not be played."""
    spoken = [step for step in scenario.steps if isinstance(step, Speech)]
    clips = {step: studio.clip(scenario, step) for step in spoken}
    notes = Path(os.environ[tools.NOTES])
    notes.unlink(missing_ok=True)
    try:
        async with asyncio.timeout(SECONDS):
            played = await play(url, scenario, clips, studio.surroundings(scenario))
    except (ParleyError, TimeoutError) as error:
        why = str(error) or f"not over after {SECONDS:.0f} s"
        print(f"error         {scenario.group}: {scenario.name}  --  {why}", flush=True)
        return None
    calls = tuple(_made(notes)) if _has_tools() else None
    result = score(scenario, played, calls)
    print(line(result), flush=True)
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        told = json.dumps({"failures": result.failures, **played.log()}, indent=1)
        (keep / f"{scenario.group} - {scenario.name}.json").write_text(told, encoding="utf-8")
    return result


def _has_tools() -> bool:
    """Whether this agent loads tools that config.toml names."""
    return "tools" in Config.model_fields


def _settings() -> str:
    """The tables of config.toml besides the server's."""
    told = f"[thinking]\nsystem_prompt = {json.dumps(SYSTEM_PROMPT)}\n"
    if not _has_tools():
        return told
    functions = (tools.book_table, tools.order_status, tools.opening_hours)
    names = [f"{tools.__name__}:{function.__name__}" for function in functions]
    return f"{told}[tools]\nfunctions = {json.dumps(names)}\n"


def _made(notes: Path) -> Iterator[ToolCall]:
    if notes.is_file():
        for noted in notes.read_text(encoding="utf-8").splitlines():
            yield ToolCall.model_validate_json(noted)


if __name__ == "__main__":
    sys.exit(main())

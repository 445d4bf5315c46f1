"""`parley replay`: what was decided in a logged call, and what other settings would have done."""

from __future__ import annotations

import argparse
from pathlib import Path

_EXAMPLES = """\
examples:
  parley replay logs/20261124-101500-3f2a1c.jsonl
  parley replay call.jsonl --picture call.png
  parley replay call.jsonl --config patient.toml

Calls are logged when server.call_log names a folder. Each line is the time in seconds, what
happened, and what was decided about it. With --config, lines with - are decisions of the call that
the other settings do not make, lines with + are theirs.
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `parley replay`."""
    parser.epilog = _EXAMPLES
    parser.add_argument("log", type=Path, help="a call log, JSON lines")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw it: PNG, SVG or PDF")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="decide again, with the [turns] of this file"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints the timeline, or the differences; draws what was printed."""
    from agent.config import read
    from agent.replay import differences, rerun, timeline
    from agent.replay import read as read_log
    from agent.replay_picture import draw
    from dialogue.turns import Policy

    log = read_log(arguments.log)
    entries, policy = log.entries, Policy.of(log.settings)
    if arguments.config is None:
        lines = timeline(entries)
    else:
        policy = Policy.of(read(arguments.config).turns)
        entries = rerun(log, policy)
        lines = differences(log.entries, entries)
    for line in lines:
        print(line)
    if arguments.picture is not None:
        draw(entries, policy, arguments.picture)

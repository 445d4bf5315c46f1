"""Place a WebRTC call to a running agent, speak a recording, and print what came back."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.cli.options import add_config, config_of, store_of

HELP = "call a running agent with a recording"
EXAMPLES = """Examples:
  parley call http://127.0.0.1:8080 question.wav
  parley call http://127.0.0.1:8080 first.wav second.wav -o answers.wav
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds this command's options."""
    add_config(parser)
    parser.add_argument("url", help="where the agent answers, for example http://127.0.0.1:8080")
    parser.add_argument("files", nargs="+", type=Path, help="what to say, one recording a turn")
    parser.add_argument("-o", "--output", type=Path, metavar="WAV", help="keep what was heard")


def run(arguments: argparse.Namespace) -> None:
    """Runs the command."""
    import asyncio

    from agent.calling import call

    config = config_of(arguments)
    folder = store_of(config).path(config.models.hearing)
    asyncio.run(call(arguments.url, arguments.files, arguments.output, folder, config.hearing))

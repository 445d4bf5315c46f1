"""`parley call`: calls a running agent with recordings and prints what came back."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.cli.options import add_config, config_of, store_of

_EXAMPLES = """\
examples:
  parley call http://127.0.0.1:8080 question.wav
  parley call http://127.0.0.1:8080 first.wav second.wav -o answers.wav
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `parley call`."""
    parser.epilog = _EXAMPLES
    add_config(parser)
    parser.add_argument("url", help="where the agent answers, for example http://127.0.0.1:8080")
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="file", help="what to say, one recording a turn"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="WAV", help="keep what was heard")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Places the call."""
    import asyncio

    config = config_of(arguments)
    folder = store_of(config).path(config.models.hearing)

    from agent.calling import call

    asyncio.run(call(arguments.url, arguments.files, arguments.output, folder, config.hearing))

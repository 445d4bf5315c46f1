"""Speak text with Parley's own voice, into a file, a pipe or the loudspeaker."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.cli.options import add_config, config_of

HELP = "speak text"
EXAMPLES = """Examples:
  parley say "Hello there." -o hello.wav
  echo "Good morning." | parley say -o - | aplay
  parley say "Hello there."                        plays it, where a player is installed
  parley say --lines sentences.txt -o folder       one file a line: 000.wav, 001.wav, ...
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds this command's options."""
    add_config(parser)
    parser.add_argument("text", nargs="?", help="what to say; read from standard input if left out")
    parser.add_argument(
        "-o", "--output", metavar="WAV", help="file to write, - for standard output; or a folder"
    )
    parser.add_argument(
        "--lines", type=Path, metavar="FILE", help="speak every line of FILE into folder -o"
    )


def run(arguments: argparse.Namespace) -> None:
    """Runs the command."""
    from agent.speaking import say, say_lines

    speaking = config_of(arguments).speaking
    if arguments.lines is not None:
        say_lines(arguments.lines, arguments.output, speaking)
    else:
        say(arguments.text, arguments.output, speaking)

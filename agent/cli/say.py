"""`parley say`: text with Parley's voice, into a file, a pipe or the loudspeaker."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from agent.cli.options import add_config, config_of, store_of

_EXAMPLES = """\
examples:
  parley say "Hello there."                       plays it, where there is a player
  parley say "Hello there." -o hello.wav
  fortune | parley say -o - | aplay               speaks while the text still comes
  parley say --voice anna.safetensors --rate 1.1 "Hello there."
  parley say --lines sentences.txt -o folder      one file a line: 000.wav, 001.wav, ...
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `parley say`."""
    parser.epilog = _EXAMPLES
    add_config(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("text", nargs="?", help="what to say; standard input when left out")
    what.add_argument(
        "--lines", type=Path, metavar="FILE", help="say each line of FILE into a file in -o"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help=".wav, .flac or .ogg; - is WAV on standard output; a folder with --lines",
    )
    parser.add_argument(
        "--voice", metavar="NAME", help="heart, michael, or the file of an adapted voice"
    )
    parser.add_argument("--rate", type=float, help="speaking rate; 1.1 is a tenth faster")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Speaks; what is wrong with the request is told before the voice is loaded."""
    from agent.errors import ParleyError

    given = {"voice": arguments.voice, "rate": arguments.rate}
    config = config_of(
        arguments, {"speaking": {key: value for key, value in given.items() if value is not None}}
    )
    if arguments.lines is None and arguments.text is None and sys.stdin.isatty():
        raise ParleyError('There is nothing to say: give a text, as in parley say "Hello."')
    if arguments.lines is not None and arguments.output in (None, "-"):
        raise ParleyError("--lines needs a folder to write to: add -o FOLDER.")

    from agent.speaking import say, say_lines

    if arguments.lines is not None:
        say_lines(arguments.lines, Path(arguments.output), config, store_of(config))
    else:
        text = sys.stdin if arguments.text is None else [arguments.text]
        say(text, arguments.output, config, store_of(config))

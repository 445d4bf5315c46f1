"""The command line: `parley COMMAND`. Each command is a module that is imported when it is run."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from agent.errors import ParleyError

COMMANDS = {
    "serve": "answer calls on a web page",
    "say": "speak text",
    "listen": "write down what is said in a recording",
    "call": "call a running agent with a recording",
    "replay": "show what was decided in a logged call",
    "voice": "train the voice, or adapt it to a speaker",
    "models": "fetch, verify and list the model files",
    "config": "show, check and explain the settings",
}

_EXAMPLES = """\
examples:
  parley models fetch               bring the model files, once
  parley serve                      talk to it at http://127.0.0.1:8080
  parley say "Good morning." -o morning.wav
  parley listen morning.wav
  parley call http://127.0.0.1:8080 question.wav -o answer.wav

`parley COMMAND --help` tells more. PARLEY_DEBUG=1 shows where an error came from.
"""

_INTERRUPTED = 130
_PIPE_CLOSED = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command and returns what the process exits with; an error is one sentence."""
    words = sys.argv[1:] if argv is None else argv
    # numpy reads it as it is imported: a second thread of its would spin after every small
    # product, on a core that a caller is waiting for.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        arguments = _parser(words).parse_args(words)
        arguments.run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader has gone; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    except Exception as error:
        if os.environ.get("PARLEY_DEBUG"):
            raise
        print(_sentence(error), file=sys.stderr)
        return error.exit_code if isinstance(error, ParleyError) else 1
    return 0


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """The parser, with the options of the one command that is asked for."""
    parser = argparse.ArgumentParser(
        prog="parley",
        description="A voice agent that hears, thinks and speaks on this machine.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name in words[:1]:
            import_module(f"agent.cli.{name}").define(command)
    return parser


class _Version(argparse.Action):
    """`--version`, which looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"parley {version('parley')}")
        parser.exit()


def _sentence(error: Exception) -> str:
    if isinstance(error, ParleyError):
        return f"parley: {error}"
    if isinstance(error, OSError) and error.filename:
        return f"parley: {error.filename}: {error.strerror}."
    return (
        f"parley: something broke that should not ({type(error).__name__}: {error}); "
        "PARLEY_DEBUG=1 shows where, please report it."
    )

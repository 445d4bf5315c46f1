"""Print what is said in a recording: interims as they come, finals with times."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.cli.options import add_config, config_of, store_of

HELP = "transcribe a recording"
EXAMPLES = """Examples:
  parley listen recording.wav
  parley listen call.flac --finals
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds this command's options."""
    add_config(parser)
    parser.add_argument("file", type=Path, help="a recording: WAV, FLAC, Ogg or MP3")
    parser.add_argument("--finals", action="store_true", help="leave the interims out")


def run(arguments: argparse.Namespace) -> None:
    """Runs the command."""
    import asyncio

    from agent.audio import read_audio
    from agent.line import CALLER_RATE

    config = config_of(arguments)
    samples = read_audio(arguments.file, CALLER_RATE)
    folder = store_of(config).path(config.models.hearing)

    from agent.listening import transcribe

    asyncio.run(transcribe(samples, folder, config.hearing, interims=not arguments.finals))

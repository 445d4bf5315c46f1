"""`parley listen`: what is said in a recording, interims as they come and finals with times."""

from __future__ import annotations

import argparse
from pathlib import Path

from agent.cli.options import add_config, config_of, store_of

_EXAMPLES = """\
examples:
  parley listen recording.wav
  parley listen call.flac --finals

Each line is the start and end in seconds and the words. A ~ marks interims: words that may still
change, told while the recording is heard at its own pace, as in a call.
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `parley listen`."""
    parser.epilog = _EXAMPLES
    add_config(parser)
    parser.add_argument("file", type=Path, help="a recording: WAV, FLAC, OGG or MP3, at any rate")
    parser.add_argument("--finals", action="store_true", help="only final words, as fast as can be")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Prints the transcript; the file is read before the model is loaded."""
    import asyncio

    from agent.audio import read_audio
    from agent.line import CALLER_RATE

    config = config_of(arguments)
    samples = read_audio(arguments.file, CALLER_RATE)

    from agent.listening import transcribe
    from agent.recognisers import RecogniserFiles

    files = RecogniserFiles.of(config, store_of(config))
    asyncio.run(transcribe(samples, files, config.hearing, interims=not arguments.finals))

"""How good the voice is, beside its teacher on the same sentences.

    python -m tts.evaluation                         every figure, each with its bar
    parley voice evaluate                            the same
    python -m tts.evaluation --only word-error       one part; --only may be given several times
    python -m tts.evaluation --weights FOLDER --steps 2
    python -m tts.evaluation --only level --write-gain   new weights: set their gain
    python -m tts.evaluation --only skips            1000 sentences; may be stopped and gone on with

Needs what `make bench-tts` installs first.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tts.evaluation.figures import PARTS, evaluating, report
from tts.evaluation.level import level
from tts.evaluation.studio import Studio
from tts.evaluation.teacher import Teacher
from tts.loudness import LOUDNESS, gain_towards, read_gain, write_gain
from tts.settings import SpeakingSettings
from tts.weights import WeightsError

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley"
WEIGHTS = Path(__file__).parents[1] / "weights"


def define(parser: argparse.ArgumentParser) -> None:
    """Add the options of an evaluation."""
    default = SpeakingSettings()
    models = CACHE / "models"
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="folder of the weights")
    parser.add_argument("--whisper", type=Path, default=models / "whisper-base")
    parser.add_argument("--teacher", type=Path, default=models / "kokoro-82m")
    parser.add_argument("--cache", type=Path, default=CACHE / "teacher", help="its speech is kept")
    parser.add_argument("--only", action="append", choices=PARTS, help="a part of the table")
    parser.add_argument("--steps", type=int, default=default.flow_steps)
    parser.add_argument("--temperature", type=float, default=default.temperature)
    parser.add_argument("--processes", type=int, default=2, help="one thread each")
    parser.add_argument(
        "--write-gain", action="store_true", help="and bring the voice to its loudness from now on"
    )
    parser.add_argument("--every", type=int, default=1, help="only one sentence in so many")


def evaluate(arguments: argparse.Namespace) -> int:
    """Print the figures; 0 if every bar is met.

    Raises:
        WeightsError: files are missing; the message says what to do.
    """
    settings = SpeakingSettings(flow_steps=arguments.steps, temperature=arguments.temperature)
    teacher = Teacher(arguments.teacher, arguments.cache)
    studio = Studio(arguments.weights, arguments.whisper, teacher, settings)
    at_once, every = arguments.processes, arguments.every
    with evaluating(studio, at_once, every, CACHE / "skips", _tell) as evaluation:
        met = report(evaluation, arguments.only or PARTS)
        if arguments.write_gain:
            change = gain_towards(LOUDNESS, level(evaluation.ours).loudness)
            write_gain(arguments.weights, read_gain(arguments.weights) * change)
    return 0 if met else 1


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(given: Sequence[str] | None = None) -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    define(parser)
    try:
        return evaluate(parser.parse_args(given))
    except WeightsError as error:
        print(error, file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        print(f"{error.name} is missing: make bench-tts brings it.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

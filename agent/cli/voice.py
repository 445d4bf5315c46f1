"""`parley voice`: train the voice, make speech to train it on, adapt it to a speaker."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.cli.options import add_config, config_of, store_of
from agent.errors import ParleyError

_EXAMPLES = """\
examples:
  parley voice corpus --voice af_heart --texts texts.txt --minutes 180 heart.jsonl
  parley voice train voice.toml          goes on where it was stopped
  parley voice import recordings anna.jsonl
  parley voice adapt recordings --name anna
  parley say --voice anna.safetensors "Hello there."
  parley voice evaluate --only dnsmos --every 10     beside the teacher, on every tenth sentence

recordings is a folder of NAME.wav (or .flac, .ogg) with NAME.txt, what is said in it; ten minutes
are enough to adapt. Training needs pip install 'parley[train,picture]', evaluation what
make bench-tts installs first.
"""


def define(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `parley voice`."""
    parser.epilog = _EXAMPLES
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    training = actions.add_parser("train", help="train the voice as a file of settings says")
    training.add_argument("settings", type=Path, metavar="FILE.toml")
    training.set_defaults(run=train)

    corpus = actions.add_parser("corpus", help="let the teacher speak texts, to train on")
    corpus.add_argument("corpus", type=Path, metavar="FILE.jsonl", help="goes on with what it has")
    corpus.add_argument("--texts", type=Path, required=True, metavar="FILE", help="a text a line")
    corpus.add_argument("--voice", default="af_heart", help="one of Kokoro's voices")
    corpus.add_argument("--minutes", type=float, default=60.0, help="how much speech to make")
    add_config(corpus)
    corpus.set_defaults(run=make_corpus)

    importing = actions.add_parser("import", help="make a corpus of your own recordings")
    importing.add_argument("recordings", type=Path, metavar="FOLDER")
    importing.add_argument("corpus", type=Path, metavar="FILE.jsonl")
    importing.set_defaults(run=import_own)

    adapting = actions.add_parser("adapt", help="make a voice of a few minutes of a speaker")
    adapting.add_argument("recordings", type=Path, metavar="FOLDER", help="or a corpus, FILE.jsonl")
    adapting.add_argument("--name", required=True, help="of the new voice")
    adapting.add_argument("--steps", type=int, default=300, help="more take longer")
    adapting.add_argument("--seed", type=int, default=0)
    adapting.add_argument("--weights", type=Path, metavar="FOLDER", help="of the voice to adapt")
    adapting.add_argument("--encoder", type=Path, metavar="FILE", help="the codec's encoder")
    adapting.add_argument("-o", "--output", type=Path, metavar="FILE.safetensors")
    adapting.set_defaults(run=adapt)

    evaluation = actions.add_parser("evaluate", help="measure the voice beside its teacher")
    evaluation.add_argument("--weights", type=Path, metavar="FOLDER", help="of the voice")
    evaluation.add_argument(
        "--only",
        action="append",
        choices=("word-error", "dnsmos", "similarity", "level", "skips"),
        help="a part of the table; may be given several times",
    )
    evaluation.add_argument("--every", type=int, default=1, help="only one sentence in so many")
    evaluation.add_argument("--processes", type=int, default=2, help="one thread each")
    add_config(evaluation)
    evaluation.set_defaults(run=evaluate)


def train(arguments: argparse.Namespace) -> None:
    """Trains, and says how to evaluate what came of it."""
    from tts.training.course import run
    from tts.training.settings import TrainingSettings, read_settings

    with _told():
        weights = run(read_settings(arguments.settings, TrainingSettings), _tell)
    print(f"Weights are in {weights}; parley voice evaluate --weights {weights} measures them.")


def make_corpus(arguments: argparse.Namespace) -> None:
    """Lets the teacher speak until there are enough minutes."""
    from tts.training import teacher

    store = store_of(config_of(arguments))
    with _told():
        speaker = teacher.Teacher(store.path("kokoro-82m"), arguments.voice)
        texts = teacher.read_texts(arguments.texts)
        spoken = 0.0
        for minutes in teacher.make_corpus(speaker, texts, arguments.corpus, arguments.minutes):
            if int(minutes) > int(spoken):
                _tell(f"{minutes:.1f} of {arguments.minutes:.0f} minutes")
            spoken = minutes
    print(f"{arguments.corpus} is made.")


def import_own(arguments: argparse.Namespace) -> None:
    """Makes a corpus of recordings."""
    from agent.voices import WEIGHTS
    from tts.engine import Engine
    from tts.training.own_recordings import import_recordings

    with _told():
        for line in import_recordings(Engine(WEIGHTS), arguments.recordings, arguments.corpus):
            _tell(line)
    print(f"{arguments.corpus} is made.")


def adapt(arguments: argparse.Namespace) -> None:
    """Adapts the voice to recordings."""
    from agent.voices import WEIGHTS
    from tts.training.adapt import AdaptationSettings
    from tts.training.new_voice import make_voice

    weights = arguments.weights or WEIGHTS
    out = arguments.output or Path(f"{arguments.name}.safetensors")
    with _told():
        make_voice(
            weights,
            arguments.encoder or weights / "encoder.safetensors",
            arguments.recordings,
            out.with_suffix(".work"),
            out,
            AdaptationSettings(steps=arguments.steps, seed=arguments.seed),
            _tell,
        )
    print(f'{out} is made: parley say --voice {out} "Hello there." speaks with it.')


def evaluate(arguments: argparse.Namespace) -> None:
    """Prints the figures, each with its bar."""
    from agent.voices import WEIGHTS

    store = store_of(config_of(arguments))
    with _told("make bench-tts"):
        from tts.evaluation.figures import PARTS, evaluating, report
        from tts.evaluation.studio import Studio
        from tts.evaluation.teacher import Teacher

        cache = store.folder.parent
        teacher = Teacher(store.path("kokoro-82m"), cache / "teacher")
        studio = Studio(arguments.weights or WEIGHTS, store.path("whisper-base"), teacher)
        at_once, every = arguments.processes, arguments.every
        with evaluating(studio, at_once, every, cache / "skips", _tell) as evaluation:
            met = report(evaluation, arguments.only or PARTS)
    if not met:
        raise ParleyError("A bar is not met: see the figures above.")


def _tell(line: str) -> None:
    print(line, flush=True)


@contextmanager
def _told(brings: str = "pip install 'parley[train]'") -> Iterator[None]:
    """What goes wrong, as the command line's errors; `brings` is what installs missing modules."""
    from tts.training.settings import TrainingError
    from tts.weights import WeightsError

    try:
        yield
    except (TrainingError, WeightsError) as error:
        raise ParleyError(str(error)) from error
    except ModuleNotFoundError as error:
        raise ParleyError(f"{error.name} is missing: {brings} brings it.") from error

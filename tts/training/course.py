"""A course of training in a folder: latents, steps, checkpoints, learning curve, samples, weights.

latents/NAME.pt    the corpora through the codec's encoder, made once
checkpoint.pt      everything that going on needs
history.jsonl      errors every `save_every` steps; curve.png shows them
samples/STEP-...   the averaged weights speaking
weights/           voice.safetensors, codec.safetensors and voices/NAME.safetensors
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import soundfile
import torch
from torch import Tensor

from tts.codec import SAMPLE_RATE
from tts.engine import Engine
from tts.network import NetworkShape, VoiceNetwork
from tts.settings import SpeakingSettings
from tts.speaker import Speaker, read_speaker, write_speaker
from tts.training.encoder import Encoder, EncoderShape
from tts.training.examples import Corpus, Rows, corpora
from tts.training.guidance import Guided, textless
from tts.training.history import History
from tts.training.latents import encode_corpus, in_all_phases, read_clips
from tts.training.objective import Objective, SpeakingNetwork, losses
from tts.training.settings import TrainingError, TrainingSettings
from tts.training.train import Errors, Training, fresh
from tts.weights import read_network, write_weights

WEIGHTS = Path(__file__).parent.parent / "weights"
CODEC = WEIGHTS / "codec.safetensors"
ENCODER = WEIGHTS / "encoder.safetensors"
SLOTS_AHEAD = 4
"""A sound begins 40 to 100 ms before the time that is its own in the teacher's durations: told two
slots earlier, held-out errors fell from .267 to .250, another speaker's from .371 to .314. Told
four, and trained for longer, they fell from .239 to .226 and from .267 to .246."""
Tell = Callable[[str], None]


def latents_of(settings: TrainingSettings, tell: Tell) -> dict[str, Rows]:
    """Every speaker's examples, encoded when that was not done before.

    Raises:
        TrainingError: a corpus is missing.
        WeightsError: the encoder is missing.
    """
    rows = {}
    encoder_file = Path(settings.encoder) if settings.encoder else ENCODER
    for name, files in settings.corpora.items():
        corpus = [Path(file) for file in ((files,) if isinstance(files, str) else files)]
        path = Path(settings.folder) / "latents" / f"{name}.pt"
        if not path.is_file():
            for file in corpus:
                if not file.is_file():
                    raise TrainingError(f"There is no corpus {file}: correct corpora.{name}.")
            tell(f"encoding {' '.join(map(str, corpus))}")
            encoder = read_network(encoder_file, EncoderShape, Encoder)
            path.parent.mkdir(parents=True, exist_ok=True)
            clips = [clip for file in corpus for clip in read_clips(file)]
            torch.save(encode_corpus(encoder, in_all_phases(clips)), path)
        rows[name] = torch.load(path, weights_only=True)
    return rows


def first_network(settings: TrainingSettings, rows: dict[str, Rows]) -> VoiceNetwork:
    """The network to start from: trained weights, or fresh ones. Raises `WeightsError`."""
    if settings.start:
        return read_network(Path(settings.start), NetworkShape, VoiceNetwork)
    everything = torch.cat([row["z"] for examples in rows.values() for row in examples])
    shape = NetworkShape(slots_ahead=SLOTS_AHEAD)
    return fresh(shape, everything.mean(0), everything.std(0), settings.seed)


def examples_of(
    settings: TrainingSettings, rows: dict[str, Rows], network: VoiceNetwork
) -> dict[str, Corpus]:
    """What is trained on and held out. Raises `TrainingError` where a corpus is too small."""
    data = corpora(rows, settings.held_out, network)
    for name, corpus in data.items():
        if not corpus.training:
            raise TrainingError(
                f"{name} says nothing but in the {settings.held_out} clips that are held out: "
                f"add more to corpora.{name}."
            )
    return data


def speakers_of(weights: str, names: Iterable[str]) -> dict[str, Tensor]:
    """The vectors of those speakers that weights know."""
    voices = Path(weights).parent / "voices"
    files = {name: voices / f"{name}.safetensors" for name in names if weights}
    return {name: read_speaker(file).vector for name, file in files.items() if file.is_file()}


def objective_of(settings: TrainingSettings) -> Objective:
    """What a training makes small.

    Raises:
        TrainingError: the weights that are guided do not know a speaker.
        WeightsError: they, or the textless ones, cannot be read.
    """
    if isinstance(settings.objective, str):
        return {"speech": losses, "textless": textless}[settings.objective]
    given = settings.objective
    network = read_network(Path(given.teacher), NetworkShape, VoiceNetwork)
    speakers = speakers_of(given.teacher, settings.corpora)
    for name in settings.corpora:
        if name not in speakers:
            raise TrainingError(
                f"{given.teacher} does not know {name}: put voices/{name}.safetensors beside it."
            )
    teacher = SpeakingNetwork(network, len(speakers)).eval().requires_grad_(False)
    teacher.speakers.copy_(torch.stack(list(speakers.values())))
    without = read_network(Path(given.textless), NetworkShape, VoiceNetwork)
    return Guided(teacher, without.eval().requires_grad_(False), given.strength)


def run(settings: TrainingSettings, tell: Tell) -> Path:
    """Train to the last step, from the checkpoint if there is one; the folder of the weights.

    Raises:
        TrainingError: a corpus is missing or too small, or the checkpoint or the weights that are
            guided cannot be used.
        WeightsError: the encoder or any weights cannot be read.
    """
    torch.set_num_threads(settings.threads)
    folder = Path(settings.folder)
    rows = latents_of(settings, tell)
    network = first_network(settings, rows)
    data = examples_of(settings, rows, network)
    speakers = speakers_of(settings.start, data)
    training = Training(network, list(data), settings, speakers, objective_of(settings))
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.is_file():
        training.take_up(checkpoint)
    history = History(folder, training.step)
    if training.step == 0:
        history.add(0, None, training.held_out(data), 0.0)
    while training.step < settings.steps:
        errors = stretch(training, data)
        held_out = training.held_out(data)
        history.add(training.step, errors, held_out, time.process_time())
        training.save(checkpoint)
        tell(f"step {training.step} of {settings.steps}  {history.last()}")
        if training.step % settings.sample_every == 0:
            speak(training, export(training, folder / "weights"), folder / "samples")
    history.draw(folder / "curve.png")
    weights = export(training, folder / "weights")
    speak(training, weights, folder / "samples")
    return weights


def stretch(training: Training, data: dict[str, Corpus]) -> Errors:
    """Steps to the next checkpoint; their mean errors."""
    settings = training.settings
    steps = min(settings.steps, (training.step // settings.save_every + 1) * settings.save_every)
    errors = [training.advance(list(data.values())) for _ in range(steps - training.step)]
    return Errors(
        sum(e.flow for e in errors) / len(errors), sum(e.durations for e in errors) / len(errors)
    )


def export(training: Training, folder: Path) -> Path:
    """Write the averaged weights as the engine reads them; the folder."""
    network = training.averaged.network
    about = f"Parley's voice: text to latents, after {training.step} training steps"
    write_weights(folder / "voice.safetensors", network.state_dict(), network.shape, about)
    for name, vector in zip(training.names, training.averaged.speakers, strict=True):
        write_speaker(folder / "voices" / f"{name}.safetensors", Speaker(vector), f"voice {name}")
    if not (folder / CODEC.name).is_file():
        shutil.copy(CODEC, folder)
    return folder


def speak(training: Training, weights: Path, folder: Path) -> None:
    """Speak the sample texts with every speaker into FOLDER/STEP-NAME-N.wav."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = Engine(weights, SpeakingSettings(voice=training.names[0]))
    for name in training.names:
        for number, text in enumerate(training.settings.sample_texts):
            path = folder / f"{training.step:06}-{name}-{number}.wav"
            with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16") as file:
                for chunk in engine.speak([text], voice=name):
                    file.write(chunk.samples)
    torch.set_num_threads(training.settings.threads)

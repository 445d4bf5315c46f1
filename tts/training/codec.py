"""Trains the codec: a decoder for an encoder's latents, or encoder and decoder together.

    python -m tts.training.codec codec.toml

The file holds `CodecSettings`. Runs on one CPU core and goes on from its checkpoint:

recordings/NAME.pt  the corpora with their pitch (and latents), made once
checkpoint.pt       everything that the next step depends on
history.jsonl       losses every 50 steps; curve.png shows them
samples/STEP-...    held-out recordings from the averaged weights
weights/            codec.safetensors, and encoder.safetensors where one is trained

The decoder that comes with Parley was trained on for its encoder from earlier weights, twice: when
its filters got shorter windows, regression = 700, judging = 250, adversarial = 3950,
adversarial_rate = 3e-4; when its noise became even, regression = 150, judging = 300,
rate = 2e-4, adversarial = 3000. Both with threads = 2, for 50 and 37 minutes.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import soundfile
import torch

from tts.codec import SAMPLE_RATE, Decoder, DecoderShape
from tts.training.codec_network import Codec, LearnedLatents, StoredLatents, respeak
from tts.training.codec_settings import CodecSettings
from tts.training.codec_trainer import Losses, Trainer
from tts.training.crops import Draw
from tts.training.encoder import Encoder, EncoderShape
from tts.training.export import export_checkpoint
from tts.training.recordings import Recording, load, record_corpus, save, with_latents
from tts.training.settings import read_settings
from tts.weights import WeightsError, read_network

PRINT_EVERY = 50
SMOOTHING = 0.97


def recordings_of(settings: CodecSettings) -> tuple[list[Recording], list[Recording]]:
    """Recordings to train on, and those held out; tracked and encoded when that was not done.

    Raises:
        WeightsError: the encoder cannot be read.
        ValueError: a recording is not at 24 kHz.
    """
    encoder = None
    if settings.encoder:
        encoder = read_network(Path(settings.encoder), EncoderShape, Encoder)
    kept, held_out = [], []
    for corpus in map(Path, settings.corpora):
        path = Path(settings.folder) / "recordings" / f"{corpus.stem}.pt"
        if not path.is_file():
            save(record_corpus(corpus, encoder), path)
        recordings = load(path)
        held_out += recordings[: settings.held_out]
        kept += recordings[settings.held_out :]
    return kept, held_out


def untrained(settings: CodecSettings) -> Codec:
    """The codec before the first step, from the seed or from a decoder's weights."""
    torch.manual_seed(settings.seed)
    latents = StoredLatents() if settings.encoder else LearnedLatents(EncoderShape())
    codec = Codec(latents, DecoderShape())
    if settings.decoder:
        start = read_network(Path(settings.decoder), DecoderShape, Decoder)
        codec.decoder.load_state_dict(start.state_dict())
        codec.decoder.keep_pitch()
    return codec


def train(settings: CodecSettings) -> Path:
    """Train to the last step, from the checkpoint if there is one; the folder of the weights."""
    torch.set_num_threads(settings.threads)
    folder = Path(settings.folder)
    kept, held_out = recordings_of(settings)
    draw = Draw(kept, settings.latents + 1)
    trainer = Trainer(untrained(settings), settings)
    checkpoint = folder / "checkpoint.pt"
    if checkpoint.is_file():
        trainer.resume(checkpoint)
    progress = Progress(folder / "history.jsonl", trainer.step, settings.steps)
    while trainer.step < settings.steps:
        progress.add(trainer.advance(draw))
        last = trainer.step == settings.steps
        if last or trainer.step % settings.save_every == 0:
            trainer.save(checkpoint)
        if last or trainer.step % settings.sample_every == 0:
            export_checkpoint(checkpoint, folder / "weights")
            sample(folder, trainer.step, held_out)
    progress.draw(folder / "curve.png")
    return folder / "weights"


def sample(folder: Path, step: int, recordings: Sequence[Recording]) -> None:
    """Speak recordings with the weights in the folder: FOLDER/samples/STEP-VOICE-NAME.wav."""
    decoder = read_network(folder / "weights" / "codec.safetensors", DecoderShape, Decoder)
    if any(recording.latents is None for recording in recordings):
        path = folder / "weights" / "encoder.safetensors"
        encoder = read_network(path, EncoderShape, Encoder)
        recordings = [with_latents(recording, encoder) for recording in recordings]
    (folder / "samples").mkdir(exist_ok=True)
    for recording in recordings:
        path = folder / "samples" / f"{step:06}-{recording.voice}-{recording.name}.wav"
        soundfile.write(path, respeak(decoder, recording).clip(-1, 1), SAMPLE_RATE)


class Progress:
    """Smoothed losses, printed and noted; what lies beyond `step` is forgotten."""

    def __init__(self, history: Path, step: int, steps: int) -> None:
        self._history, self._step, self._steps = history, step, steps
        self._smooth: Losses = {}
        self._began, self._first = time.process_time(), step
        lines = history.read_text(encoding="utf-8").splitlines() if history.is_file() else []
        self.rows: list[dict[str, Any]] = [r for r in map(json.loads, lines) if r["step"] <= step]
        history.parent.mkdir(parents=True, exist_ok=True)
        history.write_text("".join(f"{json.dumps(row)}\n" for row in self.rows), encoding="utf-8")

    def add(self, losses: Losses) -> None:
        """Take in a step's losses; every 50th is printed, with the CPU time a step takes."""
        for name, value in losses.items():
            self._smooth[name] = value + SMOOTHING * (self._smooth.get(name, value) - value)
        self._step += 1
        if self._step % PRINT_EVERY:
            return
        row = {"step": self._step} | {name: round(self._smooth[name], 4) for name in losses}
        self.rows.append(row)
        with self._history.open("a", encoding="utf-8") as file:
            print(json.dumps(row), file=file)
        seconds = (time.process_time() - self._began) / (self._step - self._first)
        parts = "  ".join(f"{name} {self._smooth[name]:.3f}" for name in losses)
        print(f"step {self._step} of {self._steps}  {parts}  {seconds:.2f} CPU s", flush=True)

    def draw(self, path: Path) -> None:
        """The learning curves, a panel for each loss. Needs `pip install parley[picture]`."""
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import pyplot

        names = sorted({name for row in self.rows for name in row} - {"step"})
        figure, axes = pyplot.subplots(2, 4, figsize=(16, 6))
        for axis, name in zip(axes.flat, names, strict=False):
            rows = [row for row in self.rows if name in row]
            axis.plot([row["step"] for row in rows], [row[name] for row in rows])
            axis.set_title(name)
            axis.set_xlabel("step")
        for axis in axes.flat[len(names) :]:
            axis.axis("off")
        figure.tight_layout()
        figure.savefig(path)
        pyplot.close(figure)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Train the codec.")
    parser.add_argument("settings", type=Path, help="settings of the training (.toml)")
    try:
        weights = train(read_settings(parser.parse_args().settings, CodecSettings))
    except (OSError, ValueError, WeightsError) as error:
        parser.exit(1, f"{error}\n")
    print(f"weights in {weights}")


if __name__ == "__main__":
    main()

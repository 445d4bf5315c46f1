"""A folder of recordings -> a voice: import, latents, adaptation, a file that the engine loads."""

from __future__ import annotations

from pathlib import Path

import torch

from tts.engine import Engine
from tts.network import NetworkShape, VoiceNetwork
from tts.settings import SpeakingSettings
from tts.speaker import find, names, read_speaker, write_speaker
from tts.training.adapt import AdaptationSettings, Tell, adapt, nearest
from tts.training.encoder import Encoder, EncoderShape
from tts.training.examples import corpora
from tts.training.latents import encode_corpus, read_clips
from tts.training.own_recordings import import_recordings
from tts.training.settings import TrainingError
from tts.weights import read_network

HELD_OUT = 12
"""One clip in so many is not adapted to."""
FEWEST = 4


def make_voice(
    weights: Path,
    encoder: Path,
    recordings: Path,
    work: Path,
    out: Path,
    settings: AdaptationSettings,
    tell: Tell,
) -> None:
    """Adapt the voice in `weights` to recordings and write the new speaker to `out`.

    `recordings` is a folder of sound and text, or a corpus file (.jsonl); `work` is a folder for
    what is made on the way.

    Raises:
        TrainingError: there are too few recordings, or one cannot be read.
        WeightsError: weights are missing or broken.
    """
    corpus = recordings
    if recordings.suffix != ".jsonl":
        corpus = work / f"{out.stem}.jsonl"
        engine = Engine(weights, SpeakingSettings())
        for line in import_recordings(engine, recordings, corpus):
            tell(line)
        del engine
    torch.set_num_threads(1)
    clips = list(read_clips(corpus))
    if len(clips) < FEWEST:
        raise TrainingError(
            f"{recordings} has {len(clips)} clips of 1 to 13.5 s: {FEWEST} are the least, "
            "and ten minutes are advised."
        )
    rows = encode_corpus(read_network(encoder, EncoderShape, Encoder), clips)
    network = read_network(weights / "voice.safetensors", NetworkShape, VoiceNetwork)
    held_out = max(1, len(rows) // HELD_OUT)
    data = corpora({out.stem: rows}, held_out, network)
    voices = weights / "voices"
    known = {name: read_speaker(find(name, voices)) for name in names(voices)}
    start = nearest(network, known, data[out.stem])
    tell(f"{len(rows)} clips, {held_out} of them held out; starting from {start}")
    speaker = adapt(network, known[start].vector, data[out.stem], settings, tell)
    write_speaker(out, speaker, f"voice {out.stem}, adapted from {start}")

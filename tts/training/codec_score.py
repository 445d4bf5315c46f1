"""The codec alone: held-out recordings, their resynthesis, and how far apart they are.

    python -m tts.training.codec_score --corpus af_heart.jsonl am_michael.jsonl \\
        --encoder encoder.safetensors --decoder tts/weights/codec.safetensors

Tables by voice: PESQ wide band (ITU-T P.862.2), STOI (Taal et al., 2011), DNSMOS P.835 (Reddy et
al., 2022) beside that of the recordings, and the error of F0 as a pitch tracker hears it. One
table is of latents as the voice is trained on them, with a phase that runs free; one of latents
that hold the decoder in the recording's phase. Needs what `make bench-tts`
installs first and `pip install parley[train]`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from itertools import islice
from pathlib import Path

import numpy as np
import soundfile
import soxr
import torch

from tts.codec import SAMPLE_RATE, Decoder, DecoderShape
from tts.training.codec_network import respeak
from tts.training.encoder import Encoder, EncoderShape
from tts.training.latents import read_clips
from tts.training.pitch import Samples, smoothed, track
from tts.training.recordings import Recording, held_in_phase, record
from tts.weights import read_network

JUDGED_RATE = 16_000


@dataclass(frozen=True)
class Score:
    """Figures of one clip, or the means of several; `f0` is a median, in cents."""

    pesq: float
    stoi: float
    overall: float
    signal: float
    background: float
    recording: float
    f0: float


HEADINGS = ("PESQ-WB", "STOI", "OVRL", "SIG", "BAK", "OVRL of recordings", "F0 error, cents")


def pitch_distance(one: Samples, other: Samples) -> float:
    """Median distance in cents, where both are voiced."""
    a, b = track([one, other])
    count = min(len(a.f0), len(b.f0))
    voiced = (a.voiced[:count] > 0) & (b.voiced[:count] > 0)
    curves = (smoothed(torch.from_numpy(pitch.f0[:count])).log2().numpy() for pitch in (a, b))
    cents = 1200 * np.abs(np.subtract(*curves))
    return float(np.median(cents[voiced])) if voiced.any() else float("nan")


def judge(recording: Samples, resynthesis: Samples) -> Score:
    """Both at 24 kHz, of the same length."""
    from pesq import pesq
    from pystoi import stoi
    from speechmos import dnsmos

    meant, made = (
        soxr.resample(x, SAMPLE_RATE, JUDGED_RATE).clip(-1, 1) for x in (recording, resynthesis)
    )
    original, opinion = (dnsmos.run(x, JUDGED_RATE) for x in (meant, made))
    return Score(
        pesq=pesq(JUDGED_RATE, meant, made, "wb"),
        stoi=float(stoi(meant, made, JUDGED_RATE)),
        overall=opinion["ovrl_mos"],
        signal=opinion["sig_mos"],
        background=opinion["bak_mos"],
        recording=original["ovrl_mos"],
        f0=pitch_distance(recording, resynthesis),
    )


def mean(scores: Sequence[Score]) -> Score:
    """Means of all figures."""
    return Score(*(float(np.mean([getattr(s, f.name) for s in scores])) for f in fields(Score)))


def table(by_voice: dict[str, list[Score]]) -> str:
    """Markdown: a row for each voice, and one for all."""
    everything = [score for scores in by_voice.values() for score in scores]
    rows = ["| | clips | " + " | ".join(HEADINGS) + " |", "|---" * (len(HEADINGS) + 2) + "|"]
    for voice, scores in (*by_voice.items(), ("all", everything)):
        pesq, stoi, *opinions, f0 = astuple(mean(scores))
        cells = [voice, str(len(scores)), f"{pesq:.2f}", f"{stoi:.3f}"]
        cells += [*(f"{opinion:.2f}" for opinion in opinions), f"{f0:.1f}"]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def score(decoder: Decoder, recordings: Sequence[Recording], out: Path | None) -> str:
    """The table for these recordings, which carry latents; speech is written to `out`."""
    by_voice: dict[str, list[Score]] = {}
    for recording in recordings:
        original, speech = recording.heard.numpy(), respeak(decoder, recording)
        by_voice.setdefault(recording.voice, []).append(judge(original, speech))
        if out:
            out.mkdir(parents=True, exist_ok=True)
            for name, samples in (("recording", original), ("codec", speech)):
                path = out / f"{recording.voice}-{recording.name}-{name}.wav"
                soundfile.write(path, samples.clip(-1, 1), SAMPLE_RATE)
    return table(by_voice)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Score the codec on held-out recordings.")
    parser.add_argument("--corpus", type=Path, nargs="+", required=True, help="files (.jsonl)")
    parser.add_argument("--encoder", type=Path, required=True, help="encoder.safetensors")
    parser.add_argument("--decoder", type=Path, required=True, help="codec.safetensors")
    parser.add_argument("--clips", type=int, default=6, help="clips of each voice: the first ones")
    parser.add_argument("--samples", type=Path, help="folder for the speech that is scored")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    encoder = read_network(arguments.encoder, EncoderShape, Encoder)
    decoder = read_network(arguments.decoder, DecoderShape, Decoder)
    recordings = [
        recording
        for corpus in arguments.corpus
        for recording in record(
            list(islice(read_clips(corpus), arguments.clips)), corpus.stem, encoder
        )
    ]
    print("Phase running free\n", score(decoder, recordings, None), sep="\n")
    held = [held_in_phase(recording) for recording in recordings]
    print("\nIn the recording's phase\n", score(decoder, held, arguments.samples), sep="\n")


if __name__ == "__main__":
    main()

"""A corpus of speech -> recordings with their pitch, the codec's training data.

With an encoder the latents are made here, once: the codec then trains its decoder alone, and
whatever was trained on these latents stays valid. Without one it trains an encoder too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tts.codec import FRAME, SAMPLE_RATE
from tts.training.encoder import Encoder
from tts.training.latents import TRACKED_TOGETHER, Clip, encode, read_clips
from tts.training.phase import in_phase
from tts.training.pitch import GRID, PitchTrack, Samples, track


@dataclass(frozen=True)
class Recording:
    """A clip at 24 kHz, a whole number of latents (80 ms) long.

    `samples` [n * 1920] int16; `f0` (Hz), `voiced` (0 or 1) and `phase` (radians) [n * 32], every
    60 samples; `latents` [n, 36], or None where an encoder is still to be trained. `level` is the
    root mean square of the whole clip between 350 and 3250 Hz.
    """

    name: str
    voice: str
    samples: Tensor
    f0: Tensor
    voiced: Tensor
    phase: Tensor
    level: float
    latents: Tensor | None = None

    @property
    def heard(self) -> Tensor:
        """The samples as numbers between -1 and 1."""
        return self.samples.float() / 32767


def speech_level(samples: Samples) -> float:
    """Root mean square between 350 and 3250 Hz, where ITU-T P.862 aligns levels."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    low, high = (round(edge * len(samples) / SAMPLE_RATE) for edge in (350, 3250))
    return float(np.sqrt(2 * power[low:high].sum()) / len(samples))


def record(clips: Sequence[Clip], voice: str, encoder: Encoder | None) -> list[Recording]:
    """Recordings of clips of one voice, cut to whole latents."""
    recordings = []
    pitches = track([clip.samples for clip in clips])
    for clip, pitch in zip(clips, pitches, strict=True):
        count = len(pitch.f0) * GRID // FRAME
        points = count * FRAME // GRID
        samples = torch.from_numpy(clip.samples[: count * FRAME])
        recordings.append(
            Recording(
                name=clip.name,
                voice=voice,
                samples=(samples * 32767).round().clamp(-32767, 32767).short(),
                f0=torch.from_numpy(pitch.f0[:points]),
                voiced=torch.from_numpy(pitch.voiced[:points]),
                phase=torch.from_numpy(pitch.phase[:points]),
                level=speech_level(clip.samples),
                latents=encode(encoder, clip.samples, pitch)[:count] if encoder else None,
            )
        )
    return recordings


def record_corpus(corpus: Path, encoder: Encoder | None) -> list[Recording]:
    """All recordings of a corpus file, in its order."""
    clips = list(read_clips(corpus))
    order = {clip.name: place for place, clip in enumerate(clips)}
    # Clips of like length are tracked together: little padding.
    clips.sort(key=lambda clip: len(clip.samples))
    recordings: list[Recording] = []
    for start in range(0, len(clips), TRACKED_TOGETHER):
        recordings += record(clips[start : start + TRACKED_TOGETHER], corpus.stem, encoder)
        print(f"{corpus.stem}: {len(recordings)} of {len(clips)} clips", flush=True)
    return sorted(recordings, key=lambda recording: order[recording.name])


def save(recordings: Sequence[Recording], path: Path) -> None:
    """Write recordings for `load`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save([vars(recording) for recording in recordings], path)


def load(path: Path) -> list[Recording]:
    """Recordings as `save` wrote them; samples stay on disk until they are used."""
    rows = torch.load(path, weights_only=True, mmap=True)
    return [Recording(**row) for row in rows]


def with_latents(recording: Recording, encoder: Encoder) -> Recording:
    """The recording with the latents of an encoder."""
    pitch = PitchTrack(*(getattr(recording, n).numpy() for n in ("f0", "voiced", "phase")))
    return replace(recording, latents=encode(encoder, recording.heard.numpy(), pitch))


def held_in_phase(recording: Recording) -> Recording:
    """The recording with latents that keep the decoder in its phase."""
    assert recording.latents is not None, f"Recording {recording.name} carries no latents."
    return replace(recording, latents=in_phase(recording.latents, recording.f0, recording.phase))

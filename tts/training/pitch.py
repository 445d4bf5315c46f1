"""Pitch of recordings: F0 by normalised cross-correlation and Viterbi, refined by its phase.

The coarse track takes, per 10 ms, the best path through correlation peaks (after Talkin, RAPT,
1995). Then the fundamental is demodulated with that track, and the angle left over corrects it:
F0 to a few cents, on a 2.5 ms grid, running on smoothly through unvoiced gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.signal import fftconvolve, resample_poly
from torch import Tensor

from tts.codec import HOP, SAMPLE_RATE

GRID = 60
"""Samples between pitch values: 2.5 ms."""
COARSE_RATE = 8000
CANDIDATES = np.geomspace(60, 420, 150)
CORRELATION_WINDOW = 320
LONGEST_LAG = 134
UNVOICED_SCORE = 0.45
VOICING_CHANGE = 0.15
OCTAVE_COST = 0.05

Samples = NDArray[np.float32]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class PitchTrack:
    """F0 (Hz, unbroken), voicing (0 or 1) and phase of a clip, one value every 60 samples.

    `phase` is that of the fundamental in radians, within one turn: of a cosine, not of a sine.
    """

    f0: NDArray[np.float32]
    voiced: NDArray[np.float32]
    phase: NDArray[np.float32]


def track(clips: Sequence[Samples]) -> list[PitchTrack]:
    """Pitch tracks of clips at 24 kHz; clips of like length together are fastest."""
    return [refine(clip, *coarse) for clip, coarse in zip(clips, coarse_tracks(clips), strict=True)]


def coarse_tracks(clips: Sequence[Samples]) -> list[tuple[Values, NDArray[np.bool_]]]:
    """F0 and voicing every 10 ms; frame i is centred on sample 240 i."""
    lengths = [len(clip) // HOP + 1 for clip in clips]
    scores = candidate_scores(clips, max(lengths))
    paths = best_paths(scores)
    tracks = []
    for path, length in zip(paths, lengths, strict=True):
        voiced = path[:length] < len(CANDIDATES)
        f0 = np.where(voiced, CANDIDATES[np.minimum(path[:length], len(CANDIDATES) - 1)], 0)
        tracks.append((f0, voiced))
    return tracks


def candidate_scores(clips: Sequence[Samples], frames: int) -> Tensor:
    """Scores [clip, frame, candidate + 1]; the last column is "unvoiced"."""
    hop, span = COARSE_RATE // 100, CORRELATION_WINDOW + LONGEST_LAG
    audio = torch.zeros(len(clips), frames * hop + span)
    for row, clip in zip(audio, clips, strict=True):
        slow = torch.from_numpy(resample_poly(clip, 1, SAMPLE_RATE // COARSE_RATE).copy()).float()
        row[span // 2 : span // 2 + len(slow)] = slow
    windows = audio.unfold(1, span, hop)[:, :frames]
    start = windows[..., :CORRELATION_WINDOW]
    start = start - start.mean(-1, keepdim=True)
    windows = windows - windows.mean(-1, keepdim=True)
    # Gauss low-pass around 1.2 kHz: the low harmonics decide.
    low_pass = torch.exp(-((torch.arange(513) * COARSE_RATE / 1024 / 1200) ** 2))
    cross = torch.fft.rfft(windows, n=1024) * torch.fft.rfft(start, n=1024).conj() * low_pass
    correlation = torch.fft.irfft(cross, n=1024)[..., :LONGEST_LAG]
    power = F.pad(windows**2, (1, 0)).cumsum(-1)
    energy = power[..., CORRELATION_WINDOW:span] - power[..., :LONGEST_LAG]
    correlation = correlation / torch.sqrt(energy * energy[..., :1] + 1e-3) / 0.8
    lags = torch.from_numpy(COARSE_RATE / CANDIDATES).float()
    below = lags.floor().long()
    above = (below + 1).clamp(max=LONGEST_LAG - 1)
    scores = torch.lerp(correlation[..., below], correlation[..., above], lags - below)
    scores = scores - OCTAVE_COST * torch.log2(lags / lags.min())
    return torch.cat((scores, torch.full_like(scores[..., :1], UNVOICED_SCORE)), -1)


def best_paths(scores: Tensor) -> NDArray[np.int64]:
    """Viterbi: the best candidate of every frame [clip, frame], jumps in F0 or voicing costing."""
    clips, frames, states = scores.shape
    log_f0 = torch.from_numpy(np.log(CANDIDATES)).float()
    jump = torch.full((states, states), VOICING_CHANGE)
    jump[:-1, :-1] = ((log_f0[:, None] - log_f0).abs() * 4).clamp(max=1.5)
    jump[-1, -1] = 0
    total = scores[:, 0]
    came_from = torch.zeros(clips, frames, states, dtype=torch.int64)
    for frame in range(1, frames):
        best, came_from[:, frame] = (total[:, :, None] - jump).max(1)
        total = best + scores[:, frame]
    path = torch.zeros(clips, frames, dtype=torch.int64)
    path[:, -1] = total.argmax(1)
    for frame in range(frames - 1, 0, -1):
        path[:, frame - 1] = came_from[:, frame].gather(1, path[:, frame, None])[:, 0]
    return path.numpy()


def refine(clip: Samples, f0: Values, voiced: NDArray[np.bool_]) -> PitchTrack:
    """The coarse track corrected by the phase of the demodulated fundamental."""
    points = len(clip) // GRID
    times = np.arange(points) * GRID
    smooth, typical = unbroken(times, f0, voiced)
    turn = 2 * np.pi * GRID / SAMPLE_RATE
    carrier = np.concatenate(([0], np.cumsum(turn * smooth)))
    phase = np.interp(np.arange(points * GRID), np.arange(points + 1) * GRID, carrier)
    # Low-pass over 2.5 periods: what remains is the fundamental alone.
    window = np.hanning(int(2.5 / typical * SAMPLE_RATE) // 2 * 2 + 1)
    turned = clip[: points * GRID] * np.exp(-1j * phase)
    residual = fftconvolve(turned, window / window.sum(), "same")[::GRID]
    is_voiced = voiced[np.minimum((times + HOP // 2) // HOP, len(voiced) - 1)]
    heard = np.flatnonzero(is_voiced)
    angle = np.unwrap(np.angle(residual))
    if len(heard) > 5:
        angle = np.interp(np.arange(points), heard, np.unwrap(np.angle(residual[heard])))
    exact = carrier[:points] + angle
    steps = np.diff(exact, append=exact[-1] + turn * smooth[-1])
    exact_f0 = np.clip(steps / turn, 50, 500)
    return PitchTrack(
        exact_f0.astype(np.float32),
        is_voiced.astype(np.float32),
        np.remainder(exact, 2 * np.pi).astype(np.float32),
    )


def unbroken(
    times: NDArray[np.int64], f0: Values, voiced: NDArray[np.bool_]
) -> tuple[Values, float]:
    """The coarse F0 at these samples, interpolated through gaps and smoothed; and its median."""
    frames = np.flatnonzero(voiced)
    if len(frames) < 5:
        return np.full(len(times), 150.0), 150.0
    curve = np.interp(times, frames * HOP, f0[frames])
    kernel = np.ones(9) / 9
    smooth = np.convolve(np.pad(curve, 4, "edge"), kernel, "valid").astype(np.float64)
    return smooth, float(np.median(f0[frames]))


def smoothed(f0: Tensor) -> Tensor:
    """F0 [time] averaged over 22.5 ms, as the codec was trained on it."""
    padded = F.pad(f0[None, None], (4, 4), mode="replicate")
    return F.avg_pool1d(padded, 9, 1)[0, 0]

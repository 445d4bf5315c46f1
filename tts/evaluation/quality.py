"""How speech sounds to two networks: DNSMOS for its quality, resemblyzer for who speaks.

Reddy et al., "DNSMOS P.835" (2022); Wan et al., "Generalized end-to-end loss for speaker
verification" (2018).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import soxr
from numpy.typing import NDArray

from tts.codec import SAMPLE_RATE

Samples = NDArray[np.float32]

JUDGED_RATE = 16_000
WINDOW = int(9.01 * JUDGED_RATE)
"""Samples that DNSMOS looks at; what is shorter is repeated."""
OVERALL = np.polynomial.Polynomial([0.04602535, 1.11546468, -0.06766283])
"""From the network's output to the scale of the listeners."""


def overall_quality(samples: Samples) -> float:
    """DNSMOS OVRL, 1 to 5, of samples at 24 kHz, as speechmos computes it; on one thread."""
    audio = np.clip(soxr.resample(samples, SAMPLE_RATE, JUDGED_RATE), -1, 1)
    while len(audio) < WINDOW:
        audio = np.append(audio, audio)
    starts = range(0, len(audio) - WINDOW + 1, JUDGED_RATE)
    windows = [audio[start : start + WINDOW].astype(np.float32) for start in starts]
    raw = [_judge().run(None, {"input_1": window[None]})[0][0][2] for window in windows]
    return float(np.mean(OVERALL(np.array(raw))))


def speaker(samples: Samples) -> NDArray[np.float32]:
    """Who speaks in samples at 24 kHz, as a vector of length 1."""
    import resemblyzer

    audio = resemblyzer.preprocess_wav(samples, source_sr=SAMPLE_RATE)
    return np.asarray(_encoder().embed_utterance(audio), np.float32)


@cache
def _judge() -> onnxruntime.InferenceSession:
    import speechmos

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    network = Path(speechmos.__file__).parent / "dnsmos_models" / "sig_bak_ovr.onnx"
    return onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])


@cache
def _encoder() -> Any:
    import resemblyzer
    import torch

    torch.set_num_threads(1)
    return resemblyzer.VoiceEncoder("cpu", verbose=False)

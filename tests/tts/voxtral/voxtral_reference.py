"""The model again, in numpy and float64, from the reference document alone: slow and obvious.

Section numbers are those of `voxtral_tts.md`. Nothing here is imported from the engine.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Weights = Mapping[str, Array]


def rms_norm(x: Array, weight: Array, eps: float) -> Array:
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps) * weight


def silu(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def softmax(x: Array) -> Array:
    raised = np.exp(x - x.max())
    return raised / raised.sum()


def feed_forward(w: Weights, prefix: str, x: Array) -> Array:
    gate = silu(x @ w[f"{prefix}.w1.weight"].T)
    return (gate * (x @ w[f"{prefix}.w3.weight"].T)) @ w[f"{prefix}.w2.weight"].T


def rotate(head: Array, position: int, theta: float) -> Array:
    """3.1: rotates the neighbouring pairs (x[2i], x[2i+1])."""
    out = head.copy()
    for i in range(len(head) // 2):
        angle = position * theta ** (-2 * i / len(head))
        a, b = head[2 * i], head[2 * i + 1]
        out[2 * i] = a * math.cos(angle) - b * math.sin(angle)
        out[2 * i + 1] = a * math.sin(angle) + b * math.cos(angle)
    return out


def transformer_layer(
    w: Weights, prefix: str, x: Array, heads: int, key_heads: int, theta: float | None, eps: float
) -> Array:
    """3.1 with theta (causal, rotated); 4 without (bidirectional, without positions)."""
    normed = rms_norm(x, w[f"{prefix}.attention_norm.weight"], eps)
    attention = f"{prefix}.attention"
    time = len(x)
    q = (normed @ w[f"{attention}.wq.weight"].T).reshape(time, heads, -1)
    k = (normed @ w[f"{attention}.wk.weight"].T).reshape(time, key_heads, -1)
    v = (normed @ w[f"{attention}.wv.weight"].T).reshape(time, key_heads, -1)
    if theta is not None:
        for t in range(time):
            for h in range(heads):
                q[t, h] = rotate(q[t, h], t, theta)
            for h in range(key_heads):
                k[t, h] = rotate(k[t, h], t, theta)
    attended = np.zeros_like(q)
    for t in range(time):
        last = t + 1 if theta is not None else time
        for h in range(heads):
            shared = h // (heads // key_heads)
            logits = k[:last, shared] @ q[t, h] / math.sqrt(q.shape[-1])
            attended[t, h] = softmax(logits) @ v[:last, shared]
    x = x + attended.reshape(time, -1) @ w[f"{attention}.wo.weight"].T
    normed = rms_norm(x, w[f"{prefix}.ffn_norm.weight"], eps)
    return x + feed_forward(w, f"{prefix}.feed_forward", normed)


def hidden_states(w: Weights, x: Array, layers: int = 26) -> Array:
    """3.1: embeddings [time, dim] of everything so far -> hidden states after the final norm."""
    for i in range(layers):
        x = transformer_layer(w, f"layers.{i}", x, 8, 2, 1e6, 1e-5)
    return rms_norm(x, w["norm.weight"], 1e-5)


def embed_frame(w: Weights, codes: NDArray[np.int64], semantic_codes: int = 62) -> Array:
    """3.3: the sum of 37 rows; acoustic codebook k begins at 62 + 23 (k - 1) in the toy."""
    table = w["mm_audio_embeddings.audio_codebook_embeddings.embeddings.weight"]
    total = table[codes[0]].copy()
    for k in range(1, 37):
        total += table[codes[k] + semantic_codes + 23 * (k - 1)]
    return total


def semantic_logits(w: Weights, hidden: Array) -> Array:
    """3.4, before the mask."""
    return w["acoustic_transformer.semantic_codebook_output.weight"] @ hidden


def velocity(w: Weights, x: Array, t: float, hidden: Array) -> Array:
    """4.3 to 4.5."""
    prefix = "acoustic_transformer"
    width = w[f"{prefix}.time_projection.weight"].shape[1]
    frequencies = np.exp(-math.log(10_000) * np.arange(width // 2) / (width // 2))
    time = np.concatenate([np.cos(t * frequencies), np.sin(t * frequencies)])
    tokens = np.stack(
        [
            w[f"{prefix}.input_projection.weight"] @ x,
            w[f"{prefix}.time_projection.weight"] @ time,
            w[f"{prefix}.llm_projection.weight"] @ hidden,
        ]
    )
    for i in range(3):
        tokens = transformer_layer(w, f"{prefix}.layers.{i}", tokens, 8, 2, None, 1e-5)
    normed = rms_norm(tokens[0], w[f"{prefix}.norm.weight"], 1e-5)
    return w[f"{prefix}.acoustic_codebook_output.weight"] @ normed


def guided_velocity(w: Weights, x: Array, t: float, hidden: Array, alpha: float) -> Array:
    """4.6."""
    free = velocity(w, x, t, np.zeros_like(hidden))
    return alpha * velocity(w, x, t, hidden) + (1 - alpha) * free


def acoustic_values(w: Weights, noise: Array, hidden: Array, alpha: float = 1.2) -> Array:
    """4.2 and 4.7: seven steps at 0, 1/7, ..., 6/7."""
    x = noise
    for i in range(7):
        x = x + guided_velocity(w, x, i / 7, hidden, alpha) / 7
    return x


def frame(w: Weights, noise: Array, hidden: Array, semantic_codes: int = 62) -> NDArray[np.int64]:
    """3.4, 4.8: the 37 codes that follow a hidden state."""
    logits = semantic_logits(w, hidden)
    logits[0] = -np.inf
    logits[semantic_codes:] = -np.inf
    semantic = int(np.argmax(logits))
    values = np.clip(acoustic_values(w, noise, hidden), -1, 1)
    levels = np.round((values + 1) / 2 * 20).astype(np.int64)
    if semantic == 1:
        levels[:] = 0
    return np.concatenate([[semantic], levels + 2])


def weight_of(w: Weights, block: str) -> Array:
    """5.2: g v / |v|, the norm over all but the first dimension."""
    g = w[f"{block}.conv.parametrizations.weight.original0"]
    v = w[f"{block}.conv.parametrizations.weight.original1"]
    return g * v / np.sqrt((v * v).sum(axis=(1, 2), keepdims=True))


def causal_convolution(x: Array, weight: Array, padding: Array) -> Array:
    """x [time, in], weight [out, in, kernel], padding [kernel - 1, in] -> [time, out]."""
    padded = np.concatenate([padding, x])
    kernel = weight.shape[2]
    return np.stack(
        [
            sum(weight[:, :, k] @ padded[t + k] for k in range(kernel))
            for t in range(len(x))
        ]
    )  # fmt: skip


def transposed_convolution(x: Array, weight: Array, stride: int = 2) -> Array:
    """x [time, in], weight [in, out, kernel]: every input spreads; what is beyond is trimmed."""
    kernel = weight.shape[2]
    out = np.zeros((stride * len(x) + kernel - stride, weight.shape[1]))
    for t in range(len(x)):
        for k in range(kernel):
            out[stride * t + k] += x[t] @ weight[:, :, k]
    return out[: stride * len(x)]


def codec_layer(
    w: Weights, prefix: str, x: Array, window: int, slope_shift: int = 0, keys: int = 1
) -> Array:
    """5.3. `slope_shift` 1 and `keys` 0 are the two mistakes that public ports make."""
    normed = rms_norm(x, w[f"{prefix}.attention_norm.weight"], 1e-2)
    attention, time = f"{prefix}.attention", len(x)
    q = normed @ w[f"{attention}.wq.weight"].T
    k = normed @ w[f"{attention}.wk.weight"].T
    q = rms_norm(q, w[f"{attention}.q_norm.weight"], 1e-6).reshape(time, 8, -1)
    k = rms_norm(k, w[f"{attention}.k_norm.weight"], 1e-6).reshape(time, 8, -1)
    v = (normed @ w[f"{attention}.wv.weight"].T).reshape(time, 8, -1)
    attended = np.zeros_like(q)
    for i in range(time):
        allowed = range(max(0, i - window + 1 - keys), i + 1)
        for h in range(8):
            slope = 2.0 ** -(h + slope_shift)
            logits = np.array(
                [q[i, h] @ k[j, h] / math.sqrt(q.shape[-1]) + slope * (j - i) for j in allowed]
            )
            attended[i, h] = softmax(logits) @ v[allowed.start : i + 1, h]
    mixed = attended.reshape(time, -1) @ w[f"{attention}.wo.weight"].T
    x = x + w[f"{prefix}.attention_scale"] * mixed
    normed = rms_norm(x, w[f"{prefix}.ffn_norm.weight"], 1e-2)
    return x + w[f"{prefix}.ffn_scale"] * feed_forward(w, f"{prefix}.feed_forward", normed)


def decode(
    w: Weights,
    codes: NDArray[np.int64],
    slope_shift: int = 0,
    keys: int = 1,
    first_padding: str = "edge",
) -> Array:
    """5.1 to 5.3: codes [time, 37] with their +2 -> samples [time * 1920]."""
    codec = "audio_tokenizer"
    codebook = f"{codec}.quantizer.semantic_codebook"
    usage = np.maximum(w[f"{codebook}.cluster_usage"], 1e-5)
    values = codes - 2
    semantic = (w[f"{codebook}.embedding_sum"] / usage[:, None])[values[:, 0]]
    z = np.concatenate([semantic, values[:, 1:] * 2 / 20 - 1], axis=1)
    padding = np.pad(z, ((2, 0), (0, 0)), mode=first_padding)[:2]  # type: ignore[call-overload]
    x = causal_convolution(z, weight_of(w, f"{codec}.decoder_blocks.0"), padding)
    for block, window in ((1, 2), (3, 4), (5, 8), (7, 16)):
        if block > 1:
            x = transposed_convolution(x, weight_of(w, f"{codec}.decoder_blocks.{block - 1}"))
        for i in (0, 1):
            prefix = f"{codec}.decoder_blocks.{block}.layers.{i}"
            x = codec_layer(w, prefix, x, window, slope_shift, keys)
    padding = np.pad(x, ((6, 0), (0, 0)), mode="reflect")[:6]
    x = causal_convolution(x, weight_of(w, f"{codec}.output_proj"), padding)
    return x.reshape(-1)

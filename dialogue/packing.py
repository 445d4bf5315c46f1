"""Weights packed anew for the processor: the language model's in llama.cpp's fastest form.

Rows that do not divide by 256 fall back to Q5_0 in a Q4_K_M file, and llama.cpp multiplies Q5_0 a
block at a time. IQ4_NL (four bits on a curved scale, a half-precision factor for every 32
weights; see ggml-common.h) it interleaves eight rows at a time, which takes a third off a token
and half off a prompt; on average a weight moves by 8 % of their spread.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import torch
from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, dequantize
from gguf.gguf_reader import ReaderTensor
from numpy.typing import NDArray

logger = logging.getLogger(__name__)

_LEVELS = torch.tensor(
    [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113], dtype=torch.float32
)
_BOUNDS = (_LEVELS[1:] + _LEVELS[:-1]) / 2
_BLOCK = 32
_BLOCKS_AT_ONCE = 1 << 15  # what stays in a core's cache
_STRETCHES = (0.92, 1.0, 1.1)  # of the largest weight, the better of which is kept
_LOOKED_UP = "token_embd.weight"  # read a row at a time, never multiplied


def packed(gguf: Path) -> Path:
    """The copy of a GGUF model with its Q5_0 weights as IQ4_NL, made beside it at the first call.

    `gguf` itself where it has none, or where its folder cannot be written to.
    """
    size = gguf.stat().st_size
    copy = gguf.parent / "packed" / f"{gguf.stem}-{size}.gguf"
    if copy.is_file():
        return copy
    reader = GGUFReader(gguf)
    if not any(_is_slow(tensor) for tensor in reader.tensors):
        return gguf
    try:
        copy.parent.mkdir(exist_ok=True)
        with NamedTemporaryFile(dir=copy.parent, delete=False) as half:
            _write(reader, Path(half.name))
        os.replace(half.name, copy)
    except OSError as error:
        logger.warning("%s is used as it is, slower: %s", gguf, error)
        return gguf
    return copy


def _is_slow(tensor: ReaderTensor) -> bool:
    return tensor.tensor_type is GGMLQuantizationType.Q5_0 and tensor.name != _LOOKED_UP


def _write(reader: GGUFReader, path: Path) -> None:
    """A copy of the file in `reader`, its slow weights in the fast form."""
    architecture = reader.fields["general.architecture"].contents()
    writer = GGUFWriter(path, architecture)
    for key, field in reader.fields.items():
        # The writer counts what it writes, and has the architecture already.
        if not key.startswith("GGUF.") and key != "general.architecture":
            items = field.types[-1] if field.types[0] is GGUFValueType.ARRAY else None
            writer.add_key_value(key, field.contents(), field.types[0], sub_type=items)
    for tensor in reader.tensors:
        data, kind = np.asarray(tensor.data), tensor.tensor_type
        if _is_slow(tensor):
            data, kind = iq4_nl(dequantize(data, kind)), GGMLQuantizationType.IQ4_NL
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def iq4_nl(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """float32[rows, columns] as IQ4_NL, uint8[rows, columns / 32 * 18].

    Of a few factors for every block the one is kept that leaves the smallest squared error.
    """
    blocks = torch.from_numpy(weights.reshape(-1, _BLOCK))
    starts = range(0, len(blocks), _BLOCKS_AT_ONCE)
    parts = [_quantized(blocks[start : start + _BLOCKS_AT_ONCE]) for start in starts]
    return torch.cat(parts).numpy().reshape(weights.shape[0], -1)


def _quantized(blocks: torch.Tensor) -> torch.Tensor:
    """float32[n, 32] to uint8[n, 18]: the factor, then the first and the second half's nibbles."""
    largest = blocks.gather(1, blocks.abs().argmax(1, keepdim=True))
    best = torch.full((len(blocks), 1), torch.inf)
    factor, places = torch.zeros_like(best), torch.zeros_like(blocks, dtype=torch.int64)
    for stretch in _STRETCHES:
        tried = largest / _LEVELS[0] * stretch
        near = torch.bucketize(blocks / torch.where(tried == 0, 1.0, tried), _BOUNDS)
        levels = _LEVELS[near]
        fitted = (blocks * levels).sum(1, keepdim=True) / levels.square().sum(1, keepdim=True)
        fitted = fitted.half().float()
        error = (blocks - fitted * levels).square().sum(1, keepdim=True)
        better = error < best
        best = torch.where(better, error, best)
        factor = torch.where(better, fitted, factor)
        places = torch.where(better, near, places)
    nibbles = places.to(torch.uint8)
    packed = nibbles[:, : _BLOCK // 2] | nibbles[:, _BLOCK // 2 :] << 4
    return torch.cat([factor.half().view(torch.uint8), packed], dim=1)

"""The codec frame by frame: any chunking gives the samples of the whole, also in a batch."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tts.voxtral.codec import CodecDecoder, CodecState

FRAME = 1920


def random_codes(frames: int, batch: int = 1) -> Tensor:
    random = torch.Generator().manual_seed(5)
    semantic = torch.randint(2, 62, (batch, frames, 1), generator=random)
    return torch.cat((semantic, torch.randint(2, 23, (batch, frames, 36), generator=random)), 2)


@torch.inference_mode()
def in_pieces(codec: CodecDecoder, codes: Tensor, piece: int) -> Tensor:
    state, samples = codec.start(len(codes)), []
    for part in codes.split(piece, 1):
        more, state = codec(part, state)
        samples.append(more)
    return torch.cat(samples, 1)


def tolerance(dtype: torch.dtype) -> float:
    return 1e-5 if dtype == torch.float32 else 1e-12


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7])
def test_streaming_equals_offline(codec: CodecDecoder, dtype: torch.dtype, piece: int) -> None:
    codes = random_codes(45)
    whole = in_pieces(codec, codes, 45)
    assert whole.shape == (1, 45 * FRAME) and whole.std() > 0.1
    error = (in_pieces(codec, codes, piece) - whole).abs().max()
    assert error <= tolerance(dtype) * whole.abs().max()


@torch.inference_mode()
def test_a_mix_of_piece_sizes(codec: CodecDecoder, dtype: torch.dtype) -> None:
    codes = random_codes(40)
    state, samples = codec.start(), []
    for part in codes.split([1, 7, 2, 1, 1, 13, 3, 5, 7], 1):
        more, state = codec(part, state)
        samples.append(more)
    whole = in_pieces(codec, codes, 40)
    assert (torch.cat(samples, 1) - whole).abs().max() <= tolerance(dtype) * whole.abs().max()


@torch.inference_mode()
def test_streams_of_different_age_share_a_batch(codec: CodecDecoder, dtype: torch.dtype) -> None:
    codes = random_codes(30, batch=3)
    starts, ends = (0, 4, 9), (30, 22, 27)
    states = [codec.start() for _ in starts]
    heard: list[list[Tensor]] = [[], [], []]
    for t in range(30):
        rows = [row for row in range(3) if starts[row] <= t < ends[row]]
        joined = CodecState.joined([states[row] for row in rows])
        samples, joined = codec(codes[rows, t : t + 1], joined)
        for i, row in enumerate(rows):
            states[row] = joined.row(i)
            heard[row].append(samples[i])
    for row in range(3):
        alone = in_pieces(codec, codes[row : row + 1, starts[row] : ends[row]], 1)[0]
        error = (torch.cat(heard[row]) - alone).abs().max()
        assert error <= tolerance(dtype) * alone.abs().max()


@torch.inference_mode()
def test_a_frame_is_heard_for_21_more_and_no_longer(codec: CodecDecoder) -> None:
    codes = random_codes(30)
    other = codes.clone()
    other[0, 2, 1:] = 24 - other[0, 2, 1:]
    change = (in_pieces(codec, codes, 30) - in_pieces(codec, other, 30))[0].view(30, FRAME)
    changed = change.abs().amax(1).nonzero().flatten()
    assert changed[0] == 2
    assert changed[-1] <= 2 + 21
    if change.dtype == torch.float64:
        assert changed[-1] == 2 + 21


@torch.inference_mode()
def test_the_state_keeps_its_size(codec: CodecDecoder) -> None:
    def size(state: CodecState) -> int:
        tensors = [*(x for m in state.memories for x in (m.keys, m.values)), *state.inputs]
        return sum(x.numel() for x in (state.latents, state.outputs, *tensors))

    start = codec.start()
    _, state = codec(random_codes(40), start)
    # Two values a channel of each of the window's steps; three upsamplings; six and two steps.
    assert size(state) == size(start) == 2 * 32 * 60 + 3 * 32 + 6 * 32 + 2 * 52

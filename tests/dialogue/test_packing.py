"""Weights packed anew: what stays, what changes and by how much."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter, dequantize, quantize

from dialogue.packing import iq4_nl, packed

Q5_0 = GGMLQuantizationType.Q5_0
WEIGHTS = np.random.default_rng(0).normal(0, 0.05, (64, 96)).astype(np.float32)


def _model(path: Path, kind: GGMLQuantizationType = Q5_0) -> Path:
    writer = GGUFWriter(path, "qwen2")
    writer.add_array("tokenizer.ggml.tokens", ["a", "b"])
    writer.add_float32("qwen2.rope.freq_base", 1e6)
    for name in ("token_embd.weight", "blk.0.ffn_up.weight"):
        writer.add_tensor(name, quantize(WEIGHTS, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_four_bits_a_weight_keep_it_within_a_tenth_of_the_spread() -> None:
    found = dequantize(iq4_nl(WEIGHTS), GGMLQuantizationType.IQ4_NL)
    error = np.sqrt(np.square(found - WEIGHTS).mean()) / WEIGHTS.std()
    assert error < 0.085
    assert not dequantize(iq4_nl(np.zeros((2, 64), np.float32)), GGMLQuantizationType.IQ4_NL).any()


def test_what_is_multiplied_is_packed_and_all_else_is_kept(tmp_path: Path) -> None:
    before = GGUFReader(_model(tmp_path / "m.gguf"))
    after = GGUFReader(packed(tmp_path / "m.gguf"))
    kept, changed = after.tensors
    assert kept.tensor_type is Q5_0
    assert np.array_equal(kept.data, before.tensors[0].data)
    assert changed.tensor_type is GGMLQuantizationType.IQ4_NL
    assert changed.shape.tolist() == before.tensors[1].shape.tolist()
    found = dequantize(changed.data, changed.tensor_type)
    assert np.abs(found - WEIGHTS).max() < 0.1 * np.abs(WEIGHTS).max()
    for key in ("general.architecture", "tokenizer.ggml.tokens", "qwen2.rope.freq_base"):
        assert after.fields[key].contents() == before.fields[key].contents()


def test_it_is_done_once(tmp_path: Path) -> None:
    copy = packed(_model(tmp_path / "m.gguf"))
    made = copy.stat().st_mtime_ns
    assert packed(tmp_path / "m.gguf") == copy
    assert copy.stat().st_mtime_ns == made
    assert [file.name for file in copy.parent.iterdir()] == [copy.name]


def test_a_model_that_is_fast_already_is_used_as_it_is(tmp_path: Path) -> None:
    model = _model(tmp_path / "m.gguf", GGMLQuantizationType.Q8_0)
    assert packed(model) == model


def test_where_no_copy_can_be_written_the_file_itself_serves(tmp_path: Path) -> None:
    model = _model(tmp_path / "m.gguf")
    (tmp_path / "packed").write_text("in the way")
    assert packed(model) == model

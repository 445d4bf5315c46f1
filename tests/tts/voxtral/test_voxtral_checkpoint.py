"""Loading: 386 tensors, and a clear sentence for whatever is wrong with any of them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from toy_checkpoint import PARAMS, shapes, toy_params, toy_tensors, write_toy

from tts.voxtral.checkpoint import (
    CODES_TABLE,
    SEMANTIC_HEAD,
    check,
    expected_tensors,
    open_checkpoint,
)
from tts.voxtral.errors import VoxtralError
from tts.voxtral.params import Fields, VoxtralParams, params_of, read_params

SHAPES = shapes()
TOY = params_of(Fields(PARAMS, "params.json"))
NAMES = st.sampled_from(sorted(SHAPES))


def complaint(path: Path) -> str:
    """What opening the checkpoint says."""
    with (
        pytest.raises(VoxtralError) as caught,
        open_checkpoint(path, TOY),
    ):
        raise AssertionError("it was opened")
    return str(caught.value)


def test_published_tensors_and_their_size() -> None:
    expected = expected_tensors(VoxtralParams())
    sizes = {name: math.prod(tensor.shape) for name, tensor in expected.items()}
    assert len(expected) == 386
    assert sum(sizes.values()) == 4_002_353_392
    assert sum(v for k, v in sizes.items() if k.startswith("layers.0.")) == 116_398_080
    acoustic = [v for k, v in sizes.items() if k.startswith("acoustic_transformer.")]
    assert sum(acoustic) == 393_851_904 and len(acoustic) == 33
    codec = [v for k, v in sizes.items() if k.startswith("audio_tokenizer.")]
    assert sum(codec) == 151_576_816 and len(codec) == 116
    assert expected[CODES_TABLE].shape == (9088, 3072)
    assert expected[SEMANTIC_HEAD].shape == (8320, 3072)


def test_toy_has_every_name_and_loads_strictly(toy: Path) -> None:
    assert len(SHAPES) == 386
    assert {name: tensor.shape for name, tensor in expected_tensors(TOY).items()} == SHAPES
    assert set(expected_tensors(TOY)) == set(expected_tensors(VoxtralParams()))
    with open_checkpoint(toy / "consolidated.safetensors", TOY) as read:
        assert read("norm.weight").shape == (32,)


@settings(max_examples=200)
@given(NAMES, st.data())
def test_any_one_wrong_tensor_is_named(name: str, data: st.DataObject) -> None:
    found = dict(SHAPES)
    shape = found.pop(name)
    what = data.draw(st.sampled_from(["deleted", "renamed", "reshaped"]))
    if what == "renamed":
        other = data.draw(st.text(min_size=1).map(lambda text: f"{name}{text}"))
        found[other] = shape
    if what == "reshaped":
        axis = data.draw(st.integers(0, len(shape) - 1))
        if len(shape) > 1 and data.draw(st.booleans()):
            found[name] = (*shape[:axis], *shape[axis + 1 :])
        else:
            # A table of codes may have more rows than are used, but not fewer.
            longest = shape[axis] - 1 if name in (CODES_TABLE, SEMANTIC_HEAD) else 3 * shape[axis]
            size = st.integers(0, longest).filter(lambda n: n != shape[axis])
            if name == CODES_TABLE and axis == 0:
                size = st.integers(0, TOY.embedded_codes - 1)
            if name == SEMANTIC_HEAD and axis == 0:
                size = st.integers(0, TOY.semantic_codes - 1)
            found[name] = (*shape[:axis], data.draw(size), *shape[axis + 1 :])
    problems = check(found, expected_tensors(TOY))
    assert len(problems) == (2 if what == "renamed" else 1)
    assert problems[0].startswith(f"{name} ") and str(list(shape)) in problems[0]
    if what == "renamed":
        assert problems[1] == f"{other} is no tensor of this model"


@settings(max_examples=15)
@given(NAMES, st.sampled_from(["deleted", "renamed", "reshaped"]))
def test_any_one_wrong_tensor_in_a_file_is_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, what: str
) -> None:
    tensors = toy_tensors()
    tensor = tensors.pop(name)
    if what == "renamed":
        tensors[f"{name}_"] = tensor
    if what == "reshaped":
        tensors[name] = tensor[..., None].contiguous()
    path = tmp_path_factory.mktemp("wrong") / "consolidated.safetensors"
    save_file(tensors, path)
    sentence = complaint(path)
    assert sentence.startswith(f"{path} does not fit its params.json: {name} ")
    assert str(list(tensor.shape)) in sentence
    assert (f"{name}_ is no tensor of this model" in sentence) == (what == "renamed")


def test_padding_rows_of_the_code_tables_may_differ() -> None:
    found = dict(SHAPES)
    found[CODES_TABLE] = (TOY.embedded_codes, 32)
    found[SEMANTIC_HEAD] = (TOY.semantic_codes + 500, 32)
    assert check(found, expected_tensors(TOY)) == []


def test_files_that_are_none(tmp_path: Path, toy: Path) -> None:
    path = tmp_path / "consolidated.safetensors"
    assert "parley models add voxtral" in complaint(path)
    whole = (toy / "consolidated.safetensors").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "is no whole safetensors file" in complaint(path)


def test_published_params_are_the_defaults() -> None:
    published = toy_params()
    published |= {
        "dim": 3072, "head_dim": 128, "hidden_dim": 9216, "n_heads": 32, "n_kv_heads": 8,
        "vocab_size": 131072, "max_seq_len": 65536,
    }  # fmt: skip
    audio = published["multimodal"]["audio_model_args"]
    audio["semantic_codebook_size"] = 8192
    audio["acoustic_transformer_args"] |= {
        "input_dim": 3072, "dim": 3072, "head_dim": 128, "hidden_dim": 9216, "n_heads": 32,
        "n_kv_heads": 8,
    }  # fmt: skip
    published["multimodal"]["audio_tokenizer_args"] |= {
        "semantic_codebook_size": 8192, "semantic_dim": 256, "dim": 1024, "hidden_dim": 4096,
        "head_dim": 128,
    }  # fmt: skip
    assert params_of(Fields(published, "params.json")) == VoxtralParams()
    assert VoxtralParams().flow_steps == 7
    assert VoxtralParams().code_offsets[:3] == (0, 8194, 8217)
    assert VoxtralParams().embedded_codes == 9022


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("dim", None, "params.json > dim is missing"),
        ("n_layers", "26", "n_layers is '26', not a whole number above 0"),
        ("multimodal", 3, "multimodal must be a table"),
        ("multimodal/audio_tokenizer_args/norm_eps", None, "norm_eps is missing"),
        ("multimodal/audio_tokenizer_args/causal", False, "causal is False; only True is known"),
        (
            "multimodal/audio_tokenizer_args/decoder_convs_strides_str",
            "1,2,x",
            "'1,2,x', not numbers as in 1,2,2,2",
        ),
        (
            "multimodal/audio_tokenizer_args/decoder_convs_strides_str",
            "1,2,2",
            "do not describe stages of a known kind",
        ),
        ("multimodal/audio_model_args/acoustic_transformer_args/dim", 0, "dim is 0, not a whole"),
    ],
)
def test_params_that_cannot_be_used(
    tmp_path: Path, path: str, value: object, sentence: str
) -> None:
    document = toy_params()
    *tables, key = path.split("/")
    table = document
    for name in tables:
        table = table[name]
    table[key] = value
    (tmp_path / "params.json").write_text(json.dumps(document))
    with pytest.raises(VoxtralError) as caught:
        read_params(tmp_path / "params.json")
    assert sentence in str(caught.value)


def test_params_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(VoxtralError, match=r"the folder of the model holds params\.json"):
        read_params(tmp_path / "params.json")
    (tmp_path / "params.json").write_text("{")
    with pytest.raises(VoxtralError, match="cannot be read"):
        read_params(tmp_path / "params.json")


def test_the_toy_is_written_as_published(tmp_path: Path) -> None:
    folder = write_toy(tmp_path)
    stored = load_file(folder / "consolidated.safetensors")
    assert {tensor.dtype for tensor in stored.values()} == {torch.bfloat16}

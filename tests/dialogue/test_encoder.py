"""The pretrained encoder, and the low-rank changes that are learned to it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import cosine_similarity

from dialogue.encoder import WIDTH, Pretrained
from dialogue.errors import EncoderUnreadable
from dialogue.training.average import average
from dialogue.training.low_rank import Learner, LowRank, changeable, changes


def test_words_and_names_are_units(pretrained: Pretrained) -> None:
    pieces = pretrained.pieces(["Knaresborough,", "please"], ["new time", "size"])
    assert pieces.numbers[0] == 101
    assert max(pieces.units) == 4
    assert pieces.segments == sorted(pieces.segments)
    assert pieces.units.count(0) > 1
    assert pieces.units[-1] == -1


@pytest.mark.parametrize(
    ("other", "likeness"),
    [
        ("That is a happy dog", 0.695),
        ("That is a very happy person", 0.943),
        ("Today is a sunny day", 0.257),
    ],
)
def test_sentences_are_as_alike_as_the_models_makers_found(
    other: str, likeness: float, pretrained: Pretrained
) -> None:
    def sentence(text: str) -> torch.Tensor:
        pieces = pretrained.pieces(text.split())
        whole = pieces._replace(units=[0] * len(pieces.units))
        return pretrained.encoder([whole])[0][0]

    with torch.inference_mode():
        found = cosine_similarity(sentence("That is a happy person"), sentence(other), 0)
    assert found.item() == pytest.approx(likeness, abs=1e-3)


@torch.inference_mode()
def test_texts_read_together_are_read_as_they_are_alone(pretrained: Pretrained) -> None:
    texts = [pretrained.pieces(text.split()) for text in ("a taxi", "a taxi to the harbour at six")]
    together = pretrained.encoder(texts)
    for text, vectors in zip(texts, together, strict=True):
        assert vectors.shape == (max(text.units) + 1, WIDTH)
        assert torch.allclose(vectors, pretrained.encoder([text])[0], atol=1e-4)


@torch.inference_mode()
def test_changes_are_worth_the_same_when_they_are_merged(pretrained: Pretrained) -> None:
    torch.manual_seed(0)
    learning = changeable(pretrained.encoder).eval()
    for module in learning.modules():
        if isinstance(module, LowRank):
            torch.nn.init.normal_(module.high, std=0.02)
    text = [pretrained.pieces(["a", "taxi"])]
    merged = pretrained.encoder.adapted(dict(changes(learning)))
    assert torch.allclose(merged(text)[0], learning(text)[0], atol=1e-4)
    assert not torch.allclose(merged(text)[0], pretrained.encoder(text)[0], atol=1e-2)
    assert merged.piece is pretrained.encoder.piece


def test_a_folder_without_an_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnreadable, match="does not hold a MiniLM encoder"):
        Pretrained(tmp_path)


def test_learning_goes_on_from_what_was_learned(tmp_path: Path, pretrained: Pretrained) -> None:
    torch.manual_seed(0)
    first, second = (Learner(pretrained.encoder, torch.nn.Linear(2, 2)) for _ in range(2))
    with torch.no_grad():
        for module in first.encoder.modules():
            if isinstance(module, LowRank):
                module.high.normal_()
    first.save(tmp_path / "first")
    second.go_on_from(tmp_path / "first")
    second.save(tmp_path / "second")
    learned, kept = (load_file(tmp_path / name) for name in ("first", "second"))
    assert learned.keys() == kept.keys()
    for name, tensor in learned.items():
        torch.testing.assert_close(kept[name], tensor)


def test_weights_are_averaged(tmp_path: Path) -> None:
    for name, value in (("one", 1.0), ("two", 2.0), ("three", 6.0)):
        save_file({"w": torch.full((2,), value).half()}, tmp_path / name)
    average([tmp_path / name for name in ("one", "two", "three")], tmp_path / "mean")
    assert load_file(tmp_path / "mean")["w"].tolist() == [3.0, 3.0]

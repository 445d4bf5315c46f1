"""The learned reader of values, and what it is trained on."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch

from dialogue.disfluency.words import split
from dialogue.encoder import WIDTH, Pretrained
from dialogue.frames.reader import Asked, Network, Reader, encode
from dialogue.frames.request import LONGEST, Request
from dialogue.frames.settling import Form, settled
from dialogue.training.files import Course
from dialogue.training.reader import asking_more, example, right, train
from dialogue.understanding import Understanding

TEXT = "A taxi from the station to Elm Grove, please. My name is Kay."
ROW: dict[str, Any] = {
    "raw": TEXT,
    "repaired": TEXT,
    "slots": {"pickup": "station", "destination": "Elm Grove", "name": "Kay"},
}


def words(text: str) -> list[Any]:
    return [word for word in split(text) if word.core]


def test_runs_are_short_and_within_a_sentence() -> None:
    request = Request(words(TEXT))
    assert "please. My" not in {request.text(run) for run in request.runs}
    assert max(end - start for start, end in request.runs) <= LONGEST
    assert "elm grove" in request.texts


def test_no_run_divides_what_is_one_value() -> None:
    request = Request(words("on the 9th of June at noon"))
    assert "9th of june" in request.texts
    assert "9th of" not in request.texts


def test_a_parameters_scores_do_not_depend_on_its_place() -> None:
    torch.manual_seed(0)
    network = Network().eval()
    request = Request(words(TEXT))
    one, two = Asked("pickup", ("station",)), Asked("destination")
    vectors = torch.randn(len(request.words) + 3, WIDTH)
    turned = torch.cat((vectors[:-2], vectors[-2:].flip(0)))
    forward = network(vectors, encode(request, [one, two]))
    backward = network(turned, encode(request, [two, one]))
    assert torch.allclose(forward, backward.flip(0), atol=1e-5)


def test_every_way_to_write_a_value_is_right() -> None:
    made = example(words(TEXT), ROW["slots"])
    assert made is not None
    texts = [{made.request.text(made.request.runs[i]) for i in runs} for runs in made.right]
    assert texts == [{"station", "the station"}, {"Elm Grove"}, {"Kay"}]


def test_what_is_not_told_of_has_no_value() -> None:
    made = example(words(TEXT), {"symptom": None})
    assert made is not None
    assert made.right == [[len(made.request.runs)]]


def test_only_what_cannot_be_meant_is_asked_for_besides() -> None:
    others = [{**ROW, "slots": {"time": "noon", "item": "hat", "customer_name": "Li"}}]
    chance = random.Random(0)
    for _ in range(20):
        assert set(asking_more(ROW, others, chance)["slots"]) <= {*ROW["slots"], "time"}


@pytest.mark.parametrize(
    ("said", "parameters", "expected"),
    [
        (TEXT, ["pickup", "destination"], {"pickup": ["station"], "destination": ["Elm Grove"]}),
        (
            "The boiler keeps losing pressure.",
            ["appliance", "fault"],
            {"appliance": ["boiler"], "fault": ["losing pressure"]},
        ),
        ("I'd like a table on Friday.", ["name", "date"], {"name": [], "date": ["Friday"]}),
    ],
)
def test_values_are_settled(
    said: str, parameters: list[str], expected: dict[str, list[str]], understanding: Understanding
) -> None:
    form = Form(parameters, [], "take_request")
    (found,) = settled([form], words(said), opening=True, reader=understanding.reader)
    assert found == expected


def test_later_words_are_left_to_the_rules(understanding: Understanding) -> None:
    said = words("the blue one")
    form = Form(["item"], [], "order")
    assert settled([form], said, opening=False, reader=understanding.reader) == [{}]


def test_trained_weights_are_read_again(tmp_path: Path, pretrained: Pretrained) -> None:
    weights = tmp_path / "reader.safetensors"
    train([ROW] * 4, [], pretrained, weights, Course(1), seed=0)
    request = Request(words(TEXT))
    values = Reader(pretrained, weights).read(request, [Asked("pickup")])
    assert values[0].run in request.runs
    assert 0 <= values[0].likelihood <= 1


def test_values_in_requests_of_somebody_else_are_read(
    unseen: list[dict[str, Any]], understanding: Understanding
) -> None:
    assert understanding.reader is not None
    assert right(unseen, understanding.reader) > 0.86

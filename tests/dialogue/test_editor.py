"""The learned editor: what it leaves out, and what it is trained on."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from dialogue.disfluency import Editor
from dialogue.disfluency.changes import LONGEST, Change, encode, number
from dialogue.disfluency.words import cores, split
from dialogue.encoder import Pretrained
from dialogue.training.blocks import Said, moved, partly_done, read, without
from dialogue.training.editor import exact, train
from dialogue.training.files import Course
from dialogue.training.made_up import MadeUp
from dialogue.understanding import Understanding

REQUESTS: list[dict[str, Any]] = [
    {
        "raw": "A taxi from the station to the zoo, no, the harbour, at three.",
        "repaired": "A taxi from the station to the harbour, at three.",
        "slots": {"destination": "harbour", "time": "three"},
    },
    {
        "raw": "um can i get two no three tickets for saturday",
        "repaired": "can i get three tickets for saturday",
        "slots": {"tickets": "three", "date": "saturday"},
    },
    {
        "raw": "The boiler keeps cutting out.",
        "repaired": "The boiler keeps cutting out.",
        "slots": {"appliance": "boiler", "fault": "keeps cutting out"},
    },
]


def left(said: Said) -> tuple[str, ...]:
    meant = moved(said)
    return cores(without(meant, meant.gone).words)


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row["raw"])
def test_what_is_left_without_the_blocks_is_what_was_meant(row: dict[str, Any]) -> None:
    said = read(row["raw"], row["repaired"])
    assert said is not None
    assert left(said) == cores(split(row["repaired"]))


def test_what_is_said_twice_is_left_out_where_it_was_said_first() -> None:
    said = read("for the, for the ninth", "for the ninth")
    assert said is not None
    assert said.blocks == [(0, 2)]


def test_blocks_are_as_few_as_can_be() -> None:
    said = read("at two no at three", "at three")
    assert said is not None
    assert said.blocks == [(0, 3)]


@pytest.mark.parametrize(
    ("raw", "meant", "replaced", "repair"),
    [
        (
            "A table for two on Friday. Oh, make that three.",
            "A table for three on Friday.",
            "two",
            "three",
        ),
        (
            "can i keep the nine to eleven slot no the school run eleven to one",
            "can i keep the eleven to one slot",
            "nine to eleven",
            "eleven to one",
        ),
    ],
)
def test_a_repair_that_came_later_is_moved(
    raw: str, meant: str, replaced: str, repair: str
) -> None:
    said = read(raw, meant)
    assert said is not None
    assert said.moving is not None
    words = cores(said.words)
    assert [" ".join(words[start:end]) for start, end in said.moving] == [replaced, repair]
    assert left(said) == cores(split(meant))


def test_words_that_nobody_said_are_not_meant() -> None:
    assert read("a table for two", "a table for three") is None


def test_a_request_on_its_way_means_the_same() -> None:
    said = read("um two no three tickets for, for sunday", "three tickets for sunday")
    assert said is not None
    chance = random.Random(0)
    for _ in range(50):
        assert left(partly_done(said, chance)) == ("three", "tickets", "for", "sunday")


def test_made_up_repairs_lead_back_to_what_was_written() -> None:
    source = MadeUp(REQUESTS, random.Random(0))
    meant = {cores(split(row["repaired"])) for row in REQUESTS}
    made = [source.one() for _ in range(200)]
    assert all(left(said) in meant for said in made)
    assert len({cores(said.words) for said in made}) > 150


def test_what_the_rules_propose_is_seen_at_its_place() -> None:
    words = split("to the zoo no the harbour")
    block, move = Change((1, 4)), Change((2, 3), (5, 6))
    dropped, replaced, alone = (encode(words, one) for one in (block, move, None))
    seen = (dropped.blocks != alone.blocks).any(-1)
    assert seen[1, 2]
    assert dropped.blocks.shape[:2] == (len(words) + 1, LONGEST)
    assert (replaced.blocks != alone.blocks).any(-1)[2, 0]
    assert replaced.repairs.nonzero().tolist() == [[5, 0]]


def test_every_change_has_a_score_of_its_own() -> None:
    ends = [(start, end) for start in range(4) for end in range(start + 1, 5)]
    changes = [Change(block, repair) for block in ends for repair in (None, (4, 5))]
    numbers = {number(change, 5) for change in changes}
    assert len(numbers) == len(changes)
    assert max(numbers) < 2 * 6 * LONGEST


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Could I have, um, could I book a table for six?", "could I book a table for six?"),
        ("it's for Tuesday, no, sorry, Thursday at nine", "it's for Thursday at nine"),
        ("The boiler keeps cutting out.", "The boiler keeps cutting out."),
        ("No, I don't need a return, just a single.", "No, I don't need a return, just a single."),
    ],
)
def test_requests_are_edited(said: str, meant: str, understanding: Understanding) -> None:
    found = understanding.repair(said)
    assert cores(split(found.text)) == cores(split(meant))


def test_what_the_editor_replaces_is_told_of(understanding: Understanding) -> None:
    found = understanding.repair("a table on Tuesday, no, sorry, Thursday")
    assert found.shown == "[Not Tuesday.] a table on Thursday"


def test_training_is_reproducible(tmp_path: Path, pretrained: Pretrained) -> None:
    verdicts = []
    said = split(REQUESTS[0]["raw"])
    for name in ("one", "two"):
        train(REQUESTS, [], pretrained, tmp_path / name, Course(1), seed=3)
        reading = Editor(pretrained, tmp_path / name).read(said)
        assert reading is not None
        verdicts.append(reading.verdict(said, range(len(said)), None))
    assert verdicts[0] == verdicts[1]


def test_what_is_too_long_for_the_encoder_is_left_to_the_rules(pretrained: Pretrained) -> None:
    editor = Editor(pretrained)
    assert editor.read(split("eleven " * 510)) is not None
    assert editor.read(split("eleven " * 511)) is None


def test_requests_of_somebody_else_come_out_as_they_were_meant(
    unseen: list[dict[str, Any]], understanding: Understanding
) -> None:
    assert understanding.editor is not None
    assert exact(unseen, understanding.editor) > 0.70

"""The learned editor: what it leaves out, and what it is trained on."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from dialogue.disfluency import Editor, Tagger, repair
from dialogue.disfluency.editor import LONGEST, encode, place
from dialogue.disfluency.words import cores, split
from dialogue.training.blocks import Said, partly_done, read, without
from dialogue.training.editor import train
from dialogue.training.made_up import MadeUp

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
    return cores(without(said, range(len(said.blocks))).words)


@pytest.mark.parametrize("row", REQUESTS, ids=lambda row: row["raw"])
def test_what_is_left_without_the_blocks_is_what_was_meant(row: dict[str, Any]) -> None:
    said = read(row["raw"], row["repaired"])
    assert said is not None
    assert left(said) == cores(split(row["repaired"]))


def test_what_is_said_twice_is_left_out_where_it_was_said_first() -> None:
    said = read("for the, for the ninth", "for the ninth")
    assert said is not None
    assert said.blocks == ((0, 2),)


def test_blocks_are_as_few_as_can_be() -> None:
    said = read("at two no at three", "at three")
    assert said is not None
    assert said.blocks == ((0, 3),)


def test_words_that_were_moved_are_no_blocks() -> None:
    assert read("a table at seven for two, three", "a table for three at seven") is None


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


def test_the_block_of_the_rules_is_seen_at_its_place() -> None:
    words = split("to the zoo no the harbour")
    with_rules, alone = (encode(words, block, {}) for block in ((1, 4), None))
    differs = (with_rules.blocks != alone.blocks).any(-1).flatten().nonzero().flatten().tolist()
    assert place((1, 4)) in differs
    assert with_rules.blocks.shape[:2] == (len(words) + 1, LONGEST)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Could I have, um, could I book a table for six?", "could I book a table for six?"),
        ("it's for Tuesday, no, sorry, Thursday at nine", "it's for Thursday at nine"),
        ("The boiler keeps cutting out.", "The boiler keeps cutting out."),
        ("No, I don't need a return, just a single.", "No, I don't need a return, just a single."),
    ],
)
def test_requests_are_edited(said: str, meant: str) -> None:
    found = repair(said, Tagger.shared(), Editor.shared())
    assert cores(split(found.text)) == cores(split(meant))


def test_what_the_editor_replaces_is_told_of() -> None:
    found = repair("a table on Tuesday, no, sorry, Thursday", Tagger.shared(), Editor.shared())
    assert found.shown == "[Not Tuesday.] a table on Thursday"


def test_training_is_reproducible(tmp_path: Path) -> None:
    verdicts = []
    for name in ("one", "two"):
        train(REQUESTS, [], tmp_path / name, count=1, seed=3)
        verdicts.append(Editor(tmp_path / name).verdict(split(REQUESTS[0]["raw"]), None))
    assert verdicts[0] == verdicts[1]

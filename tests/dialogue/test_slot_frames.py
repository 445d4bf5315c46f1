from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.disfluency.words import split
from dialogue.frames import number_of
from dialogue.frames.filling import told
from dialogue.phrases import phrases

TASK = "take_request Notes down what the caller asks for."


def read(said: str, *parameters: str, opening: bool = True) -> dict[str, list[str]]:
    return told(parameters, split(said), TASK, opening=opening)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("I'd like the yoga class at 5:45.", ["the yoga class", "5:45"]),
        ("I want to cancel the loan of my books.", ["the loan of my books"]),
        ("The shower in the bathroom is broken.", ["The shower", "the bathroom"]),
        ("Can I talk to customer service?", ["customer service"]),
    ],
)
def test_phrases_stand_between_function_words_and_verbs(said: str, meant: list[str]) -> None:
    words = split(said)
    found = [" ".join(word.text for word in words[p.start : p.end]) for p in phrases(words)]
    assert [text.rstrip(".?") for text in found] == meant


@pytest.mark.parametrize(
    ("said", "told_of"),
    [
        (
            "Deliver it on Friday, between 2 and 4.",
            {"date": ["Friday"], "time": ["between 2 and 4"]},
        ),
        ("I need size 9.5.", {"size": ["9.5"]}),
        ("The meter reads 04731.", {"reading": ["04731"]}),
        ("The heating in flat 9C has stopped.", {"flat": ["9C"], "item": ["heating"]}),
        (
            "My address is 70 Market Square, Oxford.",
            {"address": ["70 Market Square"], "city": ["Oxford"]},
        ),
        ("It's on the third floor of the Hayes building.", {"date": None}),
        ("The party is under Novak, on the 9th.", {"name": ["Novak"], "date": ["9th"]}),
        ("3 metres of the green fabric.", {"length": ["3 metres"], "item": ["green fabric"]}),
        ("The reference is 04, 059.", {"reference": ["04, 059"]}),
        (
            "The tap in the bathroom is broken since the end of the month.",
            {"room": ["bathroom"], "item": ["tap"], "date": ["end of the month"]},
        ),
        ("Reserve it for 3 hours, at 2.", {"hours": ["3 hours"], "time": ["2"]}),
        ("Take it twice a day.", {"frequency": ["twice a day"]}),
        ("I moved from flat 2 to flat 20.", {"old_flat": ["2"], "new_flat": ["20"]}),
        ("The cut with Janine, a week on Friday.", {"date": ["a week on Friday"]}),
        ("We'd come for the week of the 17th.", {"date": ["week of the 17th"]}),
        ("A room for the first weekend in August.", {"date": ["first weekend in August"]}),
        ("The tree for Christmas Eve, please.", {"date": ["Christmas Eve"]}),
        ("A court for 8 tonight.", {"time": ["8 tonight"]}),
        ("It has been out since 6 this morning.", {"outage_start": ["6 this morning"]}),
        ("Bring it between 4 and 6.", {"delivery_window": ["between 4 and 6"]}),
        ("I was charged 12 pounds 99.", {"amount": ["12 pounds 99"]}),
        ("Freeze it for 3 months.", {"period": ["3 months"]}),
        ("We arrive on the 22nd.", {"check_in": ["22nd"]}),
        ("the next train to crewe", {"destination": ["crewe"]}),
        (
            "move 90 euros from savings to checking",
            {"from_account": ["savings"], "to_account": ["checking"]},
        ),
        ("Morning. A cut with Janine.", {"name": ["Janine"]}),
        ("2 flat whites, please.", {"drink": ["2 flat whites"]}),
    ],
)
def test_values_are_whole_mentions_of_their_kind(
    said: str, told_of: dict[str, list[str] | None]
) -> None:
    found = read(said, *told_of)
    assert {name: found.get(name) for name in told_of} == told_of


def test_what_is_one_parameters_is_no_others() -> None:
    found = read("I'd like a salad for Ana on Monday.", "dish", "name", "day")
    assert found == {"dish": ["salad"], "name": ["Ana"], "day": ["Monday"]}


def test_what_the_tool_itself_is_called_is_no_value() -> None:
    assert told(["item"], split("I'd like to place an order."), "place_order", opening=True) == {}
    assert read("I'd like to place an order.", "day", "time", "name") == {}


def test_later_turns_tell_only_of_what_has_a_kind() -> None:
    assert read("On Friday, in the kitchen.", "day", "item", opening=False) == {"day": ["Friday"]}


def test_how_many_come_is_told_by_its_place() -> None:
    assert number_of("people", split("A table for 4 at 7 on the 9th.")) == "4"
    assert number_of("people", split("We'll come for 2 days at 7.")) is None


WORDS = st.sampled_from(
    """a the my room class code is reads at in to from on for of 9 14 B7 K Novak Monday Oxford
    Street, Lane. 5th May twice day and or not no every small red table, please. name
    number""".split()
)


@given(st.lists(WORDS, max_size=14).map(" ".join))
@settings(max_examples=300)
def test_nothing_is_told_that_was_not_said(said: str) -> None:
    found = read(said, "name", "date", "time", "item", "city", "room", "code", "quantity", "colour")
    for texts in found.values():
        assert texts
        for text in texts:
            assert text in said

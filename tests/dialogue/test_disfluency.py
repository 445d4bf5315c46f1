from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialogue.disfluency import Correction, Disfluent, Kind, Tagger, corrections, repair
from dialogue.disfluency.bench import score
from dialogue.disfluency.extraction import is_right
from dialogue.disfluency.hints import hints
from dialogue.disfluency.words import cores, split
from dialogue.disfluency.written_form import written
from dialogue.training.tagger import applied, derive

REPAIRED = [
    ("Is the spa open? I mean, is the pool open?", "Is the pool open?"),
    ("No, not Monday. I meant Thursday.", "Thursday."),
    ("It's due on the tenth, not the tenth, the twelfth.", "It's due on the twelfth."),
    ("I want the blue coat, not the blue, the grey coat.", "I want the grey coat."),
    ("There's a piano, well, not a piano, a keyboard.", "There's a keyboard."),
    ("For 20 people. Did I say 20? I meant 30 people.", "For 30 people."),
    ("On the third of May, no, that's a holiday, the sixth of May.", "On the sixth of May."),
    ("At two, sorry, I have yoga, at four.", "At four."),
    ("It's for Noel, Noel Waite.", "It's for Noel Waite."),
    ("It's been out since five, since six.", "It's been out since six."),
    ("He's in year four, year five.", "He's in year five."),
    ("Row F, seat two, no, row E.", "Row E seat two."),
    ("The postcode is B T nine, five, no, B T seven.", "The postcode is B T seven."),
    ("A cod and a curry sauce, make that two curry sauces.", "A cod and two curry sauces."),
    ("I need a table, not Monday, I mean Thursday.", "I need a table, Thursday."),
    ("The booking is for Miller. No weight, it is for Taylor.", "The booking is for Taylor."),
    ("Until the sixth of July, no, the seventh.", "Until the seventh of July."),
    ("Until the sixth July, no, the seventh.", "Until the seventh July."),
    ("On the 6th July, sorry, the 7th, please.", "On the 7th July please."),
    ("From the first of June, I mean July.", "From the first of July."),
    ("Two hundred grams of ham, no, three hundred grams.", "Three hundred grams of ham."),
    ("Is Doctor Hill free on Monday? Sorry, Doctor Hall.", "Is Doctor Hall free on Monday."),
    ("It's due between two and four, sorry, three and five.", "It's due between three and five."),
    ("I spell it K O S K Y, sorry, S K I.", "I spell it K O S K I."),
    ("A latte with oat milk, no, soy milk.", "A latte with soy milk."),
    ("Look at building B, uh, building D.", "Look at building D."),
    ("A canoe for an hour, uh, two hours.", "A canoe for two hours."),
    ("Automatic, please. No, manual.", "Manual please."),
    ("a table for, um, Tuesday, no, Wednesday", "a table for Wednesday"),
    ("a table for Tuesday no Wednesday", "a table for Wednesday"),
    ("A table for Tuesday. No, Wednesday.", "A table for Wednesday."),
    ("A table for Tuesday at seven, no, Wednesday.", "A table for Wednesday at seven."),
    ("A taxi to the airport, sorry, to the station.", "A taxi to the station."),
    ("From Boston to Denver, no wait, from Austin.", "From Austin to Denver."),
    ("Four adults and two, no, three children.", "Four adults and three children."),
    ("Wake me at seven. Actually, make it half past seven.", "Wake me at half past seven."),
    ("We arrive on Saturday. Friday, I mean.", "We arrive on Friday."),
    ("It's under Peterson. No, sorry, Petersen.", "It's under Petersen."),
    ("The code is A B C, no, A B D.", "The code is A B D."),
    ("Wednesday, I mean Thursday, not Wednesday, at five.", "Thursday at five."),
    ("I I want to to cancel it", "I want to cancel it"),
    ("A car for Thur- for Friday.", "A car for Friday."),
    ("I want to book, I want to cancel a room.", "I want to cancel a room."),
    ("Is there a, um, do you have a table?", "Do you have a table?"),
    ("A litre, no, two litres of milk.", "Two litres of milk."),
    ("Two adults, one child. No, two children.", "Two adults, two children."),
    ("At nine in the morning, sorry, nine in the evening.", "At nine in the evening."),
    ("At nine in the morning, sorry, ten.", "At ten in the morning."),
    ("It is oh four four, no, oh five five.", "It is oh five five."),
    ("I ordered the grey sofa, the, uh, the green sofa.", "I ordered the green sofa."),
    ("To Nice on the ninth, er, on the nineteenth.", "To Nice on the nineteenth."),
    ("By noon, or let's say by one.", "By one."),
    ("We come on Friday. No Saturday.", "We come on Saturday."),
    ("A table for 2. No, 3 people.", "A table for 3 people."),
    ("Next Monday. Await. Next Tuesday.", "Next Tuesday."),
    ("Order twenty, thirty, no, twenty five.", "Order twenty five."),
    ("A table for two, three, no, four people.", "A table for four people."),
    ("It is one, two, no, three.", "It is one, three."),
    ("The order is K X, um, let me see, 4 9 B.", "The order is K X 4 9 B."),
]

UNTOUCHED = [
    "No, I said Wednesday.",
    "I do not want the red one.",
    "No Mondays please.",
    "Tuesday, no problem.",
    "Is it Tuesday or Wednesday?",
    "Tuesday, not Wednesday.",
    "I'm in Portland, Maine, not Portland, Oregon.",
    "My dog actually ate half a bar.",
    "The film is called Love Actually, and it's at seven.",
    "I won't be able to make it on the fifth.",
    "It was very, very cold.",
    "My number is five five five, one two one two.",
    "I know that that flight is full.",
    "He said no, so I need a new date.",
    "I'd rather have the window seat.",
    "Sorry, what time do you close on Friday?",
    "I mean it, cancel the order.",
    "We want rooms for Monday, Tuesday and Wednesday.",
    "New York, New York",
    "I'd like a chicken burger no onions please",
    "um",
    "",
    "...",
]


@pytest.mark.parametrize(("said", "meant"), REPAIRED)
def test_what_was_taken_back_is_left_out(said: str, meant: str) -> None:
    assert repair(said).text == meant


@pytest.mark.parametrize("said", UNTOUCHED)
def test_what_only_looks_like_a_repair_stays(said: str) -> None:
    for tagger in (None, Tagger.shared()):
        found = repair(said, tagger)
        assert found.text == said
        assert found.shown == written(said)


def test_a_repair_is_told_in_its_three_parts() -> None:
    found = repair("a table for, um, Tuesday, no, Wednesday")
    filler, repaired = found.disfluencies
    assert filler.kind is Disfluent.FILLER
    assert [found.words[i].core for i in filler.interregnum] == ["um"]
    assert repaired.kind is Disfluent.REPAIR
    assert [found.words[i].core for i in repaired.reparandum] == ["tuesday"]
    assert [found.words[i].core for i in repaired.interregnum] == ["no"]
    assert [found.words[i].core for i in repaired.repair] == ["wednesday"]
    assert found.replaced == ("Tuesday",)


def test_the_model_is_told_what_does_not_count() -> None:
    said = "A table for Tuesday. No, Wednesday."
    assert repair(said).shown == "[Not Tuesday.] A table for Wednesday."
    assert repair("I want, um, two.").shown == "I want 2."
    assert repair("Order KX, um, 49B.").shown == "Order KX49B."
    assert repair("Order twenty, thirty, no, forty.").shown == "[Not 20, 30.] Order 40."
    assert repair("At six, no, half past seven.").shown == "[Not 6.] At 7:30."


@pytest.mark.parametrize(
    ("heard", "shown"),
    [
        ("A table for (um) to people", "A table for 2 people"),
        ("Um, to.", "2."),
        ("Too", "2"),
        ("I talk to people", "I talk to people"),
    ],
)
def test_a_two_that_was_heard_as_to_is_the_number(heard: str, shown: str) -> None:
    assert repair(heard).shown == shown


def test_the_tagger_repairs_questions_of_any_subject() -> None:
    said = "Where did Friedrich Ratzel no Halford Mackinder work?"
    assert repair(said, Tagger.shared()).text == "Where did Halford Mackinder work?"


@pytest.mark.parametrize(
    ("said", "corrected"),
    [
        ("actually make it three", [Correction(Kind.NUMBER, "three")]),
        ("Make that three people, please.", [Correction(Kind.NUMBER, "three", None, "people")]),
        ("No, I said Wednesday.", [Correction(Kind.DAY, "Wednesday")]),
        ("Sorry, it's Miller, not Muller.", [Correction(Kind.NAME, "Miller", "Muller")]),
        ("Make it Friday, no, Saturday.", [Correction(Kind.DAY, "Saturday")]),
        ("Can you make it half past seven instead?", [Correction(Kind.TIME, "half past seven")]),
        (
            "No, not Tuesday, Wednesday at eight.",
            [Correction(Kind.DAY, "Wednesday", "Tuesday"), Correction(Kind.NUMBER, "eight")],
        ),
        ("Actually Thursday, not Monday.", [Correction(Kind.DAY, "Thursday", "Monday")]),
        ("Make that Taylor.", [Correction(Kind.NAME, "Taylor")]),
        ("No thanks.", []),
        ("No Mondays please.", []),
        ("No. Tuesday is fine.", []),
        ("I'd like Tuesday.", []),
        ("Actually I like the blue one.", []),
        ("no", []),
        ("", []),
    ],
)
def test_a_turn_that_corrects_an_earlier_one(said: str, corrected: list[Correction]) -> None:
    assert list(corrections(said)) == corrected


WORDS = st.sampled_from(
    """no, no wait sorry I mean um uh, Tuesday Tuesday, Wednesday. a the table for two three, not to
    from Boston Denver, make it that or rather actually what who? A B 14 14: half past Thur- and
    ... - said you know, like, seven o'clock May 3rd er,Scotland 'n' "No, word?""".split()
)
SPEECH = st.lists(WORDS, max_size=24).map(" ".join)


@given(SPEECH | st.text(max_size=60))
@settings(max_examples=400)
def test_raw_words_are_kept_and_nothing_is_made_up(said: str) -> None:
    for tagger in (None, Tagger.shared()):
        found = repair(said, tagger)
        assert [word.text for word in found.words] == [
            said[word.start : word.end] for word in found.words
        ]
        assert len(set(found.kept)) == len(found.kept)
        kept = Counter(found.words[i].core for i in found.kept)
        assert kept - Counter(word.core for word in found.words) == Counter()
        assert cores(split(found.text)) == cores([found.words[i] for i in found.kept])


@given(SPEECH | st.text(max_size=60))
@settings(max_examples=400)
def test_a_repaired_text_needs_no_repair(said: str) -> None:
    for tagger in (None, Tagger.shared()):
        once = repair(said, tagger).text
        assert repair(once, tagger).text == once


PLAIN = st.lists(
    st.sampled_from("we need seven blue chairs on Friday at noon near Boston please".split()),
    unique=True,
)


@given(PLAIN.map(" ".join))
def test_words_without_cue_or_repetition_are_unchanged(said: str) -> None:
    assert repair(said, Tagger.shared()).text == said


@given(SPEECH | st.text(max_size=60))
def test_corrections_are_words_of_the_turn(said: str) -> None:
    for correction in corrections(said):
        assert correction.value
        assert Counter(cores(split(correction.value))) <= Counter(cores(split(said)))


def requests(data: Path, part: str) -> list[dict[str, str]]:
    rows = map(json.loads, (data / "self_repairs.jsonl").read_text().splitlines())
    return [row for row in rows if row["part"] == part]


@pytest.mark.parametrize(
    ("part", "least"),
    [
        ("develop", 0.96),
        ("held out", 0.9),
        ("held out 2", 0.88),
        ("held out 3", 0.85),
        ("held out 4", 0.88),
        ("develop 2", 0.55),
    ],
)
def test_requests_come_out_as_they_were_meant(data: Path, part: str, least: float) -> None:
    rows = requests(data, part)
    ours = score((repair(row["raw"], Tagger.shared()).text, row["repaired"]) for row in rows)
    assert ours.exact >= least
    assert score((row["raw"], row["repaired"]) for row in rows).exact < 0.4


def test_questions_come_out_far_better_than_they_were_asked(shared: Path) -> None:
    rows = list(json.loads((shared / "text" / "disfl_qa_test.json").read_text()).values())[::20]
    ours = score((repair(r["disfluent"], Tagger.shared()).text, r["original"]) for r in rows)
    assert ours.exact > 0.5
    assert score((row["disfluent"], row["original"]) for row in rows).exact < 0.05


def test_training_learns_from_pairs_that_one_edit_explains() -> None:
    pair = ("Where did Ratzel no Mackinder work?", "Where did Mackinder work?")
    example = derive(*pair)
    assert example is not None
    assert applied(example.words, example.edit) == cores(split(pair[1]))
    moved = ("Who named Paris in 1900 no Rome?", "Who named Rome in 1900?")
    example = derive(*moved)
    assert example is not None
    assert applied(example.words, example.edit) == cores(split(moved[1]))
    assert derive("What is it?", "Who was there in the end?") is None


def test_a_slot_is_wrong_with_a_word_that_was_taken_back() -> None:
    taken_back = frozenset({"tuesday"})
    assert is_right("on Wednesday", "Wednesday", taken_back)
    assert is_right("3 people", "three", taken_back)
    assert not is_right("Tuesday, no, Wednesday", "Wednesday", taken_back)
    assert not is_right("Friday", "Wednesday", taken_back)


@pytest.mark.parametrize(
    ("said", "hinted"),
    [
        ("A table for two, no, three.", True),
        ("at three, four o'clock", True),
        ("for the the ninth", True),
        ("I'd like a car for Thur- Friday.", True),
        ("What's the, when's the next bus?", True),
        ("What time do you close on Sunday?", False),
        ("I would like a table for four people on Monday.", False),
        ("Do you have a table outside?", False),
    ],
)
def test_a_text_without_a_hint_is_not_read_by_the_encoder(said: str, hinted: bool) -> None:
    assert hints(split(said)) is hinted

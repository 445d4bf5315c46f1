from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialogue.disfluency.written_form import written

WRITTEN = [
    ("A table for three at half past six.", "A table for 3 at 6:30."),
    ("a table for two at three thirty", "a table for 2 at 3:30"),
    ("Wake me at a quarter to nine, please.", "Wake me at 8:45, please."),
    ("five past one", "1:05"),
    ("at ten to twelve", "at 11:50"),
    ("ten to twelve people", "10 to 12 people"),
    ("at six oh five", "at 6:05"),
    ("at one", "at 1"),
    ("one o'clock", "1:00"),
    ("from three fifteen to four thirty", "from 3:15 to 4:30"),
    ("seven thirty p.m. tomorrow", "7:30 p.m. tomorrow"),
    ("at 10.30 please", "at 10:30 please"),
    ("costs 10.30 dollars", "costs 10.30 dollars"),
    ("let's make it three fifty dollars", "let's make it 350 dollars"),
    ("the twenty third of May", "the 23rd of May"),
    ("May third", "May 3rd"),
    ("On the third.", "On the 3rd."),
    ("the nineteenth century", "the 19th century"),
    ("nineteen eighty two", "1982"),
    ("twenty twenty-six", "2026"),
    ("double o seven", "007"),
    ("oh seven nine double one", "07911"),
    ("My number is five five five, one two one two.", "My number is 555, 1212."),
    ("one hundred and one pounds", "101 pounds"),
    ("two thousand five hundred and six", "2506"),
    ("one million two hundred thousand", "1200000"),
    ("a hundred and fifty", "150"),
    ("half a dozen eggs", "6 eggs"),
    ("three and a half kilos", "3.5 kilos"),
    ("two point five litres", "2.5 litres"),
    ("flight B A one seventeen", "flight BA117"),
    ("My postcode is S W seven.", "My postcode is SW7."),
    ("The code is kx. 49. B.", "The code is KX49B."),
    ("My reference number is r, four four, t please.", "My reference number is R44T please."),
    ("The code is KX. Two people.", "The code is KX. 2 people."),
    ("The reference is a nine digit one.", "The reference is a 9 digit one."),
    ("anna dot smith at post dot com", "anna.smith@post.com"),
    ("one or two nights", "1 or 2 nights"),
]

LEFT = [
    "One of them is broken.",
    "I have second thoughts.",
    "No one came at one point.",
    "A couple of tickets.",
    "Just a second, one second please.",
    "On the third floor.",
    "Seven Sisters Road",
    "It's on Fifth Avenue.",
    "Oh no, not again.",
    "The one with the window.",
    "Half a pill",
    "a double room",
    "I am at home.",
    "Can I 2",
    "a few hundred",
    "",
    "  \n",
]


@pytest.mark.parametrize(("said", "due"), WRITTEN)
def test_numbers_times_and_dates_are_written_as_tools_want_them(said: str, due: str) -> None:
    assert written(said) == due


@pytest.mark.parametrize("said", LEFT)
def test_words_that_are_no_numbers_stay(said: str) -> None:
    assert written(said) == said


@given(st.integers(0, 9999))
def test_a_number_in_digits_stays(number: int) -> None:
    assert written(f"I want {number} of them.") == f"I want {number} of them."


_OTHERS = st.sampled_from(
    """no nobody second half quarter double single oh a couple of the at past to and for table
    Friday May March dot I want , . ? first person's""".split()
)


@given(st.lists(_OTHERS, max_size=12).map(" ".join))
@example("oh double oh")
def test_without_a_number_nothing_becomes_one(said: str) -> None:
    assert not any(map(str.isdigit, written(said).replace("1st", "").replace("2nd", "")))

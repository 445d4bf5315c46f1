from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogue.spelling import feed, groups, joined, spelled


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Your order number is AB347.", "Your order number is A B, 3 4 7."),
        ("It is AB34712, thanks.", "It is A B, 3 4 7, 1 2, thanks."),
        ("Flight UA482 leaves.", "Flight U A, 4 8 2 leaves."),
        ("Code X7-4412!", "Code X 7, 4 4 1 2!"),
        ("Order #4712 has shipped.", "Order 4 7 1 2 has shipped."),
        ("The code is 90210.", "The code is 9 0 2, 1 0."),
        ("Call 555-0133.", "Call 5 5 5, 0 1 3 3."),
        ("Dial +1-415-555-0133", "Dial 1, 4 1 5, 5 5 5, 0 1 3 3"),
        ("Card 4111111111111111", "Card 4 1 1, 1 1 1, 1 1 1, 1 1 1, 1 1 1 1"),
    ],
)
def test_codes_are_spelled_in_groups(written: str, said: str) -> None:
    assert spelled(written) == said


@pytest.mark.parametrize(
    "text",
    [
        "A table for 4 at 7:30 on May 5, 2026.",
        "It costs $1,250.00, or 1250 euros.",
        "The year 2026 and 500GB at 11AM.",
        "My number is 415 555 0133.",
        "On 2026-05-01, between 10-15 people, 3.5 stars.",
        "COVID-19, MP3, 4K and H2O are words.",
        "I am OK.",
    ],
)
def test_what_is_no_code_is_left(text: str) -> None:
    assert spelled(text) == text
    assert joined(text) == text


def test_lists_are_no_codes() -> None:
    assert joined("Say 1, 2, 3, 4 with A B C D.") == "Say 1, 2, 3, 4 with A B C D."


CODE = st.from_regex(r"[A-Z]{2,3}[0-9]{2,8}", fullmatch=True)


@given(CODE)
def test_joining_undoes_spelling(code: str) -> None:
    assert joined(spelled(f"It is {code}, yes.")) == f"It is {code}, yes."


@given(st.text("0123456789", min_size=5, max_size=20))
def test_groups_have_three_or_four(number: str) -> None:
    found = groups(number)
    assert "".join(found) == number
    assert all(len(group) in (3, 4) for group in found) or len(number) == 5


def test_a_cue_reaches_over_pieces() -> None:
    reach, said = feed(0, "Your order number ")
    assert feed(reach, "is 4712 now") == (0, said[:0] + "is 4 7 1 2 now")

from __future__ import annotations

import pytest

from dialogue.corrections import Intent, intent


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Actually, make it three.", Intent.CORRECTS),
        ("No, wait, Thursday.", Intent.CORRECTS),
        ("Sorry, not Friday.", Intent.CORRECTS),
        ("I meant seven o'clock.", Intent.CORRECTS),
        ("Could you change that to four people?", Intent.CORRECTS),
        ("Eight instead, please.", Intent.CORRECTS),
        ("Wait, it should be under Smith.", Intent.CORRECTS),
        ("Under another name, please.", Intent.CORRECTS),
        ("And another one for Saturday.", Intent.ADDS),
        ("Actually, I also need one for Monday.", Intent.ADDS),
        ("Book one for my sister too.", Intent.ADDS),
        ("A second table as well, please.", Intent.ADDS),
        ("Thank you.", Intent.UNSAID),
        ("A table for two on Friday.", Intent.UNSAID),
        ("Is there parking?", Intent.UNSAID),
        ("I know the way, no problem.", Intent.UNSAID),
        ("That is too late for us.", Intent.UNSAID),
        ("", Intent.UNSAID),
    ],
)
def test_what_new_words_do_to_what_was_done(text: str, meant: Intent) -> None:
    assert intent(text) is meant

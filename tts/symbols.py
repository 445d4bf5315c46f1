"""The phoneme symbols that the voice knows, and phonetic writing put into them.

Symbols are those of the training corpus: one character per phoneme, stress mark, space or mark.
"""

# ruff: noqa: RUF001 - the phonetic alphabet has letters that look like others
from __future__ import annotations

import unicodedata

PAD = 0
"""Symbol index of the silence before and after an utterance."""

SYMBOLS = {
    **{c: i for i, c in enumerate(";:,.!?", 1)},
    **dict(zip("—…", (9, 10), strict=True)),
    " ": 16,
    **dict(zip("AIOQSTWYᵊ", (24, 25, 31, 33, 35, 36, 39, 41, 42), strict=True)),
    **{c: i for i, c in enumerate("abcdef", 43)},
    **{c: i for i, c in enumerate("hijklmnopqrstuvwxyz", 50)},
    **dict(zip("ɑɐɒæβɔɕçðʤəɚɛɜɟɡ", (69, 70, 71, 72, 75, 76, 77, 78, 81, 82, 83, 85, 86, 87, 90, 92), strict=True)),  # noqa: E501
    **dict(zip("ɥɨɪʝŋɲœθɹɾʁʃʧʊʋʌɣʒʔ", (99, 101, 102, 103, 112, 114, 120, 119, 123, 125, 128, 131, 133, 135, 136, 138, 139, 147, 148), strict=True)),  # noqa: E501
    **dict(zip("ˈˌːᵻ", (156, 157, 158, 177), strict=True)),
}  # fmt: skip
"""Character -> index of the text encoder's embedding, as the corpus was made."""

SPOKEN = frozenset("AIOWYbdfhijklmnpstuvwzæðŋɑɔəɛɜɡɪɹʃʊʌʒʤʧθˈˌ ,.?!:;")
"""The symbols that are in the corpus: the others have an embedding, but no training."""

SEVERAL = (
    ("d͡ʒ", "ʤ"), ("t͡ʃ", "ʧ"), ("dʒ", "ʤ"), ("tʃ", "ʧ"), ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"),
    ("əʊ", "O"), ("aʊ", "W"), ("ɔɪ", "Y"), ("ɚ", "əɹ"), ("ɝ", "ɜɹ"), ("ɲ", "nj"), ("œ", "ɜ"),
    ("x", "k"),
)  # fmt: skip
"""Phonetic writing -> the symbols for it, in this order."""

NEAREST = str.maketrans(
    {
        "g": "ɡ", "ɫ": "l", "r": "ɹ", "ɾ": "t", "ʁ": "ɹ", "a": "ɑ", "ɐ": "ʌ", "ɒ": "ɑ", "e": "A",
        "o": "O", "y": "u", "ø": "ɜ", "c": "k", "q": "k", "ç": "h", "ɣ": "ɡ", "β": "v", "ʋ": "v",
        "ɨ": "ɪ", "ᵻ": "ɪ", "ɯ": "u", "ɥ": "w", "ɟ": "ʤ", "ʝ": "j", "ɕ": "ʃ", "ʎ": "l", "ʑ": "ʒ",
        "ɘ": "ə", "ɵ": "ə", "'": "ˈ", "ʔ": None, "ː": None, "ᵊ": "ə",
    }
)  # fmt: skip
"""Sounds that English has not -> those nearest to them."""

PLURAL_AFTER = {"ɪz": "szʃʒʧʤ", "s": "ptkfθ"}
"""The ending s by the sound before it; z after all others."""


def symbols_of(phonetic: str) -> str:
    """Phonetic writing (IPA, or the corpus's own letters) as symbols that the voice was taught.

    Foreign sounds become the nearest ones; what is no sound at all is left out.
    """
    text = unicodedata.normalize("NFC", phonetic)
    for several, symbols in SEVERAL:
        text = text.replace(several, symbols)
    return "".join(symbol for symbol in text.translate(NEAREST) if symbol in SPOKEN)


def unknown_in(phonetic: str) -> str:
    """The characters of phonetic writing that mean nothing here, in order."""
    known = SPOKEN | set("".join(several for several, _ in SEVERAL)) | {chr(c) for c in NEAREST}
    marks = set("͡‿.̩̃̊ʰʲʷˑ-") - {"-"}
    return "".join(c for c in unicodedata.normalize("NFC", phonetic) if c not in known | marks)


def with_s(symbols: str) -> str:
    """Symbols with the ending s of plurals and possessives."""
    last = symbols[-1]
    return symbols + next((end for end, after in PLURAL_AFTER.items() if last in after), "z")

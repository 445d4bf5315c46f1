"""Markdown, HTML and typography taken off a text, and where it must not be cut."""

# ruff: noqa: RUF001 - typographic quotes and dashes are meant
from __future__ import annotations

import html
import re
import unicodedata

OVERRIDE = re.compile(
    r"\[(?P<shown>[^\]\[\n]{1,100})\]\(/(?![a-zA-Z0-9_-]{4,100}/)(?P<ipa>[^/()\s]{1,100})/\)"
)
"""`[parley](/ˈpɑɹli/)`: a text, and the phonemes that it is said with.

Four or more plain letters and nothing else, as in `[returns](/help/)`, are a path.
"""

_LINK = r"!?\[[^\]\[\n]{0,200}\]\([^()\n]{0,500}(?:\([^()\n]{0,100}\)[^()\n]{0,500})?\)"
_FENCE = r"```.*?```"
_TAG = r"</?[a-zA-Z][\w-]{0,20}(?:\s[^<>\n]{0,200})?/?>"

MARKDOWN = (
    (re.compile(_FENCE, re.DOTALL), "\n"),
    (re.compile(r"<(https?://[^<>\s]{1,500})>"), r"\1"),
    (re.compile(r"<(?:br|/p|/li|/div|/tr|/h[1-6]) ?/?>", re.IGNORECASE), "\n"),
    (re.compile(_TAG), ""),
    (re.compile(r"\\[nrt](?![A-Za-z])"), " "),
    (re.compile(r"!?\[([^\]\[\n]{0,200})\](?!\(/(?![a-zA-Z0-9_-]{4,100}/)[^/()\s]{1,100}/\))"
                r"\([^()\n]{0,500}(?:\([^()\n]{0,100}\)[^()\n]{0,500})?\)"), r"\1"),
    (re.compile(r"\[\^?\d{1,3}\](?!\()"), ""),
    (re.compile(r"^[ \t]*\|?(?:[ \t]*:?-{2,}:?[ \t]*\|)+(?:[ \t]*:?-{2,}:?)?[ \t]*$",
                re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:[-*_=]{3,}|(?:[-*_] ){3,})[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*\|[ \t]*|[ \t]*\|[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"[ \t]*\|+[ \t]*"), ", "),
    (re.compile(r"^[ \t]*(?:>[ \t]*)*(?:(?:[-*+•–>]|#{1,6})[ \t]+)?(?:\[[ xX]\][ \t]+)?",
                re.MULTILINE), ""),
    (re.compile(r"(?<=\d)([ ]?)\*([ ]?)(?=\d)"), r"\1∗\2"),
    (re.compile(r"(?<=[Pp]ress )\*(?=[\s.,]|$)|"
                r"(?<![\w*])\*(?=\d{1,3}\b(?![^\n*]{0,200}[^\s*]\*(?!\d)))"), "✱"),
    (re.compile(r"[*`]+|(?<!\w)_+|_+(?!\w)|~~"), ""),
)  # fmt: skip
LOOKALIKES = str.maketrans(
    {
        "’": "'", "‘": "'", "ʼ": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "‑": "-", "‐": "-", "\u200b": None,
        "\u200d": None, "\ufe0e": None, "\ufe0f": None, "\u20e3": None, "\ufeff": None, "＃": "#",
        "…": "...",
    }
)  # fmt: skip

_OPENED = re.compile(
    r"```(?:(?!```).)*\Z|!?\[[^\]\[\n]{0,200}(?:\](?:\([^()\n]{0,500}(?:\([^()\n]{0,100}\)?"
    r"[^()\n]{0,500})?)?)?\Z|<[a-zA-Z/][^<>\n]{0,200}\Z",
    re.DOTALL,
)
_WHOLE = re.compile(rf"{_FENCE}|{_LINK}|{_TAG}", re.DOTALL)


def without_markup(text: str) -> str:
    """Text with plain quotes and spaces and without markup, but for phoneme overrides."""
    text = unicodedata.normalize("NFC", text)
    if "&" in text:
        text = html.unescape(text)
    text = text.translate(LOOKALIKES)
    for pattern, replacement in MARKDOWN:
        text = pattern.sub(replacement, text)
    return text


def is_inside(text: str, position: int) -> bool:
    """Whether a cut at a position falls inside a link, a code block, a tag or an override.

    So it does when the text so far leaves open whether one begins before the position.
    """
    at = 0
    while at < position:
        starts = [i for i in (text.find(c, at, position) for c in "`[<") if i >= 0]
        if not starts:
            return False
        at = min(starts)
        if whole := _WHOLE.match(text, at):
            if whole.end() > position:
                return True
            at = whole.end()
        elif _OPENED.match(text, at):
            return True
        else:
            at += 1
    return False

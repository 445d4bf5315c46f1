"""What a model writes -> what can be said: no markup, lists, code, emoji or long addresses.

It streams: words leave as soon as it is seen that they are over, and plain prose leaves as it
came, so that the model's prompt cache still knows it. Numbers, times and abbreviations are the
voice's business.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

_TOKEN = re.compile(
    r"""
    (?P<block>```.*?```|<think>.*?</think>)
  | (?P<open>(?:```|<think>).*)
  | (?P<link>!?\[[^\]\n]{0,200}\]\([^)\s]*\)(?:(?!```|<think>)\S)*)
  | (?P<line>\n)
  | (?P<space>\s)
  | (?P<word>(?:(?!```|<think>)\S)+)
    """,
    re.VERBOSE | re.DOTALL,
)
_LONGEST_LINK = 200
_PLAIN = re.compile(r"[A-Za-z']+[,!?]")
_BULLET = re.compile(r"[-*+•–>|]|#{1,6}|[-*_=|:]{3,}")  # noqa: RUF001 - dashes begin items too
_NUMBERED = re.compile(r"\d{1,2}[.)]")
# A link, but no word with its phonemes between slashes: that is the voice's business.
_LINK = re.compile(r"!?\[([^\]]*)\](?!\(/(?![a-zA-Z0-9_-]{4,}/)[^/()\s]+/\))\([^)\s]*\)")
_TAG = re.compile(r"</?[a-zA-Z][\w-]*/?>")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"]*[\w/]", re.IGNORECASE)
_SHORT_PATH = re.compile(r"(?:/[A-Za-z-]{1,16}){1,2}")
_EMPHASIS = re.compile(r"[*`|]+|(?<!\w)_+|_+(?!\w)|~~+")
_UNSAID = {"So", "Sk", "Co", "Cs"}  # Unicode categories of emoji and their skin tones
_JOINERS = "\u200d\ufe0e\ufe0f\u20e3"


@dataclass(frozen=True, slots=True)
class Speakable:
    """Where in the text it is: what is held back, and how what was let through ended."""

    held: str = ""
    line_begins: bool = True
    last: str = ""
    """The last letter or sign let through; empty before the first."""
    number: str = ""
    """A number that began a line: it counts items if words follow, and is said if none do."""


def feed(state: Speakable, text: str) -> tuple[Speakable, str]:
    """Take in `text`; return the new state and what can be said now."""
    return _run(replace(state, held=state.held + text), whole=False)


def finish(state: Speakable) -> str:
    """What is left to say at the end of the text."""
    state, said = _run(state, whole=True)
    return said + state.number


def speakable(text: str) -> str:
    """The whole of `text` as it can be said."""
    state, said = feed(Speakable(), text)
    return said + finish(state)


def _run(state: Speakable, *, whole: bool) -> tuple[Speakable, str]:
    text, at, said = state.held, 0, ""
    while (token := _TOKEN.match(text, at)) and (whole or _settled(token)):
        state, more = _take(state, token)
        said += more
        at = token.end()
    return replace(state, held=text[at:]), said


def _settled(token: re.Match[str]) -> bool:
    """Whether no further text can make something else of the token."""
    match token.lastgroup:
        case "open":
            return False
        case "block" | "line" | "space":
            return True
    rest = token.string[token.start() :]
    if token.lastgroup == "word" and "[" in token.group() and "\n" not in rest:
        unlinked = "](" not in rest and not re.search(r"\](?!\()[^(]", rest)
        if unlinked and len(rest) <= _LONGEST_LINK:
            return False
    ended = token.end() < len(token.string)
    return ended or _PLAIN.fullmatch(token.group()) is not None


def _take(state: Speakable, token: re.Match[str]) -> tuple[Speakable, str]:
    match token.lastgroup:
        case "line":
            stop = "." if (state.number or state.last)[-1:].isalnum() else ""
            gap = " " if (state.last or state.number) and not state.line_begins else ""
            last = (state.last + state.number + stop)[-1:]
            said = state.number + stop + gap
            return replace(state, line_begins=True, number="", last=last), said
        case "space":
            unwanted = not state.last or state.line_begins or state.number
            return state, "" if unwanted else token.group()
        case "word" | "link":
            return _take_word(state, token.group())
    return state, ""


def _take_word(state: Speakable, word: str) -> tuple[Speakable, str]:
    if state.line_begins and _BULLET.fullmatch(word):
        return state, ""
    if state.line_begins and _NUMBERED.fullmatch(word):
        return replace(state, line_begins=False, number=word), ""
    said = "times" if word == "*" else _cleaned(word)
    if not said:
        return state, ""
    return replace(state, line_begins=False, number="", last=said[-1]), said


def _cleaned(word: str) -> str:
    """One word without what cannot be said of it."""
    word = _LINK.sub(r"\1", word)
    word = _URL.sub(lambda match: _address(match.group()), _TAG.sub("", word))
    word = _EMPHASIS.sub("", word)
    return "".join(c for c in word if c not in _JOINERS and (c == "°" or not _is_picture(c)))


def _is_picture(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character) in _UNSAID


def _address(url: str) -> str:
    """https://www.example.com/help?page=2 -> example.com/help; long paths are left out."""
    bare = re.sub(r"^(?:https?://)?(?:www\.)?", "", url, flags=re.IGNORECASE)
    host, slash, path = re.split(r"[?#]", bare)[0].rstrip("/").partition("/")
    return host + slash + path if _SHORT_PATH.fullmatch(slash + path) else host

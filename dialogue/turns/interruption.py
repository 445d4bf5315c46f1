"""What a voice over the agent means: attention, somebody else, or a wish to take the floor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What to do about a voice over the agent."""

    NOTHING = "no words in it so far"
    BACKCHANNEL = "attention: go on"
    BACKGROUND = "not meant for the agent: go on"
    UNCLEAR = "sounds that are hardly words: go on"
    INTERRUPTION = "a wish to speak: yield"


@dataclass(frozen=True)
class Voice:
    """All that is known of a voice over the agent."""

    text: str
    """Its words so far."""
    lasted: float
    """Seconds."""
    loudness: float | None
    """dB above the caller's own level in this call; None where either is unknown."""
    answers: bool
    """The agent has just asked a question."""
    confidence: float | None = None
    """Of the recogniser in its words, 0 to 1; None where unknown."""


_TOKEN = re.compile(
    r"m+|h+m+|h+u+h+|m+-?h+m+|u+h+|u+h+-?h+u+h+|h?u+m+|a+h+|o+h+|a+w+|(?:ha+)+h*|(?:he){2,}|yea+h*"
)
_TOKENS = frozenset(
    """yep yup yes right okay ok sure cool great good nice exactly wow really absolutely indeed true
    thanks alright""".split()
)
_PHRASES = frozenset(
    """i see|got it|of course|all right|i know|makes sense|sounds good|thank you|you""".split("|")
)
_BEGUN = frozenset(
    " ".join(words[:count])
    for words in map(str.split, _PHRASES)
    for count in range(1, len(words))
    if words[0] not in _TOKENS
)
"""What such a phrase may begin with: more of it is waited for."""
_ANSWERS = frozenset("yes yeah yep yup right okay ok sure exactly absolutely".split())
_PLAIN = frozenset("wait no nope stop hold hang sorry excuse but actually hello hey".split())
"""What takes the floor however faintly it is heard."""
_ALONE = 0.1
"""A word alone is believed at so much more confidence: "right" may be heard as "bright"."""
_HUMMED = re.compile(r"m+-?h+m+|u+h+-?h+u+h+")
_WORD = re.compile(r"[\w'-]+")
_MOMENT = 0.001
"""Seconds that two times may differ by rounding."""
_SOUND = re.compile(r"\[[^]]*\]|\([^)]*\)|\*[^*]*\*|♪[^♪]*♪?")


@dataclass(frozen=True)
class WordInterruption:
    """Yields to any clear word that is no known token of attention, and never to a distant voice.

    A recogniser writes laughter and coughs in brackets, or makes "you" or "thank you" of them, or
    words that it does not believe in itself, below the confidence `clear`; it writes "mm-hm" in
    many ways. `background_margin` is how many dB below the caller's own level a voice is not the
    caller's.
    """

    background_margin: float
    clear: float = 0.0

    def judge(self, voice: Voice) -> Verdict:
        """Verdict on what is known of `voice` so far."""
        if voice.loudness is not None and voice.loudness < -self.background_margin:
            return Verdict.BACKGROUND
        words = _WORD.findall(_SOUND.sub(" ", voice.text.lower()))
        if not words:
            return Verdict.NOTHING
        if voice.answers and any(_affirms(word) for word in words):
            return Verdict.INTERRUPTION
        attentive = " ".join(words) in _PHRASES or all(map(_shows_attention, words))
        if attentive:
            return Verdict.BACKCHANNEL
        if " ".join(words) in _BEGUN:
            return Verdict.UNCLEAR
        return Verdict.INTERRUPTION if self._clear(voice, words) else Verdict.UNCLEAR

    def _clear(self, voice: Voice, words: list[str]) -> bool:
        clear = self.clear + _ALONE if len(words) == 1 else self.clear
        sure = voice.confidence is None or voice.confidence >= clear
        return sure or not _PLAIN.isdisjoint(words)


@dataclass(frozen=True)
class VoiceInterruption:
    """Yields to any voice that lasts, whatever it says: what agents without words to go by do."""

    after: float
    """Seconds."""

    def judge(self, voice: Voice) -> Verdict:
        """Verdict on what is known of `voice` so far."""
        lasts = voice.lasted > self.after - _MOMENT or voice.text
        return Verdict.INTERRUPTION if lasts else Verdict.NOTHING


def _shows_attention(word: str) -> bool:
    return word in _TOKENS or _TOKEN.fullmatch(word) is not None


def _affirms(word: str) -> bool:
    return word in _ANSWERS or _HUMMED.fullmatch(word) is not None

"""gruut's English models, run on python-crfsuite alone: word roles, and letters to sounds.

The models are conditional random fields (Lafferty et al., 2001); their feature names are those
that they were trained with. gruut itself is not imported: it takes seconds and 56 MB.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pycrfsuite

Features = dict[str, str | int | bool]

MODELS = Path(str(files("gruut_lang_en")))
"""Folder of the models and of the lexicon."""
LONGEST_WORD = 40
"""Letters; of what is longer only the first ones are guessed."""
CONTEXT = 2
"""Words on either side that a role depends on."""
REACH = 3
"""Letters on either side that a sound depends on."""


class RoleTagger:
    """Parts of speech (Penn Treebank tags: NN, VBD ...) of the words of a clause."""

    def __init__(self) -> None:
        self._model = _open(MODELS / "pos" / "model.crf")

    def __call__(self, words: Sequence[str]) -> list[str]:
        """One tag a word."""
        features = []
        for i in range(len(words)):
            here: Features = {}
            for offset in range(-CONTEXT, CONTEXT + 1):
                if 0 <= i + offset < len(words):
                    here |= _word_features(words[i + offset], f"{offset:+}:" if offset else "")
            if i == 0:
                here["BOS"] = True
            if i == len(words) - 1:
                here["EOS"] = True
            features.append(here)
        return list(self._model.tag(features))


class SoundGuesser:
    """Phonemes of a word that is in no lexicon, from its letters a to z and apostrophes."""

    def __init__(self) -> None:
        self._model = _open(MODELS / "g2p" / "model.crf")

    def __call__(self, word: str) -> str:
        """Phonemes one after the other; "" for no letters."""
        word = word[:LONGEST_WORD]
        features = []
        for i in range(len(word)):
            here: Features = {"bias": 1, "grapheme": _coded(word[i])}
            if i == 0:
                here["begin"] = True
            if i == len(word) - 1:
                here["end"] = True
            for offset in range(1, REACH + 1):
                if i >= offset:
                    here[f"grapheme-{offset}"] = _coded(word[i - offset])
                if i + offset < len(word):
                    here[f"grapheme+{offset}"] = _coded(word[i + offset])
            features.append(here)
        sounds = (base64.b64decode(tag).decode() for tag in self._model.tag(features))
        return "".join(part for sound in sounds for part in sound.split("|") if part != "_")


def _open(path: Path) -> pycrfsuite.Tagger:
    model = pycrfsuite.Tagger()
    model.open(str(path))
    return model


@lru_cache(maxsize=8192)
def _word_features(word: str, at: str) -> Features:
    """What is seen of a word at a place beside another."""
    return {
        f"{at}bias": 1,
        f"{at}word": _coded(word),
        f"{at}len(word)": len(word),
        f"{at}word.ispunctuation": word in string.punctuation,
        f"{at}word.isdigit()": word.isdigit(),
        f"{at}word[:2]": word[:2],
        f"{at}word[:3]": word[:3],
        f"{at}word[-2:]": word[-2:],
        f"{at}word[-3:]": word[-3:],
    }


def _coded(text: str) -> str:
    """As the models write text: in ASCII."""
    return base64.b64encode(text.encode(errors="replace")).decode("ascii")

"""What a caller who speaks another language is told, once, in the language that we speak."""

from __future__ import annotations

from dataclasses import dataclass, replace

_NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip

DOUBTFUL = 0.6
"""Confidence of a transcript below which its language is worth looking at."""

SURE = 0.8
"""Probability of another language from which the caller is told."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is known of the caller's language: nothing yet, or that it was spoken of."""

    told: bool = False


def worth_a_look(state: Spoken, confidence: float) -> bool:
    """Whether to find out the language of a turn whose transcript is this sure (0 to 1)."""
    return not state.told and confidence < DOUBTFUL


def notice(state: Spoken, code: str, probability: float) -> tuple[Spoken, str]:
    """The sentence to say instead of an answer, "" for none; `code` is Whisper's."""
    if state.told or code == "en" or probability < SURE:
        return state, ""
    name = _NAMES.get(code)
    heard = f"That sounds like {name}. I'm sorry, I" if name else "I'm sorry, I"
    return replace(state, told=True), f"{heard} only understand English."

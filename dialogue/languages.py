"""What a caller who speaks another language is told, once, in the language that we speak."""

from __future__ import annotations

_NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "nl": "Dutch",
    "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip

SURE = 0.8
"""Probability of another language from which the caller is told."""


def notice(code: str, probability: float) -> str:
    """The sentence to say instead of an answer, "" for none; `code` is Whisper's."""
    if code == "en" or probability < SURE:
        return ""
    name = _NAMES.get(code)
    heard = f"That sounds like {name}. I'm sorry, I" if name else "I'm sorry, I"
    return f"{heard} only understand English."
